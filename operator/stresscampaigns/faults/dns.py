"""Questions to a name server, as they stand in packets; and packets that answer them with a refusal. Pure.

Source: RFC 1035 section 4.1; RFC 1624 for the checksum.
"""

import struct

from stresscampaigns.faults.treatments import transport_start

UDP, TCP = 17, 6
SERVER_FAILED, NO_SUCH_NAME = 2, 3
_ANSWER, _RECURSION, _KEPT = 0x8000, 0x0080, 0x7900
_HEADER = 12


def transport(packet: bytes) -> int:
    """The number of the packet's protocol."""
    return packet[9] if packet[0] >> 4 == 4 else packet[6]


def asked_name(packet: bytes) -> str | None:
    """The name that a packet asks for, in small letters, without its last dot; None where it is no question.

    Over TCP, questions that begin in this packet are seen.
    """
    try:
        start = _message_start(packet)
        _, flags, questions = struct.unpack_from(">HHH", packet, start)
        if flags & _ANSWER or questions != 1:
            return None
        return _name(packet, start + _HEADER)
    except (struct.error, IndexError, UnicodeDecodeError):
        return None


def refused(packet: bytes, code: int) -> bytes:
    """The answer to a question over UDP: the same packet, turned around, with the code of a failure."""
    back, start = bytearray(packet), transport_start(packet)
    first, length = (12, 4) if packet[0] >> 4 == 4 else (8, 16)
    _swap(back, first, length)
    _swap(back, start, 2)
    flags = start + 8 + 2
    (asked,) = struct.unpack_from(">H", packet, flags)
    told = asked & _KEPT | _ANSWER | _RECURSION | code
    struct.pack_into(">H", back, flags, told)
    (checksum,) = struct.unpack_from(">H", packet, start + 6)
    if checksum:
        # What changed places leaves the sum as it was.
        struct.pack_into(">H", back, start + 6, _changed(checksum, asked, told) or 0xFFFF)
    return bytes(back)


def _swap(packet: bytearray, first: int, length: int) -> None:
    middle, end = first + length, first + 2 * length
    packet[first:middle], packet[middle:end] = packet[middle:end], packet[first:middle]


def _changed(checksum: int, old: int, new: int) -> int:
    total = (~checksum & 0xFFFF) + (~old & 0xFFFF) + new
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _message_start(packet: bytes) -> int:
    start = transport_start(packet)
    if transport(packet) == UDP:
        return start + 8
    return start + (packet[start + 12] >> 4) * 4 + 2


def _name(packet: bytes, at: int) -> str | None:
    labels = []
    while length := packet[at]:
        label = packet[at + 1 : at + 1 + length]
        if length > 63 or len(label) < length:
            return None
        labels.append(label.decode("ascii"))
        at += 1 + length
    return ".".join(labels).lower()
