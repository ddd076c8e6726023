"""A queue of packets that the kernel fills and this process empties (NFQUEUE).

It ends with its socket: then the kernel lets packets pass that a rule would send here (`bypass`); those that were
held are lost, as on a bad wire. Source: linux/netfilter/nfnetlink_queue.h, xt_NFQUEUE.h, nf_tables_compat.h.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from stresscampaigns.faults import netlink
from stresscampaigns.faults.netlink import ACK, CREATE_LAST, NETFILTER, REQUEST, Message, Wire
from stresscampaigns.faults.protocol import CannotWork

INCOMING, OUTGOING = 1, 3
"""The hooks of packets that reach the pod, and that leave it."""
LONGEST = 65_536
"""Packets that the kernel keeps for one queue; more are dropped, and counted."""
_TABLES, _QUEUES, _COMPAT = 10, 3, 11
_RULE, _BATCH_BEGIN, _BATCH_END = 6, 0x10, 0x11
_PACKET, _VERDICT, _CONFIG = _QUEUES << 8, 1, 2
_ERROR = 2
_BIND, _WHOLE = 1, 0x4
_ATTRIBUTE_HEAD, _ATTRIBUTE_DATA, _ATTRIBUTE_LENGTH = 1, 10, 13
_INET, _IPV4 = 1, 2
_REVISION = 3
_BURST = 8 << 20
_NUMBERS = 65_000
UNREAD = 65_535
"""The number of a queue that is never read: what goes there vanishes."""
_COUNTS = Path("/proc/self/net/netfilter/nfnetlink_queue")


def number_for(table: str) -> int:
    """The number that is tried first for the packets of a table's rules."""
    return (zlib.crc32(table.encode()) & 0xFFFF) % _NUMBERS


class Packet(NamedTuple):
    """One that is held: its hook, its length, and as much of it as was asked for."""

    id: int
    hook: int
    size: int
    data: bytes


class Verdict(NamedTuple):
    """What becomes of a packet: it passes, maybe changed, or not."""

    id: int
    passes: bool
    data: bytes | None = None

    def message(self, queue: int) -> Message:
        """For the kernel."""
        body = netlink.attribute(2, struct.pack(">II", int(self.passes), self.id))
        if self.data is not None:
            body += netlink.attribute(_ATTRIBUTE_DATA, self.data)
        return netlink.netfilter(_QUEUES, _VERDICT, body, resource=queue)


def check_queueing() -> None:
    """See that the kernel has it; loads its module, changes nothing else.

    Raises:
        CannotWork: it has not, or we may not.
    """
    asked = netlink.text(1, "NFQUEUE") + netlink.number(2, _REVISION) + netlink.number(3, 1)
    wire = Wire(NETFILTER)
    try:
        wire.ask(netlink.netfilter(_COMPAT, 0, asked, REQUEST | ACK, family=_IPV4))
    except OSError as error:
        raise CannotWork(
            f"packets cannot be queued in this pod ({error.strerror}); it takes the capability NET_ADMIN and a kernel "
            "with NFQUEUE (CONFIG_NETFILTER_XT_TARGET_NFQUEUE) and CONFIG_NFT_COMPAT"
        ) from error
    finally:
        wire.close()


def send_to_queue(table: str, chain: str, number: int, bypass: bool = True) -> None:
    """One rule more in a chain: every packet goes to the queue. Where nobody reads it, it passes, or is lost.

    nft has a word for it, but not every kernel: this is the same rule as iptables makes it.

    Raises:
        CannotWork: the kernel did not take it.
    """
    info = struct.pack("=HHHxx", number, 1, int(bypass))
    target = netlink.nested(
        2, netlink.text(1, "NFQUEUE"), netlink.number(2, _REVISION), netlink.attribute(3, info)
    )
    rule = (
        netlink.text(1, table)
        + netlink.text(2, chain)
        + netlink.nested(4, netlink.nested(1, netlink.text(1, "target"), target))
    )
    wire = Wire(NETFILTER)
    try:
        wire.ask(
            netlink.netfilter(0, _BATCH_BEGIN, b"", resource=_TABLES),
            netlink.netfilter(_TABLES, _RULE, rule, REQUEST | ACK | CREATE_LAST, family=_INET),
            netlink.netfilter(0, _BATCH_END, b"", resource=_TABLES),
        )
    except OSError as error:
        raise CannotWork(f"the kernel took no rule for the queue ({error.strerror})") from error
    finally:
        wire.close()


class Queue:
    """One queue; nobody else in this pod has its number.

    Args:
        first: the number that is tried first.
        copied: so many bytes of each packet are wanted.
        whole: packets come as the pod's stack made them, of up to 64 KiB; else as they go onto the wire.
    """

    def __init__(self, first: int, copied: int, whole: bool) -> None:
        self._wire = Wire(NETFILTER)
        self.number = self._bound(first)
        self._refused = 0
        mode = struct.pack(">IB", copied, 2)
        flags = netlink.number(5, _WHOLE if whole else 0) + netlink.number(4, _WHOLE)
        self._wire.ask(self._config(netlink.attribute(2, mode) + netlink.number(3, LONGEST) + flags))
        self._wire.take_bursts(_BURST)

    def _bound(self, first: int) -> int:
        """A number that is free; the kernel refuses one that another process reads."""
        problem: OSError | None = None
        for number in range(first, first + 256):
            self.number = number % _NUMBERS
            try:
                self._wire.ask(self._config(netlink.attribute(1, struct.pack(">BxH", _BIND, 0))))
            except OSError as error:
                problem = error
            else:
                return self.number
        self._wire.close()
        raise CannotWork(f"no queue is free for this fault in this pod ({problem})")

    def _config(self, attributes: bytes) -> Message:
        return netlink.netfilter(_QUEUES, _CONFIG, attributes, REQUEST | ACK, resource=self.number)

    def fileno(self) -> int:
        """For select: something is there to be read."""
        return self._wire.fileno()

    def packets(self, most: int) -> Iterator[Packet]:
        """Those that are there now."""
        for _ in range(most):
            datagram = self._wire.read()
            if not datagram:
                return
            for message in netlink.messages(datagram):
                if message.kind == _PACKET:
                    yield _packet(message)
                elif message.kind == _ERROR:
                    # The verdict came too late: the kernel had thrown the packet away.
                    self._refused += 1

    def decide(self, verdicts: Iterable[Verdict]) -> None:
        """Tell the kernel."""
        told = [one.message(self.number) for one in verdicts]
        for start in range(0, len(told), 64):
            self._wire.send(*told[start : start + 64])

    def lost(self) -> int:
        """Packets that the kernel has dropped, for the queue was full or another fault of this pod ended."""
        for line in _COUNTS.read_text().splitlines():
            words = line.split()
            if words[0] == str(self.number):
                return int(words[5]) + int(words[6]) + self._refused
        return self._refused

    def close(self) -> None:
        """Nobody reads it any more."""
        self._wire.close()


def _packet(message: Message) -> Packet:
    found = netlink.attributes(message.body, 4)
    number, _, hook = struct.unpack(">IHB", found[_ATTRIBUTE_HEAD])
    data = found.get(_ATTRIBUTE_DATA, b"")
    length = found.get(_ATTRIBUTE_LENGTH)
    return Packet(number, hook, struct.unpack(">I", length)[0] if length else len(data), data)
