"""Which rows a worker takes, and in which order. Pure; randomness comes from a seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import TypeVar

from stresscampaigns.api.load_plan import RowOrder
from stresscampaigns.load.data_file import Row

T = TypeVar("T")


@dataclass(frozen=True)
class Share:
    """Worker `number`, from 0, of so many."""

    number: int = 0
    workers: int = 1
    seed: int = 0

    def of(self, items: Sequence[T]) -> Sequence[T]:
        """Every `workers`-th, so that no two workers have the same; where there are fewer than workers, one."""
        return items[self.number :: self.workers] or [items[self.number % len(items)]]


ALL = Share()


class Rows:
    """One scenario's rows in one worker, whose users take them in turn, over and over."""

    def __init__(self, rows: Sequence[Row], order: RowOrder, share: Share) -> None:
        self.own = share.of(rows) if order == "sequential" else rows
        self._order = order
        self._seed = f"{share.seed}/{share.number}"
        self._turns = self.in_turn(self.own)

    def next(self) -> Row:
        """The row whose turn it is."""
        return next(self._turns)

    def in_turn(self, items: Sequence[T]) -> Iterator[T]:
        """What was made of each own row, in the rows' order, without an end."""
        return cycle(items) if self._order == "sequential" else _drawn(items, random.Random(self._seed))  # noqa: S311


def _drawn(items: Sequence[T], draw: random.Random) -> Iterator[T]:
    while True:
        yield draw.choice(items)
