"""Rehearsals of a campaign: asked for once, never in the way of what is evidence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.core.campaign_status import campaign_status
from stresscampaigns.core.campaigns import (
    Plan,
    RunView,
    plan_runs,
    rehearsal_run_name,
    request_run_name,
    runs_to_drop,
)
from tests.unit.core.orders import active_run, at, hourly, order, past_run

NOW = at("2027-01-15T08:00")
DONE = {"last_generation": 1}


def rehearsed(name: str, intended: float = NOW, verdict: str = "Failed", finished: bool = True) -> RunView:
    run = past_run(name, intended, verdict, "p95") if finished else active_run(name, intended)  # type: ignore[arg-type]
    return replace(run, rehearsal=True)


def test_a_rehearsal_is_a_run_of_its_own_that_says_how_much_faster_it_is() -> None:
    plan = plan_runs(order(DONE, rehearse="50s"), [], NOW)
    assert plan.run is not None
    assert (plan.run.trigger, plan.run.intended) == ("Rehearsal", NOW)
    assert plan.run.rehearsal is not None
    assert (plan.run.rehearsal.length, plan.run.rehearsal.speed) == ("50s", "2x")
    assert plan.run.name.startswith("weekly-rehearsal-")
    assert plan.last_rehearsal == "50s"


def test_each_value_is_rehearsed_once_and_more_words_make_it_new() -> None:
    assert plan_runs(order({**DONE, "last_rehearsal": "50s"}, rehearse="50s"), [], NOW) == Plan()
    again = plan_runs(order({**DONE, "last_rehearsal": "50s"}, rehearse="50s again"), [], NOW)
    assert again.run is not None
    assert again.run.rehearsal is not None
    assert again.run.rehearsal.length == "50s"


def test_a_rehearsal_that_is_there_already_is_only_noted() -> None:
    name = rehearsal_run_name("weekly", "50s")
    assert plan_runs(order(DONE, rehearse="50s"), [rehearsed(name)], NOW) == Plan(last_rehearsal="50s")


def test_it_waits_for_the_active_run_and_an_active_one_is_waited_for() -> None:
    assert plan_runs(order(DONE, rehearse="50s"), [active_run("weekly-g1")], NOW) == Plan()
    running = rehearsed("weekly-rehearsal-1", finished=False)
    assert plan_runs(order(run_now="1"), [running], NOW) == Plan()
    (slot,) = plan_runs(hourly(), [running], NOW).slots
    assert (slot.outcome, slot.run) == ("Skipped", None)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("soon", "'soon' is not a duration: write it like 90s"),
        ("0s", "more than 0s"),
        (" ", "not a duration"),
    ],
)
def test_a_length_that_is_none_is_refused_once_and_said(words: str, problem: str) -> None:
    plan = plan_runs(order(DONE, rehearse=words), [], NOW)
    assert plan.run is None
    assert plan.last_rehearsal == words
    assert (plan.refused or "").startswith("annotation stresscampaigns.dev/rehearse: ")
    assert problem in (plan.refused or "")


def test_a_request_to_run_and_one_to_rehearse_are_both_served_once() -> None:
    status = {**DONE, "last_request": "1", "last_rehearsal": "50s"}
    assert plan_runs(order(status, run_now="1", rehearse="50s"), [], NOW) == Plan()


def test_a_rehearsal_leaves_the_campaigns_verdict_and_last_run_alone() -> None:
    campaign = order(DONE)
    real = past_run("weekly-g1", NOW - 60, "Passed")
    status = campaign_status(campaign, Plan(), [real, rehearsed("weekly-rehearsal-1")], NOW)
    assert (status.verdict, status.failed_checks) == ("Passed", None)
    assert status.last_run is not None
    assert status.last_run.name == "weekly-g1"


def test_a_campaign_that_was_only_rehearsed_has_no_verdict() -> None:
    status = campaign_status(order(DONE), Plan(), [rehearsed("weekly-rehearsal-1", verdict="Passed")], NOW)
    assert (status.verdict, status.last_run) == (None, None)


def test_a_rehearsal_under_way_is_the_active_run() -> None:
    running = rehearsed("weekly-rehearsal-1", finished=False)
    status = campaign_status(order(DONE), Plan(last_rehearsal="50s"), [running], NOW)
    assert (status.phase, status.active_run, status.last_run) == ("Running", "weekly-rehearsal-1", None)
    assert status.last_rehearsal == "50s"


def test_rehearsals_crowd_no_real_run_out_of_the_history_nor_are_they_by_them() -> None:
    campaign = order(
        DONE, successful_runs_history_limit=1, failed_runs_history_limit=1, rehearsals_history_limit=2
    )
    real = [past_run("weekly-g1", NOW - 9), past_run("weekly-g0", NOW - 8, "Failed")]
    many = [rehearsed(f"weekly-rehearsal-{age}", NOW - age, "Passed") for age in range(4)]
    assert runs_to_drop(campaign, [*real, *many]) == ["weekly-rehearsal-3", "weekly-rehearsal-2"]


@given(st.text("abc-", min_size=1, max_size=52), st.text(min_size=1))
def test_whatever_its_campaigns_name_a_rehearsals_fits_and_says_what_it_is(
    campaign: str, request: str
) -> None:
    name = rehearsal_run_name(campaign, request)
    assert len(name) <= 63
    assert "-rehearsal-" in name
    assert name != request_run_name(campaign, request)


def test_long_campaigns_that_differ_at_their_end_have_rehearsals_of_their_own() -> None:
    assert rehearsal_run_name("c" * 51 + "a", "3m") != rehearsal_run_name("c" * 51 + "b", "3m")
