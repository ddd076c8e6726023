"""What becomes of each slot of a schedule."""

from dataclasses import replace

import pytest

from stresscampaigns.core.campaign_status import campaign_status
from stresscampaigns.core.campaigns import SLOTS_KEPT, CampaignView, NewRun, Plan, plan_runs
from stresscampaigns.core.schedule import ScheduleError
from tests.unit.core.orders import CREATED, active_run, at, hourly, past_run

EIGHT, NINE = at("2027-01-15T08:00"), at("2027-01-15T09:00")
AFTER_EIGHT = {"last_slot": "2027-01-15T08:00:00Z"}
RUN_OF_NINE = f"weekly-{int(NINE) // 60}"


def outcomes(plan: Plan) -> list[tuple[str, str]]:
    return [(slot.time[11:16], slot.outcome) for slot in plan.slots]


def test_before_its_time_nothing_is_due() -> None:
    assert plan_runs(hourly(AFTER_EIGHT), [], NINE - 0.1) == Plan()


def test_at_its_time_a_slot_gets_its_run() -> None:
    plan = plan_runs(hourly(AFTER_EIGHT), [], NINE)
    assert plan.run == NewRun(RUN_OF_NINE, "Schedule", NINE)
    assert plan.last_slot == NINE
    assert [(slot.outcome, slot.run) for slot in plan.slots] == [("Ran", RUN_OF_NINE)]


def test_a_slot_that_was_dealt_with_is_not_due_again() -> None:
    assert plan_runs(hourly(AFTER_EIGHT), [], EIGHT + 30) == Plan()


def test_a_run_that_is_there_already_is_not_made_again_but_its_slot_is_noted() -> None:
    plan = plan_runs(hourly(AFTER_EIGHT), [active_run(RUN_OF_NINE, NINE)], NINE + 5)
    assert plan.run is None
    assert outcomes(plan) == [("09:00", "Ran")]
    assert plan.last_slot == NINE


def test_the_schedule_follows_the_campaigns_own_time_zone() -> None:
    berlin = hourly(AFTER_EIGHT, schedule="0 10 * * *", time_zone="Europe/Berlin")
    plan = plan_runs(berlin, [], NINE)
    assert plan.run is not None
    assert plan.run.intended == NINE


def test_a_suspended_campaign_skips_its_slots_and_says_so() -> None:
    plan = plan_runs(hourly(AFTER_EIGHT, suspend=True), [], NINE)
    assert (plan.run, outcomes(plan)) == (None, [("09:00", "Skipped")])
    assert plan.slots[0].reason == "the campaign is suspended"


def test_a_slot_is_skipped_while_the_last_run_is_active() -> None:
    plan = plan_runs(hourly(AFTER_EIGHT), [active_run("weekly-1")], NINE)
    assert (plan.run, outcomes(plan)) == (None, [("09:00", "Skipped")])
    assert "run weekly-1 was still active" in (plan.slots[0].reason or "")


def test_a_run_that_is_over_is_in_nobodys_way() -> None:
    assert plan_runs(hourly(AFTER_EIGHT), [past_run("weekly-1")], NINE).run is not None


@pytest.mark.parametrize(("late", "starts"), [(299.9, True), (300.0, True), (300.1, False)])
def test_a_run_starts_late_only_within_the_starting_deadline(late: float, starts: bool) -> None:
    plan = plan_runs(hourly(AFTER_EIGHT, starting_deadline_seconds=300), [], NINE + late)
    assert (plan.run is not None) is starts
    assert outcomes(plan) == [("09:00", "Ran" if starts else "Missed")]


def test_a_missed_slot_says_how_late_it_was_and_what_is_allowed() -> None:
    plan = plan_runs(hourly(AFTER_EIGHT, starting_deadline_seconds=60), [], NINE + 61)
    assert plan.slots[0].reason == "61s late, allowed are 60s (startingDeadlineSeconds)"


def test_after_an_absence_only_the_newest_slot_runs_and_the_others_are_noted_as_missed() -> None:
    plan = plan_runs(hourly(AFTER_EIGHT), [], at("2027-01-15T11:00:10"))
    assert outcomes(plan) == [("09:00", "Missed"), ("10:00", "Missed"), ("11:00", "Ran")]
    assert plan.run is not None
    assert plan.run.intended == at("2027-01-15T11:00")


def test_of_a_long_absence_no_more_slots_are_noted_than_a_status_keeps() -> None:
    plan = plan_runs(hourly(AFTER_EIGHT), [], at("2027-01-25T08:00"))
    assert len(plan.slots) == SLOTS_KEPT + 1
    assert plan.last_slot == at("2027-01-25T08:00")


def test_a_schedule_has_missed_nothing_from_before_it_was_there() -> None:
    old = hourly(created=at("2026-01-01T00:00"), generation=2)
    assert plan_runs(old, [], EIGHT + 1800).slots == ()
    assert outcomes(plan_runs(old, [], EIGHT + 10)) == [("08:00", "Ran")]


