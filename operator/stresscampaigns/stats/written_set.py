"""Which of many unique elements were acknowledged, and which are there afterwards: Jepsen's set checker.

Each writer numbers its elements from 0 and keeps one bit of each, acknowledged or not: 100 writers of 10 elements a
second write for a day and need 11 MB. What is read back takes one bit of each more.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

from stresscampaigns.api.written_set import MOST_LISTED, WrittenElement, WrittenSet

SLOT_SECONDS = 8
"""To within so many seconds it is known afterwards when an element was written."""
_DIGITS = 10
"""Of an element's number: the order of texts is that of numbers."""
_SUMMED = (
    "attempted",
    "acknowledged",
    "unknown",
    "refused",
    "kept",
    "lost",
    "recovered",
    "duplicated",
    "unexpected",
    "never_read",
)


class Bits:
    """A set of numbers from 0 on, one bit each."""

    __slots__ = ("_bytes",)

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, number: int) -> bool:
        """Is it new?"""
        place, bit = number >> 3, 1 << (number & 7)
        if place >= len(self._bytes):
            self._bytes.extend(bytes(place + 1 - len(self._bytes)))
        new = not self._bytes[place] & bit
        self._bytes[place] |= bit
        return new

    def as_int(self) -> int:
        """Bit n is set where n is in it."""
        return int.from_bytes(self._bytes, "little")


class Ledger:
    """What one writer wrote and was answered. What was neither acknowledged nor refused, nobody knows."""

    def __init__(self, writer: str) -> None:
        self.writer = writer
        self.attempted = 0
        self.refused = 0
        self.acknowledged = Bits()
        self._slots = array("L")
        """Of each slot of time the first number that was written in it."""

    def begin(self, at: float) -> int:
        """The number of the next element, written `at` so many seconds from the start of the load."""
        number = self.attempted
        self.attempted += 1
        while len(self._slots) <= at // SLOT_SECONDS:
            self._slots.append(number)
        return number

    def acknowledge(self, number: int) -> None:
        """The target has said that it is kept."""
        self.acknowledged.add(number)

    def refuse(self) -> None:
        """The target has said that it is not."""
        self.refused += 1

    @property
    def prefix(self) -> str:
        """All elements of this writer, and no others, begin so."""
        return f"{self.writer}-"

    def element(self, number: int) -> str:
        """Its text; texts are in the order of numbers."""
        return f"{self.prefix}{number:0{_DIGITS}d}"

    def number(self, element: str) -> int | None:
        """The number of one of its elements; None: it is none of those that were written."""
        digits = element.removeprefix(self.prefix)
        if digits == element or not re.fullmatch(rf"[0-9]{{{_DIGITS}}}", digits):
            return None
        return int(digits) if int(digits) < self.attempted else None

    def written(self, number: int) -> WrittenElement:
        """The element, and when it was written."""
        slot = bisect_right(self._slots, number) - 1
        return WrittenElement(
            element=self.element(number), after=slot * SLOT_SECONDS, before=(slot + 1) * SLOT_SECONDS
        )


class Found:
    """What was read back of one writer's elements."""

    def __init__(self) -> None:
        self.bits = Bits()
        self.read = 0
        """Elements below this number have been asked for."""
        self.duplicated = 0
        self.unexpected = 0
        self.duplicates: list[int] = []
        """The first of them."""

    def add(self, number: int | None) -> None:
        """One is there; None: one that nobody wrote."""
        if number is None:
            self.unexpected += 1
        elif not self.bits.add(number):
            self.duplicated += 1
            self.duplicates += [number] if len(self.duplicates) < MOST_LISTED else []


def compare(ledger: Ledger, found: Found, listed: bool = False, problem: str | None = None) -> WrittenSet:
    """What became of one writer's elements.

    Args:
        listed: by listing, in which a duplicate would have been seen.
        problem: why not all was read back.
    """
    acknowledged, there = ledger.acknowledged.as_int(), found.bits.as_int()
    missing = acknowledged & ~there
    lost = missing & ((1 << found.read) - 1)
    confirmed = acknowledged.bit_count()
    return WrittenSet(
        attempted=ledger.attempted,
        acknowledged=confirmed,
        refused=ledger.refused,
        unknown=ledger.attempted - confirmed - ledger.refused,
        kept=(acknowledged & there).bit_count(),
        lost=lost.bit_count(),
        recovered=(there & ~acknowledged).bit_count(),
        duplicated=found.duplicated,
        unexpected=found.unexpected,
        never_read=(missing ^ lost).bit_count(),
        lost_elements=[ledger.written(number) for number in islice(_numbers(lost), MOST_LISTED)],
        duplicated_elements=[ledger.written(number) for number in found.duplicates],
        listed=listed,
        problem=problem,
    )


def together(sets: Iterable[WrittenSet]) -> WrittenSet:
    """The sets of several writers as one: counts add up, the lists are cut again."""
    every = list(sets)
    lost = chain.from_iterable(one.lost_elements for one in every)
    duplicated = chain.from_iterable(one.duplicated_elements for one in every)
    return WrittenSet(
        **{name: sum(getattr(one, name) for one in every) for name in _SUMMED},
        lost_elements=_earliest(lost),
        duplicated_elements=_earliest(duplicated),
        listed=bool(every) and all(one.listed for one in every),
        problem=next((one.problem for one in every if one.problem), None),
    )


def everything(told: Mapping[str, WrittenSet], workers: int) -> WrittenSet:
    """What all workers have told together; of one that told nothing, nobody knows what it wrote."""
    found = together(told.values())
    if len(told) == workers:
        return found
    silent = f"{workers - len(told)} of {workers} workers did not tell what became of what they wrote"
    return found.model_copy(update={"problem": silent})


def _earliest(elements: Iterable[WrittenElement]) -> list[WrittenElement]:
    return sorted(elements, key=lambda one: (one.after, one.element))[:MOST_LISTED]


def _numbers(bits: int) -> Iterator[int]:
    """The numbers of the bits that are set, ascending."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest
