"""An external API that fails as its client sees it, and a database that has no connection left: judged by probes.

`make stress` runs them.
"""

from statistics import median
from urllib.parse import unquote

import pytest

from tests.stress.fault_runs import GARBAGE, LIMIT, outward
from tests.stress.probing import Observed, Row, is_well_afterwards, outcomes

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def api(_probe: None) -> Observed:
    return outward()


def answering(rows: list[Row]) -> float:
    """The median time that an answer takes."""
    assert len(rows) > 10, "the probe saw too little"
    return median(row.number(1) for row in rows)


def test_an_external_api_answers_as_many_requests_wrongly_as_were_asked(api: Observed) -> None:
    rows = api.during("answers", "errors")
    assert len(rows) > 200, "the probe saw too little"
    assert outcomes(rows) == {"200", "503"}
    assert sum(row.words[0] == "503" for row in rows) / len(rows) == pytest.approx(0.5, abs=0.12)


def test_an_external_api_lets_no_more_through_than_its_limit_and_says_when_to_come_again(
    api: Observed,
) -> None:
    rows = api.during("answers", "limited")
    assert outcomes(rows) == {"200", "429"}
    passed = sum(row.words[0] == "200" for row in rows)
    assert passed / (rows[-1].at - rows[0].at) == pytest.approx(LIMIT, abs=LIMIT * 0.3)
    assert {row.words[2] for row in rows if row.words[0] == "429"} == {"2"}


def test_an_external_api_says_what_was_asked_as_if_all_were_well(api: Observed) -> None:
    rows = api.during("answers", "garbage")
    assert {(row.words[0], unquote(row.words[3])) for row in rows} == {("200", GARBAGE)}


def test_an_external_api_answers_as_late_as_was_asked(api: Observed) -> None:
    longer = answering(api.during("answers", "late")) - answering(api.before("answers", "late"))
    assert longer == pytest.approx(0.2, rel=0.1)


@pytest.mark.parametrize(("fault", "outcome"), [("hangs", "silent"), ("refuses", "refused")])
def test_an_external_api_that_is_away_is_so_as_was_asked(api: Observed, fault: str, outcome: str) -> None:
    assert outcomes(api.during("answers", fault, length=1.0)) == {outcome}


@pytest.mark.parametrize("fault", ["errors", "limited", "garbage", "late", "hangs", "refuses"])
def test_an_external_api_is_as_it_was_when_a_fault_is_over(api: Observed, fault: str) -> None:
    rows = api.after("answers", fault)
    assert outcomes(rows) == {"200"}
    assert answering(rows) < 0.02


def test_a_database_that_has_no_connection_left_says_so_until_the_fault_is_over(api: Observed) -> None:
    assert outcomes(api.during("logins", "none-left", margin=2.0)) == {"53300"}
    assert outcomes(api.after("logins", "none-left")) == {"asked"}
    (hit,) = api.fault("none-left")["pods"]
    assert hit["harmed"] > 50


def test_the_service_gets_over_every_failure_of_others_without_a_restart(api: Observed) -> None:
    is_well_afterwards(api)
