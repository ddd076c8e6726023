"""When a held packet goes on: laws of delay, pace and damage."""

import itertools
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.faults.queue import INCOMING, OUTGOING, Packet
from stresscampaigns.faults.treatments import SAVED, SHORTEST_LINE, Delay, Flip, Pace, transport_start

gaps = st.lists(st.tuples(st.floats(0, 0.5), st.integers(40, 65_535)), min_size=1, max_size=60)
rates = st.floats(1e3, 1e9)
TCP, UDP = b"\x06", b"\x11"


def arrivals(found: list[tuple[float, int]]) -> list[tuple[float, Packet]]:
    """Moments and packets, in order."""
    moments = itertools.accumulate(gap for gap, _ in found)
    return [
        (at, Packet(n, OUTGOING, size, b""))
        for n, (at, (_, size)) in enumerate(zip(moments, found, strict=True))
    ]


@given(gaps, st.floats(0, 60))
def test_without_jitter_each_is_held_for_the_latency_and_order_is_kept(
    found: list[tuple[float, int]], latency: float
) -> None:
    delay, moments = Delay(latency), arrivals(found)
    due = [delay.treat(packet, at).at for at, packet in moments]
    assert due == [at + latency for at, _ in moments] == sorted(due)
    assert delay.harmed == len(found)


@given(gaps, st.floats(0.1, 60), st.floats(0, 1), st.integers())
def test_jitter_is_never_more_than_was_asked(
    found: list[tuple[float, int]], latency: float, share: float, seed: int
) -> None:
    delay = Delay(latency, latency * share, Random(seed))
    for at, packet in arrivals(found):
        held = delay.treat(packet, at).at - at
        assert latency * (1 - share) - 1e-6 <= held <= latency * (1 + share) + 1e-6


@given(gaps, rates)
def test_over_no_window_do_more_bytes_leave_than_the_rate_lets(
    found: list[tuple[float, int]], rate: float
) -> None:
    pace = Pace(rate)
    treated = [(at, packet, pace.treat(packet, at)) for at, packet in arrivals(found)]
    left = [(max(at, one.at), packet.size) for at, packet, one in treated if one.passes]
    assert left == sorted(left, key=lambda one: one[0])
    for first, last in itertools.combinations_with_replacement(range(len(left)), 2):
        window = left[last][0] - left[first][0]
        sent = sum(size for _, size in left[first + 1 : last + 1])
        assert sent <= rate * (window + SAVED) * (1 + 1e-9) + 1e-6 * rate


@given(gaps, rates)
def test_the_line_is_never_longer_than_it_may_be(found: list[tuple[float, int]], rate: float) -> None:
    pace, longest = Pace(rate), max(0.2, SHORTEST_LINE / rate)
    for at, packet in arrivals(found):
        treated = pace.treat(packet, at)
        assert not treated.passes or treated.at - at <= longest + packet.size / rate + 1e-6
    assert pace.overflow + pace.harmed <= len(found)


def test_what_finds_no_room_is_dropped_and_counted() -> None:
    pace = Pace(1000)
    passed = [pace.treat(Packet(n, OUTGOING, 1500, b""), 10.0).passes for n in range(20)]
    assert passed == [True] * 11 + [False] * 9
    assert pace.overflow == 9


def test_each_direction_has_the_rate_to_itself() -> None:
    pace = Pace(1000)
    first, second = (pace.treat(Packet(1, hook, 500, b""), 10.0).at for hook in (INCOMING, OUTGOING))
    assert first == second


def test_only_at_high_rates_do_packets_come_in_bulk() -> None:
    assert not Pace(1e6).whole
    assert Pace(1e8).whole


@pytest.mark.parametrize(("first", "start"), [(0x45, 20), (0x4F, 60), (0x60, 40)])
@given(rest=st.binary(min_size=80, max_size=1500), seed=st.integers())
def test_one_bit_is_turned_over_behind_the_addresses(first: int, start: int, rest: bytes, seed: int) -> None:
    data = bytes([first]) + rest[:8] + TCP + rest[9:]
    changed = Flip(Random(seed)).treat(Packet(1, OUTGOING, len(data), data), 5.0).data
    assert changed
    assert changed[:start] == data[:start]
    difference = int.from_bytes(data, "big") ^ int.from_bytes(changed, "big")
    assert (difference.bit_count(), len(changed)) == (1, len(data))
    assert transport_start(data) == start


def udp(rest: bytes, checksum: int, fragment: int = 0) -> bytes:
    """Over IPv4, from port 0x3535 to 0x3535."""
    head = b"\x45\0\0\0\0\0" + fragment.to_bytes(2) + b"\x40" + UDP + bytes(10)
    return head + b"5555" + (8 + len(rest)).to_bytes(2) + checksum.to_bytes(2) + rest


def flipped(data: bytes, seed: int) -> tuple[bytes | None, bool, int]:
    """The packet, if changed; whether it goes; what is counted."""
    flip = Flip(Random(seed))
    treated = flip.treat(Packet(1, OUTGOING, len(data), data), 5.0)
    return treated.data, treated.passes, flip.harmed


@given(st.binary(max_size=1400), st.integers())
def test_a_packet_without_a_checksum_goes_as_it_came_for_its_receiver_would_believe_it(
    rest: bytes, seed: int
) -> None:
    assert flipped(udp(rest, 0), seed) == (None, True, 0)


@given(st.binary(max_size=1400), st.integers(1, 0xFFFF), st.integers(1, 0x1FFF), st.integers())
def test_a_later_fragment_goes_as_it_came_for_nobody_can_tell_whether_it_has_one(
    rest: bytes, checksum: int, fragment: int, seed: int
) -> None:
    assert flipped(udp(rest, checksum, fragment), seed) == (None, True, 0)


@given(st.binary(max_size=1400), st.integers(1, 0xFFFF), st.sampled_from([0, 0x2000, 0x4000]), st.integers())
def test_one_with_a_checksum_is_hit_in_a_first_fragment_too(
    rest: bytes, checksum: int, flags: int, seed: int
) -> None:
    changed, passes, harmed = flipped(udp(rest, checksum, flags), seed)
    assert changed is not None
    assert (passes, harmed) == (True, 1)


@given(st.binary(max_size=80))
def test_whatever_comes_it_never_fails(rest: bytes) -> None:
    for first in (b"\x45", b"\x4f", b"\x60"):
        flipped(first + bytes(8) + UDP + rest, 1)
