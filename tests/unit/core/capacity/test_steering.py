"""What the load is told of its trials while it searches: each once, as soon as it is known, and no guess."""

from typing import Any

import pytest

from stresscampaigns.api.capacity_record import TrialAnswer
from stresscampaigns.api.load_events import Finished, TrialOver
from stresscampaigns.api.load_plan import ANSWERED_WITHIN, trial_window
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.run import Clocks, StressRunStatus
from stresscampaigns.core.actions import Action, AnswerTrials
from stresscampaigns.core.capacity import steering
from stresscampaigns.core.capacity.steering import PATIENCE, SETTLED
from stresscampaigns.core.observation import Answer, History, Series, TrialsSeen
from stresscampaigns.core.plan import between_trials, planned_search
from stresscampaigns.core.progress import RunView
from tests.unit.core.builders import ERRORS, T0, run, seen, template, under_load, words
from tests.unit.core.capacity.trials import TRIALS, trial, void

POOL: dict[str, Any] = {"name": "pool", "query": "max(x)", "max": "0.9"}
SEARCH = {"highest": 200, "trial": "20s", "confirm": "20s", "confirmations": 1}
SEARCHED = words()["load"] | {"capacity": SEARCH}
LONG_AFTER = T0 + 1_000
TOLD = [TrialOver(at=T0 + one.end + 2, number=number, trial=one) for number, one in enumerate(TRIALS, 1)]
"""All of them; the fourth has failed."""


def searching(status: StressRunStatus | None = None, **changes: Any) -> RunView:
    return run(status or under_load(), **({"load": SEARCHED, "checks": [POOL], "faults": []} | changes))


def asked(one: RunView, events: list[Any], now: float = LONG_AFTER) -> list[int]:
    """Numbers of the trials that are to be judged."""
    found = steering.so_far(one, events, now)
    trials = found.capacity.trials if found and found.capacity else []
    return [number for number, one in enumerate(trials, 1) if one.passed]


def result(one: RunView, events: list[Any]) -> LoadResult:
    found = steering.so_far(one, events, LONG_AFTER)
    assert found is not None
    return found


def told(
    one: RunView, answers: dict[int, Answer], now: float = T0 + 60, **known: Any
) -> tuple[StressRunStatus, tuple[Action, ...]]:
    """After Prometheus' words on the first two trials."""
    given = {f"{POOL['name']}/{trial_window(number)}": answer for number, answer in answers.items()}
    trials = TrialsSeen(result(one, TOLD[:2]), given, **known)
    return steering.advance(one, seen(now, trials=trials))


def share(value: float) -> Answer:
    return Answer((value,), covered=1.0)


def test_trials_that_passed_are_asked_about_once_they_have_settled() -> None:
    assert asked(searching(), TOLD) == [1, 2, 3, 5, 6]
    last = T0 + TRIALS[1].end + SETTLED
    assert asked(searching(), TOLD[:2], last) == [1, 2]
    assert asked(searching(), TOLD[:2], last - 1) == [1]


def test_what_is_asked_ends_with_the_last_trial() -> None:
    assert result(searching(), TOLD[:2]).finished == T0 + TRIALS[1].end


def test_no_trial_is_asked_about_twice() -> None:
    answered = under_load(trial_answers=[TrialAnswer(trial=1), TrialAnswer(trial=2, unknown="no data")])
    assert asked(searching(answered), TOLD) == [3, 5, 6]


def test_one_that_was_left_out_is_none() -> None:
    left_out = TrialOver(at=T0 + 22, number=1, trial=void(10))
    assert asked(searching(), [left_out, TOLD[1]]) == [2]


def test_after_one_that_was_not_heard_of_nobody_knows_which_is_which() -> None:
    assert asked(searching(), [TOLD[0], TOLD[2]]) == [1]


@pytest.mark.parametrize(
    "changes",
    [
        {"load": words()["load"]},
        {"checks": [ERRORS]},
        {"checks": [POOL | {"during": "low"}]},
        {"checks": [{"name": "busy", "query": "max(x)", "min": "0.1"}]},
    ],
    ids=["no search", "all is counted by the load", "a window of its own", "too little fails no trial"],
)
def test_nothing_is_asked_where_no_trial_could_fail_unseen(changes: dict[str, Any]) -> None:
    assert asked(searching(**changes), TOLD) == []
    planned = planned_search(template(**({"load": SEARCHED, "checks": [POOL], "faults": []} | changes)))
    assert planned is None or planned.answers is None


