"""Histograms over time in bounded memory, kept by slot, and any window of them merged again. Counts only add up.

A histogram in memory takes 190 KB, as text some hundred bytes: so a slot keeps texts, which are folded into one now
and then. Slots begin with a second and grow pairwise, so that there are never more than so many of them.
"""

import base64
import math
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from hdrh.histogram import HdrHistogram

from stresscampaigns.api.slots import SlotRequests, Slots
from stresscampaigns.stats.certainty import LEAST_STRETCHES, MOST_STRETCHES
from stresscampaigns.stats.histogram import decode, empty, encode, merged

MOST_SLOTS = 720
"""1 s each up to 12 minutes, 2 s up to 24, … 128 s for a day."""
MOST_BYTES = 3 * 1024 * 1024
"""Of all histograms, compressed. In base64 they go through the coordinator's log, which kubelet rotates at 10 MiB:
what was rotated away cannot be read any more."""
FOLD_AT = 32
FOLDED_EACH_TIME = 2
"""After slots have grown, so many are folded with each report: all at once would hold the coordinator up."""
Key = tuple[str, str]
"""Scenario and name of a request."""
_LENGTH = struct.Struct(">I")
_COMPRESSED = base64.b64decode(encode(empty()))[:4]
"""What HdrHistogram V2 begins with where zlib follows."""


@dataclass
class _Cell:
    """Requests of one name in one slot."""

    texts: list[str] = field(default_factory=list)
    count: int = 0
    failed: int = 0

    def fold(self) -> None:
        if len(self.texts) > 1:
            self.texts = [encode(merged(map(decode, self.texts)))]

    def take_in(self, other: "_Cell") -> None:
        self.texts += other.texts
        self.count += other.count
        self.failed += other.failed


class GrowingSlots:
    """What was counted so far."""

    def __init__(self, most: int = MOST_SLOTS) -> None:
        self.length = 1
        """Seconds of one slot."""
        self._most = most
        self._cells: dict[int, dict[Key, _Cell]] = {}
        self._unfolded: list[_Cell] = []

    @property
    def texts_held(self) -> int:
        """So many histograms, as text: what the memory goes by."""
        return sum(len(cell.texts) for cells in self._cells.values() for cell in cells.values())

    def add(self, second: int, key: Key, count: int, failed: int, histogram: str) -> None:
        """Add what was counted in one second of the load."""
        while second // self.length >= self._most:
            self.grow()
        cell = self._cells.setdefault(second // self.length, {}).setdefault(key, _Cell())
        cell.take_in(_Cell([histogram], count, failed))
        if len(cell.texts) >= FOLD_AT:
            cell.fold()
        elif len(cell.texts) > 1:
            self._unfolded.append(cell)
        for _ in range(min(FOLDED_EACH_TIME, len(self._unfolded) - FOLD_AT)):
            self._unfolded.pop(0).fold()

    def grow(self) -> None:
        """Two slots become one, all over."""
        grown: dict[int, dict[Key, _Cell]] = {}
        for number, cells in sorted(self._cells.items()):
            for key, cell in cells.items():
                grown.setdefault(number // 2, {}).setdefault(key, _Cell()).take_in(cell)
        self.length *= 2
        self._cells = grown
        self._unfolded = [cell for cells in grown.values() for cell in cells.values() if len(cell.texts) > 1]

    def packed(self, most_bytes: int = MOST_BYTES) -> Slots:
        """All of it; where it would be too large, in longer slots."""
        made = self._packed()
        while sum(len(one.histograms) for one in made.requests) * 3 / 4 > most_bytes and made.number > 1:
            self.grow()
            made = self._packed()
        return made

    def _packed(self) -> Slots:
        number = max(self._cells, default=-1) + 1
        keys = sorted({key for cells in self._cells.values() for key in cells})
        return Slots(length=self.length, number=number, requests=[self._of(key, number) for key in keys])

    def _of(self, key: Key, number: int) -> SlotRequests:
        cells = [self._cells.get(slot, {}).get(key, _Cell()) for slot in range(number)]
        for cell in cells:
            cell.fold()
        framed = b"".join(_framed(cell.texts[0] if cell.texts else "") for cell in cells)
        return SlotRequests(
            scenario=key[0],
            name=key[1],
            counts=[cell.count for cell in cells],
            failures=[cell.failed for cell in cells],
            histograms=base64.b64encode(zlib.compress(framed)).decode(),
        )


def _framed(text: str) -> bytes:
    plain = zlib.decompress(base64.b64decode(text)[8:]) if text else b""
    return _LENGTH.pack(len(plain)) + plain


def window(requests: SlotRequests, start: int, end: int) -> HdrHistogram:
    """The latencies of the slots from `start` on, those before `end`, as one histogram.

    Raises:
        ValueError: the record is damaged.
    """
    found = merged(decode(text) for text in list(_texts(requests))[start:end] if text)
    if found.get_total_count() != sum(requests.counts[start:end]):
        raise ValueError(f"the histograms of {requests.name} do not hold what was counted")
    return found


def whole_slots(slots: Slots, start: float, end: float) -> range:
    """Slots that lie wholly in a window; those after the last answer are empty.

    Args:
        start: seconds from the start of the load; the window has the seconds that begin in it.
    """
    first, last = -(-math.ceil(start) // slots.length), math.ceil(end) // slots.length
    return range(first, max(first, last))


def in_stretches(whole: range) -> list[range]:
    """Up to ten equally long spans of slots, none where they are too few; what is left over at the end is in none."""
    if len(whole) < LEAST_STRETCHES:
        return []
    size = -(-len(whole) // MOST_STRETCHES)
    return [whole[at : at + size] for at in range(0, len(whole) - size + 1, size)]


def latencies(requests: Iterable[SlotRequests], spans: Sequence[range]) -> list[HdrHistogram]:
    """Of each span of slots, all of these requests together.

    Raises:
        ValueError: the record is damaged.
    """
    found = [empty() for _ in spans]
    for one in requests:
        texts = list(_texts(one))
        for span, total in zip(spans, found, strict=True):
            for text in filter(None, texts[span.start : span.stop]):
                total.add(decode(text))
    return found


def _texts(requests: SlotRequests) -> Iterator[str]:
    try:
        framed = zlib.decompress(base64.b64decode(requests.histograms))
        position = 0
        while position < len(framed):
            (length,) = _LENGTH.unpack_from(framed, position)
            position += _LENGTH.size
            yield _text(framed[position : position + length])
            position += length
    except (zlib.error, struct.error) as error:
        raise ValueError(f"the histograms of {requests.name} are damaged: {error}") from error


def _text(plain: bytes) -> str:
    if not plain:
        return ""
    packed = zlib.compress(plain, 1)
    return base64.b64encode(_COMPRESSED + _LENGTH.pack(len(packed)) + packed).decode()
