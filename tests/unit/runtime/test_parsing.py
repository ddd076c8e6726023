"""Objects as the API server holds them become what decisions understand."""

from typing import Any

import pytest

from stresscampaigns.api.base import RUN_NOW_ANNOTATION
from stresscampaigns.runtime import parsing
from tests.unit.runtime.examples import campaign, run
from tests.unit.runtime.fake_clock import BEGIN


def stored(body: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    """As the API server would have it."""
    fresh = {"uid": "u-1", "generation": 3, "creationTimestamp": "2027-01-15T08:00:00Z"}
    return {**body, "metadata": {**body["metadata"], **fresh, **metadata}}


def test_a_campaign_is_read_with_its_defaults() -> None:
    view = parsing.campaign_view(stored(campaign()))
    assert (view.name, view.namespace, view.uid, view.generation) == ("smoke", "staging", "u-1", 3)
    assert (view.created, view.deleting, view.run_now) == (BEGIN, False, None)
    assert (view.spec.time_zone, view.spec.suspend) == ("Etc/UTC", False)
    assert view.status.phase is None


def test_a_campaign_that_is_being_deleted_or_asked_to_run_now_shows_it() -> None:
    body = stored(campaign(), deletionTimestamp="2027-01-15T09:00:00Z", annotations={RUN_NOW_ANNOTATION: "7"})
    view = parsing.campaign_view(body)
    assert (view.deleting, view.run_now) == (True, "7")


@pytest.mark.parametrize("annotations", [None, {}])
def test_no_annotations_are_no_wish(annotations: dict[str, str] | None) -> None:
    assert parsing.campaign_view(stored(campaign(), annotations=annotations)).run_now is None


def test_a_run_is_read_with_what_it_does_and_where_it_stands() -> None:
    view = parsing.run_view(stored(run()) | {"status": {"phase": "Running", "load": {"startedAt": 5.0}}})
    assert (view.spec.campaign, view.status.phase, view.started_at) == ("smoke", "Running", 5.0)
    assert view.target_namespace == "staging"


def test_a_run_that_has_not_begun_is_not_over() -> None:
    summary = parsing.run_summary(stored(run()))
    assert (summary.name, summary.intended, summary.finished) == ("smoke-1", BEGIN, False)
    assert (summary.verdict, summary.failed_checks) == (None, ())


def test_a_summary_has_the_verdict_and_the_checks_that_did_not_pass() -> None:
    status = {"phase": "Finished", "verdict": "Failed", "failedChecks": "p95, errors"}
    summary = parsing.run_summary(stored(run()) | {"status": status})
    assert (summary.finished, summary.verdict, summary.failed_checks) == (True, "Failed", ("p95", "errors"))


def test_a_verdict_of_another_release_counts_as_none() -> None:
    status = {"phase": "Finished", "verdict": "Splendid"}
    summary = parsing.run_summary(stored(run()) | {"status": status})
    assert (summary.finished, summary.verdict) == (True, None)


@pytest.mark.parametrize(
    "status", [{"phase": "Sleeping"}, {"unheardOf": 1}, {"slots": [{"time": "x"}]}, {"lastGeneration": "y"}]
)
def test_a_campaigns_status_of_another_release_counts_as_none(status: dict[str, Any]) -> None:
    assert parsing.campaign_status({**campaign(), "status": status}) == parsing.campaign_status(campaign())


@pytest.mark.parametrize(
    "words",
    [{"trigger": "Rehearsal"}, {"rehearsal": {"length": "3m", "speed": "2x"}}],
    ids=lambda words: str(words),
)
def test_whatever_says_that_a_run_is_a_rehearsal_makes_it_no_evidence(words: dict[str, Any]) -> None:
    body = stored(run())
    assert not parsing.run_summary(body).rehearsal
    assert parsing.run_summary({**body, "spec": {**body["spec"], **words}}).rehearsal


def test_a_rehearsal_whose_template_cannot_be_read_can_still_be_stopped() -> None:
    body = stored(run())
    spec = {**body["spec"], "rehearsal": {"length": "3m", "speed": "2x"}, "template": {"target": {}}}
    assert parsing.run_shell({**body, "spec": spec}).target_namespace == "staging"
