"""Runs that no schedule asks for: one for each generation of the spec, one for each request."""

from stresscampaigns.core.campaigns import NewRun, Plan, plan_runs
from tests.unit.core.orders import active_run, at, hourly, order, past_run

NOW = at("2027-01-15T08:00")


def test_without_a_schedule_a_campaign_runs_once_for_its_spec() -> None:
    plan = plan_runs(order(generation=3), [], NOW)
    assert plan == Plan(run=NewRun("weekly-g3", "Spec", NOW), last_generation=3)


def test_it_does_not_run_again_for_the_same_spec_even_when_the_run_is_gone() -> None:
    assert plan_runs(order({"last_generation": 3}, generation=3), [], NOW) == Plan()


def test_it_runs_again_when_the_spec_changes() -> None:
    plan = plan_runs(order({"last_generation": 3}, generation=4), [past_run("weekly-g3")], NOW)
    assert plan.run == NewRun("weekly-g4", "Spec", NOW)


def test_a_run_that_is_there_already_is_only_noted() -> None:
    assert plan_runs(order(generation=3), [active_run("weekly-g3")], NOW) == Plan(last_generation=3)


def test_the_new_specs_run_waits_for_the_old_ones_to_end() -> None:
    changed = order({"last_generation": 3}, generation=4)
    assert plan_runs(changed, [active_run("weekly-g3")], NOW) == Plan()
    assert plan_runs(changed, [past_run("weekly-g3")], NOW).run is not None


def test_a_suspended_campaign_does_not_run_for_its_spec_but_later() -> None:
    assert plan_runs(order(suspend=True), [], NOW) == Plan()
    assert plan_runs(order(), [], NOW).run is not None


def test_with_a_schedule_a_new_spec_alone_starts_nothing() -> None:
    assert plan_runs(hourly(generation=2), [], at("2027-01-15T07:59:30")).run is None


def test_a_request_gets_its_run_at_once_whatever_the_schedule() -> None:
    plan = plan_runs(hourly(run_now="before the release"), [], NOW)
    assert plan.run is not None
    assert (plan.run.trigger, plan.run.intended) == ("Request", NOW)
    assert plan.last_request == "before the release"
    assert plan.slots == ()


def test_a_suspended_campaign_still_runs_on_request() -> None:
    assert plan_runs(order(suspend=True, run_now="1"), [], NOW).run is not None


def test_the_same_request_gets_no_second_run() -> None:
    assert (
        plan_runs(hourly({"last_request": "1", "last_slot": "2027-01-15T08:00:00Z"}, run_now="1"), [], NOW)
        == Plan()
    )


def test_a_request_whose_run_is_there_already_is_only_noted() -> None:
    first = plan_runs(order(run_now="1"), [], NOW)
    assert first.run is not None
    plan = plan_runs(order(run_now="1"), [active_run(first.run.name)], NOW + 9)
    assert plan == Plan(last_request="1")


def test_two_requests_are_two_runs() -> None:
    names = {plan.run.name for words in "12" if (plan := plan_runs(order(run_now=words), [], NOW)).run}
    assert len(names) == 2


def test_a_request_waits_for_the_active_run_and_is_not_forgotten() -> None:
    assert plan_runs(order(run_now="1"), [active_run("weekly-g1")], NOW).last_request is None
    later = plan_runs(order(run_now="1"), [past_run("weekly-g1")], NOW + 60)
    assert later.run is not None
    assert later.last_request == "1"


def test_a_slot_that_comes_due_beside_a_request_is_dealt_with_afterwards() -> None:
    plan = plan_runs(hourly({"last_request": "1"}, run_now="1"), [active_run("weekly-r1")], NOW + 1)
    assert [(slot.outcome, slot.run) for slot in plan.slots] == [("Skipped", None)]
