"""A few rounds of `make torture`, which has many."""

import asyncio

from tests.torture.rounds import torture

ROUNDS, SEED = 3, 5
"""Of this seed the first three rounds kill each victim that there is."""


def test_no_fault_outlives_its_deadline_whoever_is_killed() -> None:
    summary = asyncio.run(torture(ROUNDS, SEED, print))
    assert summary.kept, summary.text()
