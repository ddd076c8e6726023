"""The open model on the cluster: so many arrivals a second, whatever the target does."""

from tests.e2e.campaigns import campaign, finished, start


def test_every_arrival_is_sent_and_its_latency_judged_from_the_intended_time() -> None:
    """The throughput is a little less than 20/s: the last arrivals are answered after the load's time."""
    load = {
        "workers": 2,
        "maxInFlight": 50,
        "stages": [{"name": "only", "rate": 20, "duration": "6s"}],
        "scenarios": [{"name": "agent-workflow", "parameters": {"readRatio": 0}}],
    }
    checks = [
        {"name": "p95", "latency": {"percentile": 95}, "max": "1s"},
        {"name": "errors", "errorRate": {}, "max": "0%"},
        {"name": "arrivals", "throughput": {}, "min": "19"},
    ]
    status = finished(start(campaign("open-model", load=load, checks=checks)), 120)
    summary = status["load"]
    assert status["verdict"] == "Passed", status["message"]
    assert (summary["model"], summary["sent"], summary["requests"]) == ("open", 120, 120)
    assert (summary["dropped"], summary["late"]) == (0, 0)
