"""Rehearsals: time alone is compressed, and what it does to a campaign keeps its laws."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.units import seconds, write_seconds
from stresscampaigns.core.plan import load_plan, longest_load, stage_windows
from stresscampaigns.core.rehearsal import FAULT_EARLIEST, FAULT_FLOOR, STAGE_FLOOR, compressed, speed
from tests.unit.core.builders import CUT, ERRORS, template

SCENARIOS = [{"name": "http", "parameters": {"thinkTime": "2s"}}]


def asked(load: dict[str, Any], faults: list[dict[str, Any]] | None = None) -> RunTemplate:
    return template(load={"scenarios": SCENARIOS} | load, faults=faults, checks=[ERRORS])


@st.composite
def templates(draw: st.DrawFn) -> RunTemplate:
    """Any stages of up to two days, and faults within them."""
    lengths = draw(st.lists(st.integers(1, 172_800_000), min_size=1, max_size=6))
    stages = [
        {
            "name": f"stage-{number}",
            "users": draw(st.integers(1, 2000)),
            "ramp": write_seconds(draw(st.integers(0, length)) / 1000),
            "duration": write_seconds(length / 1000),
        }
        for number, length in enumerate(lengths)
    ]
    total = sum(lengths)
    faults = []
    for number in range(draw(st.integers(0, 3))):
        end = draw(st.integers(1, total))
        start = draw(st.integers(0, end - 1))
        times = {"at": write_seconds(start / 1000), "duration": write_seconds((end - start) / 1000)}
        faults.append(CUT | {"name": f"fault-{number}"} | times)
    return asked({"stages": stages}, faults)


lengths = st.integers(1, 10**8).map(lambda milliseconds: milliseconds / 1000)
A_MOMENT = 0.0021
"""Durations are written in whole milliseconds."""


@given(templates(), lengths)
def test_nothing_gets_longer_and_stages_keep_their_floor(own: RunTemplate, length: float) -> None:
    made = compressed(own, length)
    for before, after in zip(own.load.course, made.load.course, strict=True):
        assert seconds(after.duration) <= seconds(before.duration)
        assert seconds(after.duration) >= min(seconds(before.duration), STAGE_FLOOR)
        assert seconds(after.ramp or "0s") <= seconds(after.duration)
    for fault, shorter in zip(own.faults or [], made.faults or [], strict=True):
        assert seconds(shorter.duration) <= seconds(fault.duration) + A_MOMENT


@given(templates(), lengths)
def test_the_whole_is_about_as_long_as_asked_or_as_short_as_its_floors_allow(
    own: RunTemplate, length: float
) -> None:
    made = compressed(own, length).load.total_seconds
    shortest = sum(min(seconds(stage.duration), STAGE_FLOOR) for stage in own.load.course)
    wanted = min(own.load.total_seconds, max(length, shortest))
    assert abs(made - wanted) <= 0.5 * len(own.load.course) + 0.001


@given(templates(), lengths)
def test_users_scenarios_and_thresholds_are_never_changed(own: RunTemplate, length: float) -> None:
    made = compressed(own, length)
    assert [(one.name, one.users, one.rate) for one in made.load.course] == [
        (one.name, one.users, one.rate) for one in own.load.course
    ]
    assert (made.checks, made.load.scenarios, made.target) == (own.checks, own.load.scenarios, own.target)


@given(templates(), lengths)
def test_faults_stay_within_the_load_and_keep_their_order(own: RunTemplate, length: float) -> None:
    made = compressed(own, length)
    total = made.load.total_seconds
    for shorter in made.faults or []:
        assert 0 <= shorter.start_seconds <= shorter.end_seconds <= total + A_MOMENT
    pairs = zip(own.faults or [], made.faults or [], strict=True)
    in_order = [shorter.start_seconds for _, shorter in sorted(pairs, key=lambda pair: pair[0].start_seconds)]
    assert in_order == sorted(in_order)


@given(templates(), lengths)
def test_a_fault_is_long_enough_to_be_seen_and_late_enough_to_be_put_in(
    own: RunTemplate, length: float
) -> None:
    made = compressed(own, length)
    room = made.load.total_seconds
    for fault, shorter in zip(own.faults or [], made.faults or [], strict=True):
        assert seconds(shorter.duration) >= min(seconds(fault.duration), FAULT_FLOOR, room) - A_MOMENT
        if room >= FAULT_EARLIEST + FAULT_FLOOR:
            assert shorter.start_seconds >= min(fault.start_seconds, FAULT_EARLIEST) - A_MOMENT or (
                shorter.start_seconds >= room - FAULT_FLOOR - A_MOMENT
            )


@given(templates(), lengths)
def test_the_load_pods_can_follow_what_becomes_of_any_campaign(own: RunTemplate, length: float) -> None:
    plan = load_plan(compressed(own, length), "r", "c", "n")
    assert [stage.users for stage in plan.stages] == [stage.users for stage in own.load.course]


def test_a_day_of_endurance_is_rehearsed_within_minutes_its_hours_still_to_be_told_apart() -> None:
    faults = [CUT | {"name": "late", "at": "22h", "duration": "1m"}]
    day = asked({"profile": "endurance"}, faults)
    made = compressed(day, 180)
    assert {name: end - start for name, (start, end) in stage_windows(made).items()} == {
        "ramp": 5,
        "first": 7,
        "day": 160,
        "last": 7,
    }
    (fault,) = made.faults or []
    assert 150 < fault.start_seconds < 173
    assert fault.duration == "5s"
    assert speed(day, 180) == "483x"


def test_a_length_that_the_campaign_does_not_need_changes_nothing() -> None:
    own = template()
    assert compressed(own, 100) == own
    assert compressed(own, 1e6) == own
    assert speed(own, 1e6) == "1x"


@pytest.mark.parametrize(
    "load", [{"profile": "capacity", "users": 300}, {"profile": "light", "capacity": {"highest": 9}}]
)
def test_a_search_keeps_its_loads_and_its_trials_become_short(load: dict[str, Any]) -> None:
    own = asked(load)
    made = compressed(own, 120)
    before, after = own.load.search, made.load.search
    assert before is not None
    assert after is not None
    assert (after.lowest, after.highest, after.most_trials) == (
        before.lowest,
        before.highest,
        before.most_trials,
    )
    assert (after.latency, after.error_rate) == (before.latency, before.error_rate)
    assert seconds(after.trial) <= seconds(after.confirm) < seconds(before.confirm)
    assert after.confirmations == 1
    assert longest_load(made.load) < longest_load(own.load) / 5


def test_a_rehearsal_has_as_many_workers_as_the_campaign() -> None:
    own = asked({"profile": "heavy"})
    plans = [load_plan(one, "r", "c", "n") for one in (own, compressed(own, 60))]
    assert plans[0].workers == plans[1].workers == 2
