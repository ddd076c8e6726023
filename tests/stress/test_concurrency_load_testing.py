"""Load: every shipped campaign holds on the sound staging system, and finds the defect that it is there for.

Rehearsals: the load is the campaign's own, only the time is compressed. `make test` runs one campaign and one defect,
`make stress` all, in a quarter of an hour.
"""

import pytest

from demo.deploy import deploy
from tests.stress.rehearsals import failed, not_passed, rehearsed

SHARES = {"errors", "p95"}
"""Checks on a share of all requests. A rehearsal cannot compress a fault below 5 s: of 40 s that is an eighth, of the
campaign's own time about one per cent. Where there is a fault, they may break."""
SOUND = [
    pytest.param("light", "30s", set(), id="light"),
    pytest.param("medium", "40s", SHARES, id="medium", marks=pytest.mark.long),
    pytest.param("heavy", "45s", set(), id="heavy", marks=pytest.mark.long),
    pytest.param("spike", "40s", set(), id="spike", marks=pytest.mark.long),
    pytest.param("spike-arrivals", "35s", set(), id="spike-arrivals", marks=pytest.mark.long),
    pytest.param("expected-300", "30s", set(), id="expected-300", marks=pytest.mark.long),
    pytest.param("slow-path", "40s", set(), id="slow-path", marks=pytest.mark.long),
    pytest.param("prompts", "35s", set(), id="prompts", marks=pytest.mark.long),
    pytest.param("endurance-24h", "50s", {"errors"}, id="endurance-24h", marks=pytest.mark.long),
    pytest.param("resource-constraints", "35s", set(), id="resource-constraints", marks=pytest.mark.long),
]
AFTER = {"errors-after", "p95-after", "throughput-after"}
DEFECTS = [
    pytest.param(
        "leaking-pool", "light", "45s", {"pool", "errors", "p95"}, id="leaking-pool", marks=pytest.mark.long
    ),
    pytest.param(
        "leaking-memory",
        "endurance-24h",
        "60s",
        {"memory-slope"},
        id="leaking-memory",
        marks=pytest.mark.long,
    ),
    pytest.param("no-limit", "resource-constraints", "35s", {"limiter-lets-no-more-through"}, id="no-limit"),
    pytest.param("no-recovery", "spike", "45s", AFTER, id="no-recovery", marks=pytest.mark.long),
]


@pytest.mark.usefixtures("_sound_system")
@pytest.mark.parametrize(("campaign", "length", "may_break"), SOUND)
def test_a_sound_system_holds(campaign: str, length: str, may_break: set[str]) -> None:
    status = rehearsed(campaign, length)
    assert {check["name"] for check in not_passed(status)} <= may_break, status["message"]
    assert status["verdict"] == ("Failed" if failed(status) else "Passed"), status["message"]


@pytest.mark.long
@pytest.mark.usefixtures("_sound_system")
def test_the_capacity_is_bracketed_and_its_lower_bound_confirmed() -> None:
    status = rehearsed("capacity", "100s")
    found = status["capacity"]
    assert found["lower"], status["message"]
    assert found["upper"] is None or found["lower"] < found["upper"]
    assert status["verdict"] in ("Passed", "Failed"), status["message"]


@pytest.mark.parametrize(("defect", "campaign", "length", "by"), DEFECTS)
def test_a_defect_fails_the_check_that_is_there_for_it(
    defect: str, campaign: str, length: str, by: set[str]
) -> None:
    deploy(print, defect=defect)
    status = rehearsed(campaign, length)
    assert status["verdict"] == "Failed", status["message"]
    assert failed(status) & by, status["message"]