def test_nor_before_the_load_is_on_nor_when_it_is_over() -> None:
    assert asked(searching(StressRunStatus()), TOLD) == []
    assert asked(searching(), [*TOLD, Finished(at=T0 + 130, requests=1, failures=0)]) == []


def test_a_load_that_waits_for_answers_is_given_the_time() -> None:
    asks, alone = (template(load=SEARCHED, checks=checks, faults=[]) for checks in ([POOL], [ERRORS]))
    assert between_trials(asks) == between_trials(alone) + 20 * ANSWERED_WITHIN


def test_each_trial_is_said_to_have_kept_or_broken_the_checks() -> None:
    status, actions = told(searching(), {1: share(0.5), 2: share(0.97)})
    answers = [TrialAnswer(trial=1), TrialAnswer(trial=2, broke={"pool": "0.97"})]
    assert status.trial_answers == answers
    assert actions == (AnswerTrials(tuple(answers)),)


def test_what_was_said_before_is_said_again_and_not_changed() -> None:
    """The load may not have seen it yet; and a second look may be at less."""
    before = [TrialAnswer(trial=1, broke={"pool": "0.97"})]
    late = TrialsSeen(result(searching(), TOLD[:2]), {f"pool/{trial_window(n)}": share(0.5) for n in (1, 2)})
    status, actions = steering.advance(
        searching(under_load(trial_answers=before)), seen(T0 + 60, trials=late)
    )
    assert status.trial_answers == [*before, TrialAnswer(trial=2)]
    assert actions == (AnswerTrials((*before, TrialAnswer(trial=2))),)


def test_a_question_without_an_answer_is_asked_again_for_a_while_and_is_never_a_pass() -> None:
    early, late = (T0 + TRIALS[0].end + PATIENCE + at for at in (-1, 0))
    first = told(searching(), {2: share(0.5)}, early)[0].trial_answers
    assert first == [TrialAnswer(trial=2)]
    then = told(searching(), {2: share(0.5)}, late)[0].trial_answers
    assert then is not None
    assert then[0].unknown == "pool: no answer: Prometheus was not asked"


def test_where_nothing_is_known_nothing_is_said() -> None:
    one = searching()
    assert steering.advance(one, seen(T0 + 60)) == (one.status, ())
    assert told(one, {}, T0 + 50) == (one.status, ())


def test_by_clocks_that_are_apart_no_trial_is_judged() -> None:
    apart = searching(under_load(clocks=Clocks(prometheus=9.0)))
    assert told(apart, {1: share(0.97), 2: share(0.97)}, T0 + 50) == (apart.status, ())


def test_a_resource_that_was_full_in_a_trial_broke_its_check() -> None:
    """From the 20th second on, which is the second trial."""
    resource = {"name": "db-pool", "used": "in_use", "limit": "size"}
    full = {"name": "full", "saturation": {"resource": "db-pool"}, "max": "90%"}
    used = tuple((T0 + second, 8.0 if second > 20 else 2.0) for second in range(41))
    limit = tuple((T0 + second, 8.0) for second in range(41))
    histories = {
        "db-pool/used": History((Series({"app": "agents"}, used),)),
        "db-pool/limit": History((Series({"app": "agents"}, limit),)),
    }
    one = searching(checks=[full], saturation=[resource])
    status, _ = told(one, {}, histories=histories)
    assert status.trial_answers == [TrialAnswer(trial=1), TrialAnswer(trial=2, broke={"full": "100%"})]


def test_the_status_says_nothing_of_trials_that_the_load_saw_fail() -> None:
    failed = [TrialOver(at=T0 + 22, number=1, trial=trial(10, passed=False))]
    assert steering.so_far(searching(), failed, LONG_AFTER) is None


def test_of_a_trial_in_which_nothing_was_scraped_nobody_knows_whether_it_kept_the_checks() -> None:
    """What Prometheus tells of it was seen before it."""
    first, now = TRIALS[0], T0 + TRIALS[1].end + PATIENCE
    silent = ((T0 + first.start - 1, T0 + first.end + 1),)
    status, _ = told(searching(), {1: share(0.5), 2: share(0.5)}, now, silences=silent)
    assert [one.unknown is None for one in status.trial_answers or []] == [False, True]
