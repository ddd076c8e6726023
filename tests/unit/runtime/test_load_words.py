"""What a load says, from a node that may take its time: nobody waits long, and nothing goes by what is long past."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.core.observation import LoadView
from stresscampaigns.core.progress import RunView
from stresscampaigns.runtime import parsing
from stresscampaigns.runtime.load_words import STALE, LoadWords
from stresscampaigns.runtime.ports import Away
from stresscampaigns.runtime.standing import PATIENCE
from tests.unit.runtime.examples import run
from tests.unit.runtime.fake_clock import FakeClock, run_in

SAID = LoadView(exists=True)


class Node:
    """It takes so many seconds to answer."""

    def __init__(self) -> None:
        self.takes = 0.0

    async def load(self, namespace: str, name: str, with_result: bool) -> LoadView:
        await asyncio.sleep(self.takes)
        return SAID


def view() -> RunView:
    body = run()
    return parsing.run_view(body | {"metadata": body["metadata"] | {"uid": "u", "generation": 1}})


def asked_again(after: float, over: bool = False) -> tuple[LoadView, float]:
    """What is heard of a load so many seconds after its node fell silent, and how long that took."""
    clock, node = FakeClock(), Node()
    silent: Any = node
    words = LoadWords(silent, clock)

    async def ask() -> tuple[LoadView, float]:
        await words.now(view())
        node.takes = 3600.0
        if over:
            words.over(view())
        await asyncio.sleep(after)
        began = clock.now()
        return await words.now(view()), clock.now() - began

    return run_in(clock, ask())


def test_a_load_that_is_slow_to_answer_goes_by_what_it_said_last() -> None:
    said, took = asked_again(after=STALE - 2 * PATIENCE)
    assert said == replace(SAID, late=True)
    assert took < 2 * PATIENCE


def test_after_some_time_nobody_knows() -> None:
    with pytest.raises(Away, match="what the load of run smoke-1 says is not heard"):
        asked_again(after=STALE)


def test_of_a_run_that_is_over_nothing_goes_by_what_was_said_before() -> None:
    with pytest.raises(Away):
        asked_again(after=0.0, over=True)


def test_a_slow_answer_is_there_at_a_later_look() -> None:
    clock, node = FakeClock(), Node()
    slow: Any = node
    node.takes = 3.0
    words = LoadWords(slow, clock)

    async def ask() -> LoadView:
        with pytest.raises(Away):
            await words.now(view())
        await asyncio.sleep(node.takes)
        return await words.now(view())

    assert run_in(clock, ask()) == replace(SAID, late=True)


def test_what_is_answered_at_once_is_of_now() -> None:
    clock = FakeClock()
    quick: Any = Node()
    assert run_in(clock, LoadWords(quick, clock).now(view())) == SAID
