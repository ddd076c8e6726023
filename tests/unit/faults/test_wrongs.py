"""Which requests are hit, and what their clients get."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.faults.http1 import head_of
from stresscampaigns.faults.wrongs import Choice, Wrong


def answer(wrong: Wrong, method: bytes = b"GET", persists: bool = True) -> tuple[bytes, list[bytes], bytes]:
    """First line, fields, body."""
    asked = head_of(method + b" / HTTP/1.1\r\n\r\n")
    assert asked
    head, _, body = wrong.answer(asked, persists).partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    return line, fields, body


@pytest.mark.parametrize(
    ("wrong", "line", "body"),
    [
        (Wrong(503), b"HTTP/1.1 503 Service Unavailable", b"Service Unavailable"),
        (Wrong(599), b"HTTP/1.1 599 Failure", b"Failure"),
        (Wrong(500, ""), b"HTTP/1.1 500 Internal Server Error", b""),
        (Wrong(None, "gärbage"), b"HTTP/1.1 200 OK", "gärbage".encode()),
    ],
)
def test_an_answer_says_its_status_and_its_length(wrong: Wrong, line: bytes, body: bytes) -> None:
    first, fields, said = answer(wrong)
    assert (first, said) == (line, body)
    assert f"Content-Length: {len(body)}".encode() in fields
    assert not any(field.startswith((b"Retry-After", b"Connection")) for field in fields)


@pytest.mark.parametrize(
    ("body", "kind"),
    [('{"a', "application/json"), (" [1", "application/json"), ("<p", "text/html"), ("x", "text/plain")],
)
def test_its_type_is_what_it_begins_like(body: str, kind: str) -> None:
    _, fields, _ = answer(Wrong(None, body))
    assert f"Content-Type: {kind}; charset=utf-8".encode() in fields


@pytest.mark.parametrize("status", [204, 304])
def test_some_statuses_have_no_body(status: int) -> None:
    _, fields, body = answer(Wrong(status, "something"))
    assert body == b""
    assert not any(field.startswith(b"Content-Length") for field in fields)


def test_who_asks_for_the_head_gets_the_head() -> None:
    _, fields, body = answer(Wrong(503), b"HEAD")
    assert (b"Content-Length: 19" in fields, body) == (True, b"")


def test_it_says_when_to_come_again_and_when_the_connection_ends() -> None:
    _, fields, _ = answer(Wrong(429, retry_after=7), persists=False)
    assert b"Retry-After: 7" in fields
    assert b"Connection: close" in fields


@given(st.integers(1, 20), st.lists(st.integers(0, 3), max_size=200))
def test_of_each_second_so_many_pass_and_no_more(limit: int, steps: list[int]) -> None:
    choice, now, passed = Choice(limit=limit), 0, dict[int, list[bool]]()
    for step in steps:
        now += step == 0
        passed.setdefault(now, []).append(not choice.hits(lambda at=now: at + 0.5))
    for seen in passed.values():
        assert seen == [True] * min(limit, len(seen)) + [False] * (len(seen) - limit)


def test_a_share_of_all_is_all_and_each_is_counted() -> None:
    choice = Choice()
    assert all(choice.hits(lambda: 0.0) for _ in range(9))
    assert choice.hit == 9


def test_the_same_chance_hits_the_same_requests() -> None:
    first, second = (Choice(0.4, random=Random("f")) for _ in range(2))
    assert [first.hits(lambda: 0) for _ in range(50)] == [second.hits(lambda: 0) for _ in range(50)]
