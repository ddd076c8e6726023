"""A rehearsal on the cluster: a campaign of ten minutes within seconds, marked, and no evidence."""

from demo.kubectl import apply, get, run
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished
from tests.e2e.waiting import eventually

LABEL = "stresscampaigns.dev/rehearsal=true"


def test_ten_minutes_are_rehearsed_within_seconds_and_change_no_verdict() -> None:
    load = {"profile": "light", "users": 5, "scenarios": [{"name": "agent-workflow"}]}
    checks = [{"name": "errors", "errorRate": {}, "during": "steady", "max": "1%"}]
    manifest = campaign("rehearsed", load=load, checks=checks, schedule="0 0 1 1 *")
    delete("rehearsed")
    run("kubectl", "-n", NAMESPACE, "wait", "--for=delete", "stresscampaign/rehearsed", "--timeout=60s")
    manifest["metadata"]["annotations"] = {"stresscampaigns.dev/rehearse": "15s"}
    apply(manifest)
    name = eventually(_rehearsal, 30, "a run with the label of a rehearsal")
    status = finished(name, 90)
    assert status["verdict"] == "Passed", status["message"]
    assert "-rehearsal-" in name
    assert status["message"].startswith("rehearsal (40x faster): ")
    assert status["timeline"][0]["event"] == "Rehearsal"
    shown = run("kubectl", "-n", NAMESPACE, "get", "stressrun", name)
    assert "REHEARSAL" in shown
    assert "40x" in shown
    about = (get("-n", NAMESPACE, "stresscampaign", "rehearsed") or {})["status"]
    assert {"verdict", "lastRun"}.isdisjoint(about)
    delete("rehearsed")


def _rehearsal() -> str | None:
    found = get("-n", NAMESPACE, "stressruns", "-l", LABEL) or {"items": []}
    names = [one["metadata"]["name"] for one in found["items"]]
    return next((name for name in names if name.startswith("rehearsed-")), None)
