"""Where the workers were at their limit: told with the number, for the window in which it was."""

import math
from collections.abc import Sequence

import pytest

from stresscampaigns.load.strain import Strains, Told

TRIAL = "trial:1"
START, END = 10, 17
"""Of the trial's window; what comes from second 17 on is not of it."""


def told(
    worker: str = "load-0_f00",
    cpu: Sequence[float] = (),
    stalls: Sequence[float] = (),
    waited: Sequence[float] = (),
) -> Strains:
    """What a worker tells of the seconds from 8 on; of those that a test does not name: nothing was hard."""
    strains = Strains()
    strains.open(TRIAL, START, END)
    strains.hear(worker, seconds(cpu, stalls, waited))
    return strains


def seconds(cpu: Sequence[float], stalls: Sequence[float], waited: Sequence[float] = ()) -> list[Told]:
    padded = [[*values, *[0.0] * (10 - len(values))] for values in (cpu, waited, stalls)]
    return [(8 + number, *each) for number, each in enumerate(zip(*padded, strict=True))]


def limit(strains: Strains, now: float | None = None) -> str:
    return strains.at_limit(TRIAL, ["load-0_f00"], now)


def test_a_worker_that_was_well_was_not_at_its_limit() -> None:
    assert limit(told(cpu=[0.8] * 10, stalls=[0.5] * 10)) == ""


def test_a_core_that_is_full_for_two_seconds_is_told_under_the_name_of_the_pod() -> None:
    assert limit(told(cpu=[0, 0, 0, 0.93, 0.93])) == "load-0 used 93% of its core"


def test_one_busy_second_is_no_full_core() -> None:
    assert limit(told(cpu=[0, 0, 0, 1.0, 0.5])) == ""


def test_a_core_that_others_share_is_told_where_the_worker_had_no_idle_time() -> None:
    words = "load-0 waited for its core 50% of its time, without idle time"
    assert limit(told(cpu=[0.5] * 10, waited=[0.5] * 10)) == words
    assert limit(told(cpu=[0.3] * 10, waited=[0.6] * 10)) == ""
    assert limit(told(cpu=[0.9] * 10, waited=[0.1] * 10)) == "load-0 used 90% of its core"
    assert limit(told(cpu=[0, 0, 0, 0.5, 0.5, 0, 0], waited=[0, 0, 0, 0.5, 0])) == "", "a second of it"


def test_a_stall_is_told_with_its_length() -> None:
    assert limit(told(stalls=[0, 0, 0.7])) == "load-0 stood still for 700ms"


def test_both_are_told() -> None:
    words = limit(told(cpu=[0, 0, 1, 1], stalls=[0, 0, 0.7]))
    assert words == "load-0 used 100% of its core and stood still for 700ms"


@pytest.mark.parametrize(
    ("cpu", "stalls"),
    [([1, 1, 0.6], []), ([], [9.0, 9.0]), ([0] * 8 + [1, 1], [0] * 9 + [9.0])],
)
def test_what_was_before_or_after_a_trial_is_not_held_against_it(
    cpu: list[float], stalls: list[float]
) -> None:
    assert limit(told(cpu=cpu, stalls=stalls)) == ""


def test_a_worker_that_was_not_asked_for_is_not_told() -> None:
    assert limit(told("lost_f00", cpu=[1] * 10)) == ""


def test_many_workers_are_told_in_few_words() -> None:
    strains, workers = told(), [f"load-{number}_f00" for number in range(5)]
    for worker in workers:
        strains.hear(worker, seconds([1] * 10, []))
    words = strains.at_limit(TRIAL, workers)
    assert words.endswith("load-2 used 100% of its core, …")


def test_a_worker_that_still_owes_the_trials_seconds_was_at_its_limit() -> None:
    """Its last second was 17, so it was heard from within 20 s; its silence since is a stall that goes on."""
    assert limit(told(), now=20.4) == ""
    assert limit(told(), now=21.5) == "load-0 was silent for 1.5s"


def test_two_seconds_of_which_one_was_not_told_make_no_mean() -> None:
    strains = told()
    strains.open(TRIAL, 20)
    strains.hear("load-0_f00", [(20, 1.0, 0.0, 0.0), (22, 1.0, 0.0, 0.0)])
    assert limit(strains) == ""


def test_a_window_that_was_never_opened_holds_nothing() -> None:
    assert Strains().at_limit(TRIAL, ["load-0_f00"]) == ""


def test_all_have_told_only_what_the_slowest_has() -> None:
    strains = told("a", cpu=[0] * 10)
    strains.hear("b", [(0, 0.0, 0.0, 0.0), (1, 0.0, 0.0, 0.0)])
    assert strains.told_until(["a"]) == 18
    assert strains.told_until(["a", "b"]) == 2
    assert strains.told_until(["a", "b", "c"]) == 0, "one has said nothing yet"
    assert strains.told_until([]) == math.inf
