"""What was under way at the edges of windows is told by the ends of requests, and by nothing else."""

from collections import defaultdict
from math import inf
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import PlannedWindow
from stresscampaigns.api.under_way import AGES, TOLD_WITHIN, UnderWay
from stresscampaigns.load.under_way import UnderWayAtEdges
from tests.unit.load.distributed import DistributedLoad, plan
from tests.unit.load.freezing_server import FreezingServer
from tests.unit.stats.latencies import histogram_of

FILE = """
from locust import HttpUser, between, task

class Visitor(HttpUser):
    wait_time = between(5, 9)

    @task
    def visit(self):
        self.client.get("/")
"""
KEY = ("http", "GET /")
FAULT = PlannedWindow(name="fault", start=3, end=6)


class Sent(NamedTuple):
    """A request: from when, for how long, in seconds; did it fail?"""

    began: float
    took: float
    failed: bool = False


def told(*requests: Sent, windows: tuple[PlannedWindow, ...] = (FAULT,)) -> list[UnderWay]:
    """What a coordinator makes of them, each counted in the second in which it ended."""
    seconds: dict[int, list[Sent]] = defaultdict(list)
    for one in requests:
        seconds[int(one.began + one.took)].append(one)
    made = UnderWayAtEdges(windows)
    for second, ended in seconds.items():
        made.add(second, KEY, histogram_of(one.took for one in ended), sum(one.failed for one in ended))
    return made.told()


def surely(found: list[UnderWay], at: int, age: float) -> int:
    """So many were as old, at least."""
    return sum(
        n for one in found if one.t == at for least, n in zip(AGES, one.counts, strict=True) if least >= age
    )


def perhaps(numbers: list[int], age: float) -> int:
    """At most so many were, of those that surely were under way."""
    return sum(n for below, n in zip((*AGES[1:], inf), numbers, strict=True) if below + TOLD_WITHIN > age)


def test_what_began_before_an_edge_and_ended_after_it_was_under_way_there() -> None:
    found = told(Sent(2.0, 7.9), Sent(4.5, 3.0), Sent(1.0, 1.9), Sent(6.1, 20.0))
    assert [(one.t, one.scenario, one.name, sum(one.counts)) for one in found] == [
        (3, *KEY, 1),
        (6, *KEY, 2),
    ]
    assert surely(found, 6, 2.0) == 1


sent = st.builds(Sent, st.floats(0, 20), st.floats(0.001, 40), st.booleans())


@given(
    st.lists(sent, max_size=40),
    st.sampled_from([3, 6]),
    st.sampled_from([age for age in AGES if 1 <= age < 30]),
)
def test_of_each_age_there_are_no_fewer_than_surely_and_no_more_than_perhaps(
    requests: list[Sent], at: int, age: float
) -> None:
    found = told(*requests)
    old = [one for one in requests if at - one.began >= age and one.began + one.took >= at]
    assert surely(found, at, age) <= len(old)
    a_little_older = [one for one in old if at - one.began >= age + 0.1]  # histograms have steps
    here = [one for one in found if one.t == at]
    assert sum(perhaps(one.counts, age) for one in here) >= len(a_little_older)
    assert sum(perhaps(one.failed, age) for one in here) >= sum(one.failed for one in a_little_older)
    assert all(fails <= count for one in here for count, fails in zip(one.counts, one.failed, strict=True))


@given(
    st.floats(0.05, 25),
    st.floats(0, 1),
    st.integers(10, 40),
    st.sampled_from([age for age in AGES if age >= 1]),
)
def test_where_all_goes_on_as_ever_no_more_are_old_at_the_end_than_at_the_begin(
    took: float, phase: float, length: int, age: float
) -> None:
    """Requests of any length, one a second: what is surely old at one edge is perhaps old at the other."""
    window = PlannedWindow(name="fault", start=30, end=30 + length)
    found = {one.t: one for one in told(*(Sent(t + phase, took) for t in range(100)), windows=(window,))}
    at_begin = perhaps(found[30].counts, age) if 30 in found else 0
    assert surely(list(found.values()), 30 + length, age) <= at_begin


def test_failures_of_a_second_are_those_of_requests_that_took_longest() -> None:
    """Others that failed in that second were not under way then, or nobody knows: at most so many were."""
    (one,) = told(Sent(5.0, 1.5), Sent(4.5, 2.4, failed=True), *[Sent(6.2, 0.1, failed=True)] * 3)
    assert (sum(one.counts), sum(one.failed)) == (2, 2)
    ended_well = told(Sent(5.0, 1.5), Sent(4.5, 2.4))
    assert [sum(one.failed) for one in ended_well] == [0]


def test_a_load_of_days_has_no_more_numbers_than_edges() -> None:
    made = UnderWayAtEdges([PlannedWindow(name="day", start=0, end=86_400), FAULT])
    slow = histogram_of([45.0] * 10)
    for second in range(0, 90_000, 7):
        made.add(second, KEY, slow, 1)
    assert [one.t for one in made.told()] == [3, 6, 86_400]


def test_requests_of_quick_services_leave_nothing() -> None:
    assert told(*(Sent(t / 10, 0.05) for t in range(100))) == []


@pytest.mark.parametrize("own", [False, True], ids=["built-in scenario", "user's own Locust file"])
def test_a_load_tells_who_waited_as_its_windows_ended(tmp_path: Path, own: bool) -> None:
    """Of 20 arrivals a second one in three is answered after 5.3 s: 20 have surely waited for 2 s at any moment.

    Not after 5 s: ages are told by whole seconds, and a histogram's step may take 5.000 s for 4.997.
    """
    file = tmp_path / "locustfile.py"
    file.write_text(FILE)
    with FreezingServer(delays=(0.0, 0.0, 5.3)) as server:
        asked = plan(
            server.url,
            stages=[{"name": "only", "rate": 20, "duration": 9}],
            max_in_flight=200,
            **({"scenarios": [], "locustfile": str(file)} if own else {"scenarios": [{"name": "http"}]}),
            windows=[{"name": "fault", "start": 3, "end": 7}],
            stop_timeout=10,
        )
        with DistributedLoad(asked, tmp_path, workers=2) as load:
            found = load.result().under_way
    assert {(one.scenario, one.name) for one in found} == {("Visitor" if own else "http", "GET /")}
    assert surely(found, 7, 2.0) == pytest.approx(20, abs=5)
    assert surely(found, 9, 2.0) == pytest.approx(20, abs=5)
    assert surely(found, 3, 3.0) == 0
    assert sum(sum(one.failed) for one in found) == 0
