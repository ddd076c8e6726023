"""While the load starts and runs: why it will give no result any more."""

from typing import Any

import pytest

from stresscampaigns.api.load_events import EXIT_FAILED, Failed, Finished, LoadEvent, Started, WorkerLost
from stresscampaigns.api.written_set import READ_BACK_SECONDS
from stresscampaigns.core import runs
from stresscampaigns.core.observation import LoadView, Pod
from stresscampaigns.core.progress import Decision
from stresscampaigns.core.saturation.incidents import OOM_KILLED
from tests.unit.core.builders import ERRORS, LOAD_END, T0, run, seen, under_load
from tests.unit.core.builders import words as campaign_words
from tests.unit.core.measurements import result

ON: LoadEvent = Started(at=T0)
OVER: LoadEvent = Finished(at=LOAD_END, requests=100, failures=0)
STARTING = under_load(load=None, phase_time=T0)


def decide(now: float, load: LoadView, status: Any = None) -> Decision:
    return runs.decide(run(status or under_load(), faults=None), seen(now, load=load))


def test_a_load_that_runs_is_left_alone() -> None:
    decision = decide(T0 + 60, LoadView(True, (Pod("worker-0", "u"),), (ON,)))
    assert (decision.status.verdict, decision.status.phase, decision.actions) == (None, "Running", ())


def test_its_start_is_written_down_and_told_once() -> None:
    first = decide(T0 + 1, LoadView(True, events=(ON,)), STARTING)
    assert first.status.load is not None
    assert first.status.load.started_at == T0
    assert [said.message for said in first.said] == ["the load is on, up to 20 users"]
    assert decide(T0 + 2, LoadView(True, events=(ON,)), first.status).said == ()


@pytest.mark.parametrize(("before", "verdict"), [(119, None), (121, "Inconclusive")])
def test_a_load_that_was_on_before_the_run_was_asked_for_is_another_ones(
    before: float, verdict: str | None
) -> None:
    """One of the same name, deleted with its load still there: its results are nothing of this run's.

    The run was asked for at T0 - 60; a clock may be off by a minute more.
    """
    old = LoadView(True, events=(Started(at=T0 - before),))
    decision = decide(T0 + 1, old, STARTING)
    assert decision.status.verdict == verdict
    assert verdict is None or "another run" in (decision.status.message or "")


@pytest.mark.parametrize(
    ("now", "load", "reason", "words"),
    [
        (
            T0 + 5,
            LoadView(True, events=(ON, Failed(at=T0, reason="every worker was lost"))),
            "LoadFailed",
            "every worker was lost",
        ),
        (T0 + 5, LoadView(False, events=(ON,)), "LoadLost", "somebody deleted them"),
        (
            LOAD_END,
            LoadView(True, events=(ON, OVER), problem="part 3 is missing"),
            "ResultsLost",
            "part 3 is missing",
        ),
        (
            T0 + 5,
            LoadView(True, (Pod("worker-1", "u", ended=True, exit_code=137),), (ON,)),
            "LoadFailed",
            "load pod worker-1 ended with exit code 137",
        ),
        (
            T0 + 5,
            LoadView(True, (Pod("coordinator-0", "u", "coordinator", ended=True, exit_code=0),), (ON,)),
            "LoadFailed",
            "load pod coordinator-0 ended with exit code 0 before the load was over",
        ),
        (LOAD_END + 90.1, LoadView(True, events=(ON,)), "LoadOverdue", "over 90s ago"),
    ],
    ids=[
        "it failed",
        "its Jobs are gone",
        "its results are torn",
        "a pod died",
        "its coordinator ended itself",
        "it does not end",
    ],
)
def test_a_load_that_will_give_no_result_ends_the_run_without_an_answer(
    now: float, load: LoadView, reason: str, words: str
) -> None:
    status = decide(now, load).status
    assert status.verdict == "Inconclusive"
    assert (status.message or "").startswith(f"{reason}: ")
    assert words in (status.message or "")


OWN_IMAGE = {
    "stages": [{"name": "low", "users": 5, "duration": "40s"}],
    "locustfile": {"image": "mine:1", "path": "/a.py"},
}
NO_SUCH_PROGRAM = Pod("worker-0", "u", ended=True, exit_code=128, trouble="StartError: no such file")


