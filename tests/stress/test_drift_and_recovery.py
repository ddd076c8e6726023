"""Checks for which a rehearsal leaves too little time, each in a short campaign of its own: they pass on the sound
system, and fail on the one that leaks, or never heals.

`make stress` runs them.
"""

from typing import Any

import pytest

from demo.deploy import deploy
from tests.e2e.campaigns import campaign, delete, finished, start
from tests.stress.rehearsals import with_verdict

pytestmark = pytest.mark.long

STEADY = {"scenarios": [{"name": "agent-workflow", "parameters": {"thinkTime": "500ms"}}], "workers": 1}
REFUSED = {
    "name": "refused",
    "type": "DatabaseUnavailable",
    "at": "12s",
    "duration": "6s",
    "port": 5432,
    "target": {"selector": {"matchLabels": {"app": "postgres"}}},
}
RECOVERY: dict[str, Any] = {
    "load": STEADY | {"stages": [{"name": "only", "users": 10, "duration": "50s"}]},
    "faults": [REFUSED],
    "checks": [{"name": "recovers", "recovery": {"fault": "refused"}, "max": "10s"}],
}
OPEN = 'sum(process_open_fds{app="agents"})'
DRIFT: dict[str, Any] = {
    "load": STEADY
    | {"stages": [{"name": name, "users": 10, "duration": "15s"} for name in ("warm-up", "first", "last")]},
    "checks": [{"name": "drift", "query": OPEN, "during": "last", "comparedTo": "first", "max": "120%"}],
}


@pytest.mark.usefixtures("_sound_afterwards")
@pytest.mark.parametrize(
    ("defect", "asked", "verdict"),
    [
        pytest.param(None, RECOVERY, "Passed", id="recovers"),
        pytest.param("pool-never-heals", RECOVERY, "Failed", id="never heals"),
        pytest.param(None, DRIFT, "Passed", id="no drift"),
        pytest.param("leaking-descriptors", DRIFT, "Failed", id="leaks descriptors"),
    ],
)
def test_a_check_passes_on_the_sound_system_and_fails_on_the_one_with_the_defect(
    defect: str | None, asked: dict[str, Any], verdict: str
) -> None:
    deploy(print, defect=defect)
    status = finished(start(campaign("alone", **asked)), 150)
    assert with_verdict(status, verdict) == {check["name"] for check in asked["checks"]}, status["message"]
    assert status["verdict"] == verdict, status["message"]
    delete("alone")
