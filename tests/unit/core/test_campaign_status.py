"""The wording of a campaign's status."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.api.campaign import StressCampaignStatus
from stresscampaigns.core.campaign_status import campaign_status, invalid_status, next_look
from stresscampaigns.core.campaigns import SLOTS_KEPT, CampaignView, Plan, RunView, plan_runs
from tests.unit.core.orders import active_run, at, hourly, order, past_run

EIGHT = at("2027-01-15T08:00")
NOW = EIGHT + 60
PASSED = past_run("weekly-1", EIGHT - 7200)
FAILED = past_run("weekly-2", EIGHT - 3600, "Failed", "p95", "errors")
ACTIVE = active_run("weekly-3", EIGHT)


def status(campaign: CampaignView, *runs: RunView, plan: Plan | None = None) -> StressCampaignStatus:
    return campaign_status(campaign, plan or Plan(), runs, NOW)


@pytest.mark.parametrize(
    ("campaign", "runs", "phase"),
    [
        (hourly(), [], "Scheduled"),
        (hourly(), [ACTIVE], "Running"),
        (hourly(suspend=True), [ACTIVE], "Running"),
        (hourly(suspend=True), [PASSED], "Suspended"),
        (order(), [PASSED], "Complete"),
    ],
)
def test_the_phase_says_what_the_campaign_is_about(
    campaign: CampaignView, runs: list[RunView], phase: str
) -> None:
    assert status(campaign, *runs).phase == phase


def test_the_verdict_is_that_of_the_newest_run_that_is_over() -> None:
    told = status(hourly(), FAILED, ACTIVE, PASSED)
    assert (told.verdict, told.failed_checks) == ("Failed", "p95, errors")


def test_the_last_run_is_the_newest_that_has_begun() -> None:
    told = status(hourly(), PASSED, ACTIVE, FAILED)
    assert told.active_run == "weekly-3"
    assert told.last_run is not None
    assert (told.last_run.name, told.last_run.time, told.last_run.verdict) == (
        "weekly-3",
        "2027-01-15T08:00:00Z",
        None,
    )


def test_a_verdict_outlives_its_run() -> None:
    old = status(hourly(), FAILED).to_wire()
    told = status(hourly(old))
    assert (told.verdict, told.failed_checks) == ("Failed", "p95, errors")
    assert told.last_run is not None
    assert told.last_run.name == "weekly-2"


@pytest.mark.parametrize("also", [[], [ACTIVE]])
def test_a_run_that_failed_and_is_gone_does_not_give_way_to_an_older_one_that_passed(
    also: list[RunView],
) -> None:
    old = status(hourly(status(hourly(), PASSED, FAILED).to_wire()), PASSED, *also).to_wire()
    told = status(hourly(old), PASSED, *also)
    assert (told.verdict, told.failed_checks) == ("Failed", "p95, errors")
    assert told.last_run is not None
    assert told.last_run.name == (also or [FAILED])[0].name


def test_a_run_of_a_future_that_a_wrong_clock_imagined_holds_no_verdict_back() -> None:
    old = status(hourly(), past_run("weekly-9", EIGHT + 86400, "Failed")).to_wire()
    assert status(hourly(old), PASSED).verdict == "Passed"


def test_checks_that_failed_are_not_held_against_a_later_run_that_passed() -> None:
    old = status(hourly(), FAILED).to_wire()
    told = status(hourly(old), past_run("weekly-9", EIGHT))
    assert (told.verdict, told.failed_checks) == ("Passed", None)


def test_the_next_run_is_the_next_slot() -> None:
    assert status(hourly()).next_run == "2027-01-15T09:00:00Z"
    assert status(order()).next_run is None


def test_a_suspended_campaign_has_no_next_run_but_looks_at_its_next_slot_to_note_it() -> None:
    suspended = hourly(suspend=True)
    assert status(suspended).next_run is None
    assert next_look(suspended, NOW) == EIGHT + 3600


def test_the_next_run_is_none_that_was_dealt_with_before_the_clock_was_set_back() -> None:
    assert next_look(hourly({"last_slot": "2027-01-15T09:00:00Z"}), EIGHT + 3598) == EIGHT + 7200


def test_a_schedule_that_is_taken_away_takes_along_what_was_handled_of_it() -> None:
    marks = {"last_slot": "2027-01-15T08:00:00Z", "last_schedule": "0 * * * * Etc/UTC"}
    told = status(order(marks))
    assert (told.last_slot, told.last_schedule) == (None, None)


def test_what_was_dealt_with_stays_dealt_with() -> None:
    marks = {"last_slot": "2027-01-15T08:00:00Z", "last_generation": 3, "last_request": "1"}
    told = status(hourly(marks))
    assert (told.last_slot, told.last_generation, told.last_request) == tuple(marks.values())


def test_the_marks_of_the_plan_are_written_down() -> None:
    told = status(hourly(), plan=Plan(last_slot=EIGHT, last_generation=3, last_request="1"))
    assert told.last_schedule == "0 * * * * Etc/UTC"
    assert (told.last_slot, told.last_generation, told.last_request) == ("2027-01-15T08:00:00Z", 3, "1")


def test_a_verdict_says_of_which_spec_it_is_while_the_run_of_a_newer_one_is_under_way() -> None:
    judged, newer = replace(PASSED, generation=4), replace(ACTIVE, generation=5)
    told = status(hourly(generation=5), judged, newer)
    assert (told.observed_generation, told.verdict, told.verdict_generation) == (5, "Passed", 4)
    over = replace(judged, name=ACTIVE.name, intended=ACTIVE.intended, generation=5)
    assert status(hourly(told.to_wire(), generation=5), judged, over).verdict_generation == 5


def test_only_the_newest_slots_are_kept() -> None:
    campaign = hourly({"last_slot": "2027-01-10T08:00:00Z"})
    told = status(campaign, plan=plan_runs(campaign, [], NOW))
    assert told.slots is not None
    assert len(told.slots) == SLOTS_KEPT
    assert told.slots[-1].time == "2027-01-15T08:00:00Z"


def conditions(told: StressCampaignStatus) -> dict[str, str]:
    return {entry.type: entry.status for entry in told.conditions or []}


@pytest.mark.parametrize(("runs", "reconciling"), [([], "False"), ([ACTIVE], "True")])
def test_gitops_tools_read_health_from_its_conditions(runs: list[RunView], reconciling: str) -> None:
    told = conditions(status(hourly(), *runs))
    assert told == {"Ready": "True", "Reconciling": reconciling, "Stalled": "False"}


def test_a_spec_that_cannot_be_used_stalls_the_campaign_and_says_why() -> None:
    before: dict[str, Any] = status(hourly(), FAILED).to_wire()
    told = invalid_status(hourly(before, generation=2), "spec.schedule: write five fields", [], NOW)
    assert conditions(told) == {"Ready": "False", "Reconciling": "False", "Stalled": "True"}
    assert "spec.schedule: write five fields" in [entry.message for entry in told.conditions or []]
    assert (told.phase, told.next_run, told.observed_generation) == ("Invalid", None, 2)
    assert told.verdict == "Failed"


def test_a_spec_that_became_unusable_hides_nothing_of_the_run_that_it_had_started() -> None:
    before = status(hourly(), PASSED, ACTIVE).to_wire()
    over = past_run("weekly-3", EIGHT, "Failed", "p95")
    told = invalid_status(
        hourly(before, generation=2), "spec.schedule: write five fields", [PASSED, over], NOW
    )
    assert (told.phase, told.verdict, told.failed_checks, told.active_run) == (
        "Invalid",
        "Failed",
        "p95",
        None,
    )


def test_a_run_that_cannot_be_created_stalls_the_campaign_until_it_can() -> None:
    refused = campaign_status(hourly(), Plan(), [PASSED], NOW, obstacle="exceeded quota")
    assert conditions(refused)["Stalled"] == "True"
    assert "exceeded quota" in [entry.message for entry in refused.conditions or []]
    assert conditions(status(hourly(refused.to_wire()), PASSED))["Stalled"] == "False"


def test_looking_again_changes_nothing() -> None:
    once = status(hourly(), FAILED, ACTIVE)
    assert status(hourly(once.to_wire()), FAILED, ACTIVE) == once
