"""What a core can send is measured before the start, and a rate beyond it is refused with the numbers."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_events import Failed
from stresscampaigns.load.calibration import arrivals_a_second, best_seconds, beyond_calibration
from tests.unit.load.distributed import DistributedLoad, plan


def opened(rate: float) -> list[dict[str, object]]:
    return [{"name": "low", "rate": 1, "duration": 1}, {"name": "peak", "rate": rate, "duration": 1}]


def test_a_core_has_a_speed() -> None:
    assert best_seconds() > 0
    assert arrivals_a_second() > 0


def test_a_rate_beyond_all_cores_together_is_refused_with_what_would_do() -> None:
    asked = plan("http://x", stages=opened(50_000))
    assert beyond_calibration(asked, [20_000.0, 30_000.0]) is None
    words = beyond_calibration(asked, [20_000.0, 10_000.0]) or ""
    assert "ask for 50000 arrivals a second; 2 workers send 30000 at most" in words
    assert "give load.workers 5" in words


def test_workers_that_measured_nothing_refuse_nothing() -> None:
    assert beyond_calibration(plan("http://x"), []) is None


@given(st.floats(1, 1e6), st.lists(st.floats(1, 1e6), min_size=1, max_size=9))
def test_it_is_refused_exactly_when_the_sum_is_too_small(rate: float, most: list[float]) -> None:
    refused = beyond_calibration(plan("http://x", stages=opened(rate)), most) is not None
    assert refused == (rate > sum(most))


def test_a_load_that_its_workers_cannot_send_fails_before_its_first_arrival(tmp_path: Path) -> None:
    with DistributedLoad(plan("http://127.0.0.1:9", stages=opened(1e9), max_in_flight=2), tmp_path) as load:
        events = load.events()
    (failed,) = [event for event in events if isinstance(event, Failed)]
    assert failed.reason.startswith("RateBeyondWorkers: the stages ask for 1e+09")
    assert {"ready", "started"}.isdisjoint(event.event for event in events)
