"""Sessions in memory: whatever comes, they take no more bytes than they may."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sessions import OVERHEAD, Sessions, TooLarge

ROOM_FOR_TWO = 2 * (10 + OVERHEAD)
BODY = b"0123456789"


def test_a_body_is_kept_as_it_is() -> None:
    sessions = Sessions(ROOM_FOR_TWO)
    sessions.put("a", b"\x00\xff")
    assert (sessions.get("a"), len(sessions), sessions.size) == (b"\x00\xff", 1, 2 + OVERHEAD)


def test_an_unknown_session_is_none() -> None:
    sessions = Sessions(ROOM_FOR_TWO)
    assert (sessions.get("a"), sessions.delete("a"), "a" in sessions) == (None, False, False)


def test_the_session_used_longest_ago_goes_first() -> None:
    sessions = Sessions(ROOM_FOR_TWO)
    sessions.put("a", BODY)
    sessions.put("b", BODY)
    sessions.get("a")
    assert sessions.put("c", BODY) == 1
    assert [name for name in "abc" if name in sessions] == ["a", "c"]


def test_another_body_takes_the_place_of_the_first() -> None:
    sessions = Sessions(ROOM_FOR_TWO)
    sessions.put("a", BODY)
    sessions.put("b", BODY)
    assert sessions.put("a", b"short") == 0
    assert (sessions.get("a"), sessions.size) == (b"short", 15 + 2 * OVERHEAD)


def test_a_deleted_session_gives_its_bytes_back() -> None:
    sessions = Sessions(ROOM_FOR_TWO)
    sessions.put("a", BODY)
    assert sessions.delete("a")
    assert (sessions.size, len(sessions)) == (0, 0)


def test_a_body_that_can_never_fit_is_refused_and_nothing_goes_for_it() -> None:
    sessions = Sessions(ROOM_FOR_TWO)
    sessions.put("a", BODY)
    with pytest.raises(TooLarge):
        sessions.put("a", b"x" * ROOM_FOR_TWO)
    assert sessions.get("a") == BODY


def test_empty_bodies_are_bounded_too() -> None:
    sessions = Sessions(10 * OVERHEAD)
    for number in range(100):
        sessions.put(str(number), b"")
    assert len(sessions) == 10


names = st.sampled_from("abcdefgh")
steps = st.lists(st.tuples(st.sampled_from(["put", "get", "delete"]), names, st.binary(max_size=900)))


@given(steps, st.integers(1000, 5000))
def test_bytes_are_counted_exactly_and_never_exceed_the_limit(
    done: list[tuple[str, str, bytes]], limit: int
) -> None:
    sessions = Sessions(limit)
    for step, name, body in done:
        if step == "put" and len(body) + OVERHEAD <= limit:
            sessions.put(name, body)
            assert sessions.get(name) == body
        elif step == "delete":
            sessions.delete(name)
        held = [len(sessions.get(other) or b"") + OVERHEAD for other in "abcdefgh" if other in sessions]
        assert sessions.size == sum(held) <= limit
