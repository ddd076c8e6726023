"""Do workers begin a stage together? Told by the coordinator's clock alone."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import PlannedStage
from stresscampaigns.load.findings import findings
from stresscampaigns.load.in_step import InStep
from stresscampaigns.load.stages import Begun, Steps, stage_at
from stresscampaigns.load.words import BEGUN, IN_STAGE, STAGE

STAGES = [PlannedStage(name="low", users=1, duration=4), PlannedStage(name="high", users=9, duration=30)]
BOTH = {"a", "b"}


class Runner:
    """As much of Locust's as is asked: what was said to the workers, and whom their words reach."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []
        self.hears: dict[str, Callable[..., None]] = {}

    def register_message(self, kind: str, listener: Callable[..., None]) -> None:
        self.hears[kind] = listener

    def send_message(self, kind: str, data: Any) -> None:
        self.said.append((kind, data["number"]))


class Load:
    """One whose time a test sets."""

    def __init__(self, only_first: bool = False) -> None:
        self.now = 0.0
        self.runner = Runner()
        runner: Any = self.runner
        self._in_step = InStep(runner, STAGES, lambda: self.now, only_first)

    def look(self, at: float) -> None:
        self.now = at
        self._in_step.look(at)

    def hear(self, worker: str, number: int, at: float) -> None:
        self.now = at
        self.runner.hears[IN_STAGE](SimpleNamespace(node_id=worker, data={"number": number}))

    def apart(self, workers: set[str] = BOTH) -> list[float | None]:
        return [one.apart for one in self.steps(workers).begun]

    def steps(self, workers: set[str]) -> Steps:
        return self._in_step.steps(workers)


def both_stages() -> Load:
    load = Load()
    load.look(0.0)
    load.hear("a", 0, 0.01)
    load.hear("b", 0, 0.04)
    load.look(4.1)
    load.hear("b", 1, 4.12)
    load.hear("a", 1, 4.4)
    return load


def test_workers_are_asked_once_in_each_stage() -> None:
    load = Load()
    for quarter in range(40):
        load.look(quarter / 4)
    assert load.runner.said == [(STAGE, 0), (STAGE, 1)]


def test_in_the_open_model_only_the_loads_beginning_is_asked_for() -> None:
    load = Load(only_first=True)
    load.look(0.0)
    load.look(5.0)
    assert load.runner.said == [(STAGE, 0)]


def test_workers_are_as_far_apart_as_their_answers() -> None:
    assert both_stages().apart() == pytest.approx([0.03, 0.28])


def test_what_holds_all_of_them_up_alike_brings_none_out_of_step() -> None:
    """As what a Locust file does in `test_start`."""
    load = Load()
    load.look(0.0)
    load.hear("a", 0, 3.0)
    load.hear("b", 0, 3.1)
    assert load.apart() == pytest.approx([0.1])


def test_the_last_to_hear_that_the_load_has_begun_counts_so_much_too_late() -> None:
    load = Load()
    assert load.steps(BOTH).start_late is None
    load.hear("a", BEGUN, 0.01)
    load.hear("b", BEGUN, 1.3)
    load.look(0.0)
    assert load.steps(BOTH).start_late == 1.3
    assert load.steps({"a"}).start_late == 0.01
    assert len(load.steps(BOTH).begun) == 1


def test_of_a_worker_that_does_not_answer_nobody_knows_and_of_a_lost_one_nobody_asks() -> None:
    load = both_stages()
    assert load.apart({"a", "b", "c"}) == [None, None]
    assert load.steps({"a", "b", "c"}).farthest is None
    assert load.steps(BOTH).farthest == pytest.approx(0.28)


def test_a_worker_alone_is_in_step() -> None:
    assert both_stages().apart({"a"}) == []
    assert both_stages().steps({"a"}).farthest is None


@given(st.floats(0, 60))
def test_a_stage_is_the_one_whose_time_it_is(t: float) -> None:
    assert STAGES[stage_at(STAGES, t)].name == ("low" if t < 4 else "high")


@pytest.mark.parametrize(
    ("length", "apart", "told"),
    [(3, 0.5, False), (3, 0.51, True), (8, 0.8, False), (8, 0.81, True), (60, 1.0, False), (60, 1.01, True)],
)
def test_workers_that_were_apart_for_more_than_a_tenth_of_a_stage_are_told(
    length: float, apart: float, told: bool
) -> None:
    found = findings([], 0, steps=Steps([Begun("high", length, apart)]))
    assert [(one.value, one.stage) for one in found] == ([(apart, "high")] if told else [])


def test_workers_of_which_nobody_knows_are_told_too() -> None:
    (found,) = findings([], 0, steps=Steps([Begun("high", 60, None)]))
    assert "stage high" in found.reason


@pytest.mark.parametrize(("late", "told"), [(0.0, []), (1.0, []), (1.01, [1.01]), (None, [None])])
def test_a_worker_that_begins_to_count_too_late_is_told(late: float | None, told: list[float | None]) -> None:
    assert [one.value for one in findings([], 0, steps=Steps(start_late=late))] == told
