"""A run as decisions see it, and the small changes of its status."""

import pytest

from stresscampaigns.api.run import StressRunStatus
from stresscampaigns.core.progress import REASONS_KEPT, TIMELINE_KEPT, enter, inconclusive, note
from tests.unit.core.builders import T0, run, under_load


def test_the_target_is_in_the_runs_own_namespace_unless_it_says_otherwise() -> None:
    target = {"url": "http://agents", "selector": {"match_labels": {"app": "agents"}}}
    assert run().target_namespace == "staging"
    assert run(target=target | {"namespace": "shop"}).target_namespace == "shop"


def test_a_load_that_has_not_started_has_no_start() -> None:
    assert run(under_load()).started_at == T0
    with pytest.raises(ValueError, match="weekly-g1 has no load that has started"):
        _ = run().started_at


def test_a_new_phase_says_when_it_began_and_what_goes_on() -> None:
    status = enter(StressRunStatus(), "Recovering", T0)
    assert (status.phase, status.phase_time) == ("Recovering", T0)
    assert status.message == "the load is over; waits until every fault has ended"


def test_the_timeline_keeps_its_order_and_only_its_newest_entries() -> None:
    status = StressRunStatus()
    for number in range(TIMELINE_KEPT + 5):
        status = note(status, T0, f"Event{number}", None)
    events = [entry.event for entry in status.timeline or []]
    assert events == [f"Event{number}" for number in range(5, TIMELINE_KEPT + 5)]


def test_a_run_without_an_answer_says_why_everywhere_it_is_looked_for() -> None:
    decision = inconclusive(run(under_load()), T0 + 9, "LoadLost", "the Jobs are gone")
    status = decision.status
    assert (status.verdict, status.message) == ("Inconclusive", "LoadLost: the Jobs are gone")
    assert status.invalid_because == ["the Jobs are gone"]
    assert [(entry.event, entry.detail) for entry in status.timeline or []] == [
        ("LoadLost", "the Jobs are gone")
    ]
    assert [(said.kind, said.reason, said.message) for said in decision.said] == [
        ("Warning", "LoadLost", "the Jobs are gone")
    ]


def test_no_more_reasons_are_kept_than_the_api_server_takes() -> None:
    status = under_load(invalid_because=["doubt"] * REASONS_KEPT)
    told = inconclusive(run(status), T0, "LoadLost", "one more").status
    assert StressRunStatus.model_validate(told.to_wire()).invalid_because == ["doubt"] * REASONS_KEPT