@pytest.mark.parametrize(("begun", "advised"), [(STARTING, True), (under_load(), False)])
def test_where_a_load_in_an_image_of_the_users_own_never_began_the_image_is_named(
    begun: Any, advised: bool
) -> None:
    view = run(begun, faults=None, load=OWN_IMAGE)
    status = runs.decide(view, seen(T0 + 5, load=LoadView(True, (NO_SUCH_PROGRAM,)))).status
    why = "load pod worker-0 ended with exit code 128 before the load was over: StartError: no such file"
    advice = "; spec.load.locustfile.image: mine:1 must be built FROM the operator's own load image"
    assert (status.message or "").startswith(f"LoadFailed: {why}")
    assert (advice in (status.message or "")) == advised


def test_where_the_image_is_ours_it_is_not_blamed() -> None:
    status = decide(T0 + 5, LoadView(True, (NO_SUCH_PROGRAM,)), STARTING).status
    assert "image" not in (status.message or "")


NO_SUCH_KEY = Pod(
    "worker-0", "u", ended=True, exit_code=EXIT_FAILED, trouble="key token of Secret a is empty"
)


def test_a_worker_that_says_why_it_cannot_begin_is_heard_and_no_image_blamed() -> None:
    view = run(STARTING, faults=None, load=OWN_IMAGE)
    status = runs.decide(view, seen(T0 + 5, load=LoadView(True, (NO_SUCH_KEY,)))).status
    why = "load pod worker-0 ended with exit code 3 before the load was over: key token of Secret a is empty"
    assert status.message == f"LoadFailed: {why}"


@pytest.mark.parametrize("own_image", [True, False])
def test_a_worker_without_memory_is_said_to_have_had_too_little_and_no_image_is_blamed(
    own_image: bool,
) -> None:
    killed = Pod("worker-0", "u", ended=True, exit_code=137, trouble=OOM_KILLED)
    view = run(STARTING, faults=None, **({"load": OWN_IMAGE} if own_image else {}))
    status = runs.decide(view, seen(T0 + 5, load=LoadView(True, (killed,)))).status
    why = "load pod worker-0 ended with exit code 137 before the load was over: OOMKilled"
    assert (
        status.message == f"LoadFailed: {why}; give load.workers more, or see that answers are not too large"
    )


STUCK = 'Timeout (0:00:10)! Thread 0x7f (most recent call first): File "mine.py", line 9 in visit'


def test_a_worker_that_stood_still_is_said_to_have_and_where() -> None:
    stuck = Pod("worker-0", "u", ended=True, exit_code=1, trouble=STUCK)
    message = decide(T0 + 20, LoadView(True, (stuck,), (ON,))).status.message or ""
    assert STUCK in message
    assert message.endswith("; its event loop stood still there, as in a loop that never waits")


def test_a_pod_that_left_no_word_is_to_be_watched_in_the_next_run_for_its_log_goes_with_it() -> None:
    silent = Pod("worker-0", "u", ended=True, exit_code=137)
    message = decide(T0 + 5, LoadView(True, (silent,), (ON,))).status.message or ""
    assert "`kubectl -n staging logs -f -l stresscampaigns.dev/campaign=weekly`" in message


def test_it_may_take_a_while_to_drain() -> None:
    assert decide(LOAD_END + 90, LoadView(True, events=(ON,))).status.verdict is None


def test_what_was_written_takes_its_time_to_be_read_back() -> None:
    writes = campaign_words()["load"] | {"scenarios": [{"name": "set-writes"}]}
    grace = 90 + READ_BACK_SECONDS

    def verdict(now: float) -> str | None:
        writing = run(under_load(), faults=None, load=writes)
        return runs.decide(writing, seen(now, load=LoadView(True, events=(ON,)))).status.verdict

    assert verdict(LOAD_END + grace) is None
    assert verdict(LOAD_END + grace + 0.1) == "Inconclusive"


def test_the_users_of_many_trials_take_their_time_to_be_there() -> None:
    capacity = {"highest": 100, "mostTrials": 50, "trial": "1s", "confirm": "1s", "settle": "1s"}
    searches = campaign_words()["load"] | {"capacity": capacity}
    own_time, between, grace = 50 * (1 + 1 + 2), 50 * 3, 90

    def verdict(after: float) -> str | None:
        searching = run(under_load(), faults=None, load=searches, checks=[ERRORS])
        return runs.decide(
            searching, seen(LOAD_END + after, load=LoadView(True, events=(ON,)))
        ).status.verdict

    assert verdict(own_time + between + grace) is None
    assert verdict(own_time + between + grace + 0.1) == "Inconclusive"


