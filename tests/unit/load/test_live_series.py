"""What Prometheus sees while the load is on."""

from prometheus_client import CollectorRegistry, generate_latest

from stresscampaigns.load.aggregate import Aggregate
from stresscampaigns.load.live import LiveSeries
from stresscampaigns.load.now import Now
from stresscampaigns.load.recorder import Recorder
from stresscampaigns.load.stages import all_windows
from tests.unit.load.distributed import plan


def exposed(aggregate: Aggregate) -> list[str]:
    registry = CollectorRegistry()
    registry.register(LiveSeries(plan("http://x"), aggregate, lambda: Now(2, users=4, workers=2, cpu=0.5)))
    return generate_latest(registry).decode().splitlines()


def counted() -> Aggregate:
    aggregate, recorder = Aggregate(all_windows(plan("http://x").stages, [])), Recorder(lambda: 0.0)
    recorder.start(0.0)
    for failure in (None, None, ValueError()):
        recorder.on_request("GET", "/", 250.0, failure)
    recorder.on_error("task visit", "KeyError")
    for second, entries in recorder.take().items():
        aggregate.add(second, entries)
    return aggregate


def test_successes_and_failures_are_counted_apart() -> None:
    lines = exposed(counted())
    where = 'campaign="r",name="GET /",result="{}",run="r-1",scenario=""'
    assert f"stress_requests_total{{{where.format('success')}}} 2.0" in lines
    assert f"stress_requests_total{{{where.format('failure')}}} 1.0" in lines


def test_what_tasks_raise_is_a_series_of_its_own() -> None:
    lines = exposed(counted())
    where = 'campaign="r",run="r-1",scenario="",task="task visit"'
    assert f"stress_task_errors_total{{{where}}} 1.0" in lines
    assert [line for line in lines if "task visit" in line and "stress_requests" in line] == []


def test_latency_is_that_of_a_full_second_in_seconds() -> None:
    lines = [line for line in exposed(counted()) if line.startswith("stress_request_duration_seconds{")]
    assert len(lines) == 3
    assert all(abs(float(line.split()[-1]) - 0.25) < 0.001 for line in lines)


def test_users_workers_and_the_generators_own_work_are_shown() -> None:
    lines = exposed(counted())
    for name, value in (("users", 4.0), ("workers", 2.0), ("generator_cpu_ratio", 0.5)):
        assert f'stress_{name}{{campaign="r",run="r-1"}} {value}' in lines
