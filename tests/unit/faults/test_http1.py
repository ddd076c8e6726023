"""Where messages of HTTP/1.1 end, however their bytes come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.faults.http1 import (
    Body,
    Chunked,
    Counted,
    NotHttp,
    UntilClosed,
    body_of_answer,
    body_of_request,
    head_of,
    is_request,
    may_be_request,
)

CHUNKS = b"5\r\nhello\r\n1;x=y\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: yes\r\n\r\n"
REQUEST = b"POST /a HTTP/1.1\r\nHost: api\r\nX: 1\r\nx: 2\r\nContent-Length: 5\r\n\r\n"


def fed(body: Body, data: bytes, cuts: list[int]) -> int:
    """How much of it belongs to the body, given to it in parts."""
    taken, ends = 0, [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in zip([0, *ends], ends, strict=False):
        if body.done:
            break
        taken += body.feed(data[start:end])
    return taken


@given(st.lists(st.integers(0, 1000), max_size=9), st.binary(max_size=20))
def test_chunks_end_where_they_end_however_they_come(cuts: list[int], rest: bytes) -> None:
    body = Chunked()
    assert fed(body, CHUNKS + rest, cuts) == len(CHUNKS)
    assert body.done


@given(st.lists(st.integers(0, 1000), max_size=9), st.integers(0, 99), st.binary(max_size=20))
def test_so_many_bytes_are_so_many(cuts: list[int], length: int, rest: bytes) -> None:
    body = Counted(length)
    assert fed(body, bytes(length) + rest, cuts) == length
    assert body.done


@given(st.integers(0, len(REQUEST) - 1))
def test_a_head_is_there_once_it_has_come_whole(length: int) -> None:
    assert head_of(REQUEST[:length]) is None
    head = head_of(REQUEST + b"hello")
    assert head
    assert head.raw == REQUEST
    assert (head.method, head.fields[b"host"], head.fields[b"x"]) == (b"POST", b"api", b"1, 2")


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_head_or_none_or_no_http(data: bytes) -> None:
    try:
        head = head_of(data)
        assert head is None or data.startswith(head.raw)
        if head:
            body_of_answer(head, b"GET")
    except NotHttp:
        pass


@pytest.mark.parametrize("begun", [b"G", b"GET", b"GET ", b"POST /x", b"PROPFIND / HTTP/1.1"])
def test_what_may_become_a_request_is_waited_for(begun: bytes) -> None:
    assert may_be_request(begun)


@pytest.mark.parametrize(
    "begun",
    [b"\x16\x03\x01", b"", b"get / HTTP/1.1", b"PRI * HTTP/2.0", b"CONNECT a:1 HTTP/1.1", b"{}", b"X" * 21],
)
def test_what_cannot_is_not(begun: bytes) -> None:
    assert not may_be_request(begun)


@pytest.mark.parametrize(
    ("line", "is_one"),
    [(b"GET / HTTP/1.1", True), (b"GET / HTTP/1.0", True), (b"GET / HTTP/2", False), (b"GET /", False)],
)
def test_a_request_says_its_version(line: bytes, is_one: bool) -> None:
    head = head_of(line + b"\r\n\r\n")
    assert head
    assert is_request(head) == is_one


@pytest.mark.parametrize(
    ("line", "field", "persists"),
    [
        (b"GET / HTTP/1.1", b"", True),
        (b"GET / HTTP/1.1", b"Connection: Close\r\n", False),
        (b"GET / HTTP/1.0", b"", False),
        (b"GET / HTTP/1.0", b"Connection: keep-alive\r\n", True),
        (b"HTTP/1.1 200 OK", b"", True),
    ],
)
def test_who_wants_to_go_on_says_so(line: bytes, field: bytes, persists: bool) -> None:
    head = head_of(line + b"\r\n" + field + b"\r\n")
    assert head
    assert head.persists == persists


@pytest.mark.parametrize(
    ("fields", "method", "status", "kind"),
    [
        (b"Content-Length: 3\r\n", b"GET", b"200", Counted),
        (b"Transfer-Encoding: gzip, chunked\r\nContent-Length: 3\r\n", b"GET", b"200", Chunked),
        (b"Transfer-Encoding: gzip\r\n", b"GET", b"200", UntilClosed),
        (b"", b"GET", b"200", UntilClosed),
    ],
)
def test_an_answer_says_where_it_ends(fields: bytes, method: bytes, status: bytes, kind: type[Body]) -> None:
    head = head_of(b"HTTP/1.1 " + status + b" X\r\n" + fields + b"\r\n")
    assert head
    assert isinstance(body_of_answer(head, method), kind)


@pytest.mark.parametrize(
    ("method", "status"), [(b"HEAD", b"200"), (b"GET", b"204"), (b"GET", b"304"), (b"GET", b"100")]
)
def test_some_answers_have_no_body_whatever_they_say(method: bytes, status: bytes) -> None:
    head = head_of(b"HTTP/1.1 " + status + b" X\r\nContent-Length: 9\r\n\r\n")
    assert head
    assert body_of_answer(head, method).done


def test_a_request_without_a_word_on_it_has_no_body() -> None:
    head = head_of(b"GET / HTTP/1.1\r\n\r\n")
    assert head
    assert body_of_request(head).done


@pytest.mark.parametrize(
    "head", [b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -\r\n\r\n"]
)
def test_a_length_that_is_none_is_no_http(head: bytes) -> None:
    found = head_of(head)
    assert found
    with pytest.raises(NotHttp):
        body_of_request(found)


@pytest.mark.parametrize("data", [b"xyz\r\n", b"\r\n", b"1" * 70_000])
def test_chunks_without_a_size_are_no_http(data: bytes) -> None:
    with pytest.raises(NotHttp):
        Chunked().feed(data)


def test_a_head_without_an_end_is_no_http() -> None:
    with pytest.raises(NotHttp):
        head_of(b"GET / HTTP/1.1\r\n" + b"x" * 70_000)