def test_a_schedule_that_an_old_campaign_gets_runs_for_no_slot_from_before_it() -> None:
    old = hourly(created=at("2026-01-01T00:00"), generation=2, starting_deadline_seconds=604_800)
    assert plan_runs(old, [], EIGHT + 1800).run is None


def test_a_campaign_that_was_never_changed_has_had_its_schedule_since_it_was_created() -> None:
    plan = plan_runs(hourly(starting_deadline_seconds=3600), [], EIGHT + 1800)
    assert outcomes(plan) == [("08:00", "Ran")]


def seen_at(campaign: CampaignView, now: float) -> CampaignView:
    """The campaign after one look at it, at which nothing ran."""
    return replace(campaign, status=campaign_status(campaign, plan_runs(campaign, [], now), [], now))


def test_a_campaigns_very_first_slot_is_missed_and_not_forgotten_when_nobody_was_there() -> None:
    back = plan_runs(seen_at(hourly(), CREATED), [], EIGHT + 1800)
    assert outcomes(back) == [("08:00", "Missed")]
    assert back.slots[0].reason == "1800s late, allowed are 300s (startingDeadlineSeconds)"


def test_a_slot_that_is_missed_because_its_run_was_refused_says_why_it_was() -> None:
    refused = campaign_status(hourly(AFTER_EIGHT), Plan(), [], NINE + 300, obstacle="exceeded quota")
    plan = plan_runs(replace(hourly(AFTER_EIGHT), status=refused), [], NINE + 301)
    assert plan.slots[0].reason == (
        "301s late, allowed are 300s (startingDeadlineSeconds); what was in the way: exceeded quota"
    )


def test_words_without_end_of_what_was_in_the_way_do_not_make_a_status_that_is_too_large() -> None:
    refused = campaign_status(hourly(AFTER_EIGHT), Plan(), [], NINE + 300, obstacle="no" * 10_000)
    plan = plan_runs(replace(hourly(AFTER_EIGHT), status=refused), [], NINE + 301)
    assert len(plan.slots[0].reason or "") < 600


def test_a_slot_that_comes_while_a_request_waits_for_the_active_run_is_skipped_at_its_time() -> None:
    plan = plan_runs(hourly(AFTER_EIGHT, run_now="1"), [active_run("weekly-1")], NINE)
    assert (plan.run, plan.last_request, outcomes(plan)) == (None, None, [("09:00", "Skipped")])


CHANGED = AFTER_EIGHT | {"last_schedule": "0 8 * * * Etc/UTC"}


def test_a_schedule_that_was_changed_has_missed_nothing_from_before_that_either() -> None:
    week = {"starting_deadline_seconds": 604_800}
    plan = plan_runs(hourly(CHANGED, **week), [], at("2027-01-15T12:30"))
    assert plan == Plan(last_slot=at("2027-01-15T12:25"))


def test_once_seen_a_changed_schedule_misses_nothing() -> None:
    seen = {"last_slot": "2027-01-15T12:25:00Z", "last_schedule": "0 * * * * Etc/UTC"}
    plan = plan_runs(hourly(seen), [], at("2027-01-15T14:30"))
    assert outcomes(plan) == [("13:00", "Missed"), ("14:00", "Missed")]


def test_another_time_zone_is_another_schedule() -> None:
    berlin = hourly(AFTER_EIGHT | {"last_schedule": "0 * * * * Etc/UTC"}, time_zone="Europe/Berlin")
    assert plan_runs(berlin, [], at("2027-01-15T12:30")).slots == ()


def test_slots_go_on_when_a_clock_that_was_far_ahead_is_set_right() -> None:
    ahead = hourly({"last_slot": "2027-02-15T08:00:00Z"})
    assert outcomes(plan_runs(ahead, [], NINE + 1)) == [("09:00", "Ran")]


def test_a_clock_that_is_set_back_a_little_repeats_no_slot() -> None:
    assert plan_runs(hourly({"last_slot": "2027-01-15T09:00:00Z"}), [], NINE - 2) == Plan()


def test_a_campaign_has_missed_nothing_from_before_it_was_created() -> None:
    assert plan_runs(hourly(created=EIGHT + 5), [], EIGHT + 10) == Plan(last_slot=EIGHT + 5)


def test_a_campaign_that_is_being_deleted_starts_nothing() -> None:
    assert plan_runs(hourly(AFTER_EIGHT, deleting=True, run_now="please"), [], NINE) == Plan()


def test_a_schedule_that_cannot_be_read_is_no_plan() -> None:
    with pytest.raises(ScheduleError, match=r"spec\.schedule"):
        plan_runs(hourly(schedule="at nine o clock please"), [], NINE)
