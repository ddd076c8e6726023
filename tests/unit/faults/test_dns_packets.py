"""Questions for names in packets, and the packets that answer them with a failure."""

import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.faults.dns import NO_SUCH_NAME, SERVER_FAILED, TCP, UDP, asked_name, refused, transport
from stresscampaigns.faults.queue import OUTGOING, Packet
from stresscampaigns.faults.resolving import Names, Unresolved
from tests.unit.faults.name_server import question

labels = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63)
names = st.lists(labels, min_size=1, max_size=4).map(".".join)
addresses = st.tuples(*[st.ip_addresses(v=4)] * 2) | st.tuples(*[st.ip_addresses(v=6)] * 2)
POD, SERVER = ip_address("10.0.0.7"), ip_address("10.96.0.10")


def checksum(data: bytes) -> int:
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp_sum(packet: bytes) -> int:
    """0 where the checksum in the packet is right."""
    start, ends = (20, packet[12:20]) if packet[0] >> 4 == 4 else (40, packet[8:40])
    return checksum(ends + struct.pack(">HH", UDP, len(packet) - start) + packet[start:])


def wrapped(source, target, protocol: int, body: bytes) -> bytes:
    if source.version == 6:
        head = struct.pack(">IHBB", 6 << 28, len(body), protocol, 64)
        return head + source.packed + target.packed + body
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 7, 0, 64, protocol, 0)
    head += source.packed + target.packed
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


def over_udp(name: str, source=POD, target=SERVER) -> bytes:
    message = question(name)
    body = struct.pack(">HHHH", 40_000, 53, 8 + len(message), 0) + message
    bare = wrapped(source, target, UDP, body)
    right = struct.pack(">H", udp_sum(bare) or 0xFFFF)
    return bare[: len(bare) - len(body) + 6] + right + bare[len(bare) - len(body) + 8 :]


def over_tcp(name: str, options: int = 3) -> bytes:
    message = question(name)
    head = struct.pack(">HHIIBBHHH", 40_000, 53, 1, 1, (5 + options) << 4, 0x18, 1000, 0, 0)
    body = head + bytes(4 * options) + struct.pack(">H", len(message)) + message
    return wrapped(POD, SERVER, TCP, body)


@given(names, addresses)
def test_the_name_that_a_packet_asks_for_is_seen(name: str, ends) -> None:
    assert asked_name(over_udp(name, *ends)) == name


@given(names, st.integers(0, 10))
def test_over_tcp_too(name: str, options: int) -> None:
    assert asked_name(over_tcp(name, options)) == name


@given(names, addresses, st.sampled_from([NO_SUCH_NAME, SERVER_FAILED]))
def test_the_answer_is_the_question_turned_around_with_its_checksums_right(
    name: str, ends, code: int
) -> None:
    source, target = ends
    asked = over_udp(name, source, target)
    answer = refused(asked, code)
    start = len(asked) - len(question(name))
    assert answer[start : start + 4] == struct.pack(">HH", 0x1234, 0x8180 | code)
    assert answer[start + 4 :] == asked[start + 4 :]
    assert struct.unpack_from(">HH", answer, start - 8) == (53, 40_000)
    assert udp_sum(answer) == 0
    back = over_udp(name, target, source)
    assert answer[: start - 8] == back[: start - 8]
    assert asked_name(answer) is None


def test_a_packet_without_a_checksum_stays_without() -> None:
    asked = bytearray(over_udp("example.com"))
    asked[26:28] = b"\0\0"
    assert refused(bytes(asked), NO_SUCH_NAME)[26:28] == b"\0\0"


@given(st.binary(max_size=200) | st.builds(lambda rest: b"\x45" + rest, st.binary(max_size=200)))
def test_whatever_comes_is_a_name_or_none(packet: bytes) -> None:
    assert asked_name(packet) is None or transport(packet) is not None


@given(names, st.data())
def test_a_torn_question_asks_for_nothing(name: str, data: st.DataObject) -> None:
    whole = over_udp(name)
    cut = data.draw(st.integers(0, len(whole) - 5))
    assert asked_name(whole[:cut]) is None


@pytest.mark.parametrize(
    ("name", "hit"),
    [
        ("db", True),
        ("db.staging.svc.cluster.local", True),
        ("db.other.svc.cluster.local", False),
        ("xdb", False),
        ("api.example.com", True),
        ("a.b.example.com", True),
        ("example.com", False),
        ("notexample.com", False),
    ],
)
def test_names_are_as_the_pod_knows_them(name: str, hit: bool) -> None:
    known = Names(["DB", "*.Example.com."], ["staging.svc.cluster.local", "svc.cluster.local"])
    assert (name in known) == hit


def test_no_wildcard_matches_nothing() -> None:
    assert "example.com" not in Names(["db"], [])


@pytest.mark.parametrize(
    ("code", "packet", "passes", "answered"),
    [
        (None, over_udp("db"), False, False),
        (NO_SUCH_NAME, over_udp("db"), True, True),
        (NO_SUCH_NAME, over_tcp("db"), False, False),
        (NO_SUCH_NAME, over_udp("other"), True, False),
        (None, over_tcp("other"), True, False),
    ],
)
def test_only_its_names_are_hit_and_answered_where_that_can_be(
    code: int | None, packet: bytes, passes: bool, answered: bool
) -> None:
    treatment = Unresolved(Names(["db"], []), code)
    treated = treatment.treat(Packet(1, OUTGOING, len(packet), packet), 5.0)
    assert (treated.at, treated.passes, treated.data is not None) == (5.0, passes, answered)
    assert treatment.harmed == (answered or not passes)
