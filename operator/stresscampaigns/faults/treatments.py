"""What a queued fault does to one packet: when it goes on, whether it does, and as what. Pure, but for chance."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar, NamedTuple

from stresscampaigns.faults.queue import Packet

ALL = 65_535
"""Bytes of a packet, however long it is."""
_UDP = 17
_FRAGMENT = 0x1FFF
"""Bits of a fragment's place in its packet; 0: it is the first, or the only one."""


class Treated(NamedTuple):
    """From when on the packet may go (on the clock of `now`); whether it goes at all; as what, if changed."""

    at: float
    passes: bool = True
    data: bytes | None = None


@dataclass
class Treatment(ABC):
    """Looks at each packet once, in the order of their coming. `unit` is of what `harmed` counts."""

    unit: ClassVar[str]
    copied: ClassVar[int] = 1
    """Bytes of each packet that it must see."""
    harmed: int = field(default=0, init=False)
    overflow: int = field(default=0, init=False)
    """Packets dropped because there was no room for them, which nobody had asked for."""

    @property
    def whole(self) -> bool:
        """May packets come as the pod's stack made them, of up to 64 KiB? It costs much less."""
        return False

    @abstractmethod
    def treat(self, packet: Packet, now: float) -> Treated:
        """Decide."""


@dataclass
class Delay(Treatment):
    """Each packet is held for `latency` seconds, give or take `jitter`, evenly spread: with it, packets overtake."""

    latency: float
    jitter: float = 0.0
    random: Random = field(default_factory=Random)
    unit = "packets held back"

    @property
    def whole(self) -> bool:
        """However big it is, it waits as long."""
        return True

    def treat(self, packet: Packet, now: float) -> Treated:
        """After its time."""
        self.harmed += 1
        spread = self.random.uniform(-self.jitter, self.jitter) if self.jitter else 0.0
        return Treated(now + self.latency + spread)


SHORTEST_LINE = 15_000
_LINE_SECONDS = 0.2
_LARGEST, _COARSEST = 65_536, 0.005
SAVED = 0.005


@dataclass
class Pace(Treatment):
    """Packets go one after the other at `rate` bytes a second, each direction by itself.

    Of idle time 5 ms are saved up, for on a busy machine packets are read so late.
    Up to 0.2 s of them wait, or 15 kB where that is more; what finds no room is dropped, as a router does.
    """

    rate: float
    unit = "packets held back"
    free_at: dict[int, float] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Where the largest packet takes no more than 5 ms."""
        return self.rate * _COARSEST > _LARGEST

    def treat(self, packet: Packet, now: float) -> Treated:
        """When those before it have gone and it has gone itself."""
        free_at = max(now - SAVED, self.free_at.get(packet.hook, 0.0))
        waiting = (free_at - now) * self.rate
        if waiting > max(SHORTEST_LINE, self.rate * _LINE_SECONDS):
            self.overflow += 1
            return Treated(now, passes=False)
        self.harmed += waiting > 0
        self.free_at[packet.hook] = free_at + packet.size / self.rate
        return Treated(self.free_at[packet.hook])


@dataclass
class Flip(Treatment):
    """One bit behind the packet's address header is turned over: its checksum is wrong, so its receiver drops it.

    The checksum is never mended: a wrong byte that an application believes could be stored, and outlive the fault. For
    the same reason a packet goes as it came where nobody would notice.
    """

    random: Random = field(default_factory=Random)
    unit = "packets corrupted"
    copied = ALL

    def treat(self, packet: Packet, now: float) -> Treated:
        """At once."""
        changed = bytearray(packet.data)
        first = transport_start(packet.data)
        if first >= len(changed) or _unnoticed(packet.data, first):
            return Treated(now)
        changed[self.random.randrange(first, len(changed))] ^= 1 << self.random.randrange(8)
        self.harmed += 1
        return Treated(now, data=bytes(changed))


def transport_start(data: bytes) -> int:
    """Where TCP's or UDP's header begins, in bytes."""
    return (data[0] & 0xF) * 4 if data[0] >> 4 == 4 else 40


def _unnoticed(data: bytes, first: int) -> bool:
    """UDP over IPv4 need have no checksum, which it says by 0; of a later fragment nobody can tell."""
    if data[0] >> 4 != 4 or data[9] != _UDP:
        return False
    later = int.from_bytes(data[6:8]) & _FRAGMENT
    return bool(later) or not any(data[first + 6 : first + 8])
