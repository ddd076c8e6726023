"""Whatever happens, and wherever the operator dies: nothing happens twice, nothing stays, no wrong pass."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.run import StressRunStatus
from stresscampaigns.core.actions import CreateLoad
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.run_cleanup import leftovers
from stresscampaigns.core.runs import decide
from tests.unit.core.builders import T0, run
from tests.unit.core.imagined_cluster import Cluster

DISTURBANCES: dict[str, Callable[[Cluster], None]] = {
    "abort": lambda cluster: setattr(cluster, "abort", "pager rang"),
    "lose load": Cluster.lose_load,
    "lose pod": Cluster.lose_pod,
    "no image": lambda cluster: setattr(cluster, "no_image", True),
}
PHASES = ["Pending", "Preparing", "Running", "Recovering", "Analysing", "Finished"]


@dataclass
class Life:
    """A run, its cluster, and every status that was written."""

    cluster: Cluster = field(default_factory=lambda: Cluster(T0))
    run: RunView = field(default_factory=run)
    written: list[StressRunStatus] = field(default_factory=list)
    waits: list[tuple[str | None, float | None]] = field(default_factory=list)
    """After each look: the phase, and in how many seconds the next one is due; None: when somebody asks for it."""

    def step(self, dies_after: int | None = None) -> None:
        """Observe, decide, act, write; the operator may die after so many actions."""
        decision = decide(self.run, self.cluster.seen())
        self.cluster.act(decision.actions[:dies_after])
        self.waits.append((decision.status.phase, decision.wait))
        if dies_after is None:
            self.written.append(StressRunStatus.model_validate(decision.status.to_wire()))
            self.run = replace(self.run, status=self.written[-1])

    def go_on(self, seconds: int) -> None:
        """A step each second, until the run is over."""
        for _ in range(seconds):
            self.cluster.now += 1
            if self.run.status.phase != "Finished":
                self.step()

    def live(self, chapters: list[tuple[int, str | int]]) -> None:
        """Some seconds, then something happens; at last, enough time for everything to end."""
        for calm, happens in chapters:
            self.go_on(calm)
            if isinstance(happens, int):
                self.step(dies_after=happens)
            elif happens == "absent":
                self.cluster.now += 40
            else:
                DISTURBANCES[happens](self.cluster)
        self.go_on(260)


happenings = st.sampled_from([*DISTURBANCES, "absent"]) | st.integers(0, 2)
lives = st.lists(st.tuples(st.integers(0, 70), happenings), max_size=4)
crashes = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 2)), max_size=6)
many = settings(deadline=None, max_examples=25)


@many
@given(crashes)
def test_a_crash_between_deciding_and_writing_changes_nothing(chapters: list[tuple[int, int]]) -> None:
    life = Life()
    life.live([*chapters])
    assert life.run.status.message == "all 5 checks passed"
    assert life.cluster.made == {"load": 1, "postgres-0": 1}


@many
@given(lives)
def test_every_run_ends_and_leaves_nothing_behind(chapters: list[tuple[int, str | int]]) -> None:
    life = Life()
    life.live(chapters)
    assert life.run.status.phase == "Finished"
    assert not life.cluster.left()
    assert life.cluster.made["load"] <= 1
    assert life.cluster.made["postgres-0"] <= 1


@many
@given(lives)
def test_while_load_or_faults_are_on_abort_rules_and_consent_are_looked_at_every_second(
    chapters: list[tuple[int, str | int]],
) -> None:
    life = Life()
    life.live(chapters)
    on = [wait for phase, wait in life.waits if phase in ("Running", "Recovering")]
    assert all(wait is not None and wait <= 1.0 for wait in on)


@many
@given(lives)
def test_no_step_is_taken_back(chapters: list[tuple[int, str | int]]) -> None:
    life = Life()
    life.live(chapters)
    phases = [PHASES.index(status.phase or "Pending") for status in life.written]
    verdicts = [status.verdict for status in life.written if status.verdict]
    assert phases == sorted(phases)
    assert len(set(verdicts)) == 1


@many
@given(lives, st.integers(0, 130))
def test_standing_still_in_time_a_run_comes_to_rest(chapters: list[tuple[int, str | int]], at: int) -> None:
    life = Life()
    for calm, happens in chapters:
        life.go_on(calm)
        if isinstance(happens, str) and happens != "absent":
            DISTURBANCES[happens](life.cluster)
    life.go_on(at)
    for _ in range(6):
        life.step()
    made = life.cluster.made.copy()
    decision = decide(life.run, life.cluster.seen())
    life.cluster.act(decision.actions)
    assert (decision.status, decision.said) == (life.run.status, ())
    assert CreateLoad() not in decision.actions
    assert life.cluster.made == made


@many
@given(st.integers(0, 120), st.sampled_from(["", *DISTURBANCES]))
def test_a_deleted_run_is_let_go_only_when_load_and_fault_have_stopped(at: int, happens: str) -> None:
    life = Life()
    life.go_on(at)
    if happens:
        DISTURBANCES[happens](life.cluster)
    for _ in range(120):
        actions = leftovers(life.run, life.cluster.seen())
        if not actions:
            break
        life.cluster.act(actions)
        life.cluster.now += 0.5
    assert not actions
    assert not life.cluster.left()