def test_a_pod_that_ended_well_is_no_problem() -> None:
    ended = Pod("worker-0", "u", ended=True, exit_code=0)
    assert decide(LOAD_END, LoadView(True, (ended,), (ON,))).status.verdict is None


def test_once_the_results_are_there_the_pods_may_die() -> None:
    died = Pod("worker-0", "u", ended=True, exit_code=1)
    load = LoadView(True, (died,), (ON, OVER), result=result())
    assert decide(LOAD_END, load).status.phase == "Recovering"


def test_a_load_that_says_it_is_over_is_waited_for_until_its_results_are_there() -> None:
    assert decide(LOAD_END, LoadView(True, events=(ON, OVER))).status.phase == "Running"


@pytest.mark.parametrize(
    ("load", "reason", "words"),
    [
        (
            LoadView(True, (Pod("worker-0", "u", trouble="ErrImagePull: no such image"),)),
            "LoadPodsNotStarting",
            "load pod worker-0 cannot start: ErrImagePull",
        ),
        (LoadView(True, trouble="FailedCreate: quota"), "LoadPodsNotStarting", "FailedCreate: quota"),
        (LoadView(True), "LoadNotStarted", "workers did not connect in time"),
    ],
)
def test_a_load_that_does_not_start_in_time_says_what_is_in_the_way(
    load: LoadView, reason: str, words: str
) -> None:
    assert decide(T0 + 120, load, STARTING).status.verdict is None
    status = decide(T0 + 120.1, load, STARTING).status
    assert (status.message or "").startswith(f"{reason}: ")
    assert words in (status.message or "")


COORDINATOR = Pod("coordinator-0", "u", "coordinator", node="node-2")
GIVEN_UP = Pod("coordinator-0", "u", "coordinator", node="node-2", deleting=True, gone_by=T0 + 70)


def test_a_coordinator_whose_node_does_not_answer_is_waited_for_while_kubernetes_waits() -> None:
    decision = decide(T0 + 60, LoadView(True, (COORDINATOR,), unheard=0.0))
    assert (decision.status.verdict, decision.status.phase) == (None, "Running")


def test_one_that_kubernetes_has_given_up_ends_the_run_long_before_its_time() -> None:
    status = decide(T0 + 70, LoadView(True, (GIVEN_UP,), unheard=0.0)).status
    assert status.verdict == "Inconclusive"
    assert "coordinator-0 is on node node-2, which does not answer" in (status.message or "")


def test_a_coordinator_that_is_deleted_and_still_heard_says_itself_what_becomes_of_it() -> None:
    assert decide(T0 + 70, LoadView(True, (GIVEN_UP,), (ON,))).status.verdict is None


def test_a_load_of_which_nobody_hears_whether_it_began_is_not_said_to_lack_workers() -> None:
    status = decide(T0 + 121, LoadView(True, (COORDINATOR,), unheard=0.0), STARTING).status
    assert (status.message or "").startswith("LoadNotStarted: the node of the load's coordinator")


def test_a_worker_that_is_lost_is_told_at_once_and_once() -> None:
    lost = LoadView(True, events=(ON, WorkerLost(at=T0 + 9, worker="worker-1")))
    first = decide(T0 + 10, lost)
    assert [(said.kind, said.reason) for said in first.said] == [("Warning", "WorkerLost")]
    assert [entry.event for entry in first.status.timeline or []] == ["WorkerLost"]
    assert decide(T0 + 11, lost, first.status).said == ()
    second = LoadView(True, events=(*lost.events, WorkerLost(at=T0 + 12, worker="worker-2")))
    assert len(decide(T0 + 13, second, first.status).said) == 1


def test_results_on_a_node_that_does_not_answer_are_waited_for_until_kubernetes_gives_it_up() -> None:
    judged = under_load(phase="Analysing", phase_time=LOAD_END)
    waits = decide(LOAD_END + 600, LoadView(True, (COORDINATOR,), unheard=0.0), judged)
    assert waits.status.verdict is None
    assert "the node of its coordinator does not answer" in (waits.status.message or "")
    status = decide(LOAD_END + 600, LoadView(True, (GIVEN_UP,), unheard=0.0), judged).status
    assert status.verdict == "Inconclusive"
    assert (status.message or "").startswith("ResultsLost")
