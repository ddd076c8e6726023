"""Defects: each behaves like the sound part until there has been load, and is not healed by the load's end."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from service import defects
from service.settings import Settings, SettingsError
from tests.unit.demo.fake_postgres import FakePool
from tests.unit.demo.replica import SETTINGS, Replica, replica

Outcome = TypeVar("Outcome")
SMALL = replace(SETTINGS, max_workflows=2, queue_seconds=0.05, limited_rate=1, limited_burst=1)


def with_defect(
    defect: str, does: Callable[[Replica], Awaitable[Outcome]], settings: Settings = SMALL
) -> Outcome:
    """What comes of it on a replica."""

    async def done() -> Outcome:
        async with replica(replace(settings, defect=defect), FakePool(size=3)) as one:
            return await does(one)

    return asyncio.run(done())


async def workflows(one: Replica, number: int) -> list[int]:
    """One after the other."""
    return [await one.workflow() for _ in range(number)]


async def limited(one: Replica) -> list[int]:
    found = []
    for _ in range(5):
        async with one.http.get("/limited") as response:
            found.append(response.status)
    return found


def test_without_a_defect_every_part_is_the_sound_one() -> None:
    assert defects.parts("") == defects.Parts()


def test_a_wrong_name_is_refused_with_the_allowed_ones() -> None:
    words = (
        "DEFECT: 'typo' is none of acks-before-commit, leaking-descriptors, leaking-memory, leaking-pool, no-limit, "
        "no-recovery, pool-never-heals"
    )
    with pytest.raises(SettingsError, match=words):
        defects.parts("typo")


@pytest.mark.parametrize("defect", ["", *defects.DEFECTS])
def test_a_quick_look_finds_nothing_wrong(defect: str) -> None:
    assert with_defect(defect, lambda one: workflows(one, 3)) == [200] * 3


def test_a_leaking_pool_runs_dry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defects, "WORKFLOWS_A_LEAK", 4)
    assert with_defect("leaking-pool", lambda one: workflows(one, 14)) == [200] * 12 + [503] * 2
    assert with_defect("", lambda one: workflows(one, 14)) == [200] * 14


async def after_an_outage(one: Replica) -> list[int]:
    """The database fails for a while; then it is there again."""
    one.pool.connection.fails = TimeoutError()
    assert set(await workflows(one, 6)) == {503}
    one.pool.connection.fails = None
    return await workflows(one, 3)


def test_a_pool_that_never_heals_stays_away_when_the_database_is_back() -> None:
    assert with_defect("pool-never-heals", after_an_outage) == [503] * 3
    assert with_defect("", after_an_outage) == [200] * 3


def test_leaking_memory_keeps_something_of_each_workflow() -> None:
    async def kept(one: Replica) -> int:
        await workflows(one, 5)
        assert isinstance(one.face.workflows, defects.LeakingMemory)
        return sum(map(len, one.face.workflows._left_behind))

    assert with_defect("leaking-memory", kept) == 5 * 64 * 1024


def test_every_second_workflow_leaves_a_descriptor_open() -> None:
    async def left_open(one: Replica) -> int:
        await workflows(one, 5)
        assert isinstance(one.face.workflows, defects.LeakingDescriptors)
        left = one.face.workflows._left_open
        for descriptor in left:
            os.close(descriptor)  # raises where it is not open any more
        return len(left)

    assert with_defect("leaking-descriptors", left_open) == 2


def test_no_limit_lets_everybody_through() -> None:
    assert with_defect("no-limit", limited) == [200] * 5
    assert with_defect("", limited) == [200, 429, 429, 429, 429]


async def after_an_overload(one: Replica) -> list[int]:
    """Many at once; some time to recover; then one after the other again."""
    await asyncio.gather(*(one.workflow() for _ in range(30)))
    await asyncio.sleep(0.3)
    return await workflows(one, 5)


def test_an_overload_is_not_recovered_from() -> None:
    assert with_defect("no-recovery", after_an_overload) == [503] * 5


def test_a_sound_replica_recovers_from_the_same_overload() -> None:
    assert with_defect("", after_an_overload) == [200] * 5


def test_retries_are_no_more_than_it_takes() -> None:
    async def retries(one: Replica) -> int:
        await after_an_overload(one)
        assert isinstance(one.face.workflows, defects.NoRecovery)
        return len(one.face.workflows._retries)

    assert with_defect("no-recovery", retries) == 8
