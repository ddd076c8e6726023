"""Two campaigns want the same target: one goes first, the other waits, and each is judged by itself.

`make stress` runs it.
"""

import pytest

from stresscampaigns.core.clocktime import from_rfc3339
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, start, status_of, workflows
from tests.e2e.waiting import eventually

pytestmark = pytest.mark.long

SLOW = {
    "name": "slow",
    "type": "DatabaseSlow",
    "at": "9s",
    "duration": "3s",
    "port": 5432,
    "latency": "20ms",
    "whenNotSteady": "Inject",
}
DATABASE = {"selector": {"matchLabels": {"app": "postgres"}}}


@pytest.mark.usefixtures("_sound_system")
def test_the_second_waits_for_the_first_and_says_for_whom() -> None:
    elsewhere = [SLOW | {"target": DATABASE}]
    first = start(campaign("at-once-first", load=workflows("18s"), faults=[SLOW]))
    eventually(lambda: "startedAt" in (status_of(first).get("load") or {}), 90, "the first one's load is on")
    second = start(campaign("at-once-second", load=workflows("14s"), faults=elsewhere))
    waits = f"waits for run {NAMESPACE}/{first} on the same target to finish"
    eventually(lambda: status_of(second).get("message") == waits, 10, "the second one waits")
    assert status_of(second)["phase"] == "Pending"
    one, other = finished(first), finished(second)
    assert (one["verdict"], other["verdict"]) == ("Passed", "Passed"), (one["message"], other["message"])
    assert one["load"]["finishedAt"] <= other["load"]["startedAt"]
    assert from_rfc3339(one["completionTime"]) <= other["load"]["startedAt"]
    for name in ("at-once-first", "at-once-second"):
        delete(name)
