"""Answers in every form that HTTP/1.1 allows are understood; what is none is told."""

import gzip
import zlib
from typing import Any

import gevent
import pytest

from stresscampaigns.load.http.client import Client
from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.http.errors import BadResponse, ConnectionLost, TooLarge
from stresscampaigns.load.http.response import MOST_UNPACKED, Response
from tests.unit.load.http.raw_server import answering, ok, read_request, serving


def get(answer: bytes, method: str = "GET", most_bytes: int = 1 << 20) -> Response:
    with serving(answering(answer)) as url:
        client = Client(Connector(most_bytes=most_bytes), timeout=5.0)
        return client.send(client.prepare(method, url))


def test_a_plain_body_comes_whole_with_status_and_headers() -> None:
    response = get(ok(b"hello", "X-One: 1", "X-One: 2"))
    assert (response.status_code, response.content, response.headers["x-one"]) == (200, b"hello", "1, 2")
    assert (response.header("x-one"), response.header("X-Two")) == ("1, 2", None)


def test_a_chunked_body_is_put_together() -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert get(answer).content == b"abcde"


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"text" * 9, mtime=0)),
        ("deflate", zlib.compress(b"text" * 9)),
        ("deflate", zlib.compress(b"text" * 9)[2:-4]),
        ("gzip, identity", gzip.compress(b"text" * 9, mtime=0)),
    ],
)
def test_a_compressed_body_is_unpacked(encoding: str, packed: bytes) -> None:
    response = get(ok(packed, f"Content-Encoding: {encoding}"))
    assert (response.text, response.size) == ("text" * 9, len(packed))


def test_a_body_that_is_not_compressed_as_it_says_is_told_when_it_is_read() -> None:
    response = get(ok(b"plain", "Content-Encoding: gzip"))
    with pytest.raises(ValueError, match="not packed as Content-Encoding gzip says"):
        _ = response.content


@pytest.mark.parametrize(("encoding", "bits"), [("gzip", 31), ("deflate", 15), ("deflate", -15)])
def test_a_small_body_that_unpacks_without_end_is_told_when_it_is_read(encoding: str, bits: int) -> None:
    packer = zlib.compressobj(wbits=bits)
    response = get(
        ok(packer.compress(bytes(MOST_UNPACKED + 1)) + packer.flush(), f"Content-Encoding: {encoding}")
    )
    with pytest.raises(ValueError, match="unpacks to more than 67108864 bytes"):
        _ = response.content


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_packed_body_that_is_cut_short_is_none(encoding: str) -> None:
    packed = gzip.compress(b"text" * 99) if encoding == "gzip" else zlib.compress(b"text" * 99)
    response = get(ok(packed[:-6], f"Content-Encoding: {encoding}"))
    with pytest.raises(ValueError, match=f"not packed as Content-Encoding {encoding} says"):
        _ = response.content


def test_a_body_without_a_length_ends_with_its_connection() -> None:
    assert get(b"HTTP/1.1 200 OK\r\n\r\nall of it").content == b"all of it"


def test_an_answer_to_head_has_no_body_whatever_its_length_says() -> None:
    response = get(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", method="HEAD")
    assert (response.status_code, response.size) == (200, 0)


def test_two_heads_go_over_one_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    with serving(answering(answer, answer)) as url:
        client = Client(Connector())
        request = client.prepare("HEAD", url)
        assert [client.send(request).status_code for _ in range(2)] == [200, 200]


def test_interim_answers_are_passed_over() -> None:
    assert get(b"HTTP/1.1 100 Continue\r\n\r\n" + ok(b"final")).content == b"final"


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body_are_whole_at_once(status: int) -> None:
    assert get(f"HTTP/1.1 {status} X\r\n\r\n".encode()).status_code == status


def test_what_is_no_http_is_told() -> None:
    with pytest.raises(BadResponse):
        get(b"SSH-2.0-OpenSSH\r\n\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
    ],
)
def test_an_answer_that_is_cut_short_is_lost_not_whole(answer: bytes) -> None:
    with pytest.raises(ConnectionLost):
        get(answer)


def test_a_body_without_end_is_cut_off_at_its_bound() -> None:
    def endless(sock: object) -> None:
        read_request(sock)
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")  # type: ignore[attr-defined]
        while True:
            sock.sendall(b"x" * 65536)  # type: ignore[attr-defined]

    with serving(endless) as url:
        client = Client(Connector(most_bytes=1_000_000))
        with pytest.raises(TooLarge, match="1000000 bytes"):
            client.send(client.prepare("GET", url), keep_body=False)


def test_an_answer_that_comes_before_a_long_request_is_sent_ends_it() -> None:
    """The server says no and reads nothing more, as it does with 413."""

    def refusing(sock: Any) -> None:
        sock.recv(1)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        gevent.sleep(30)

    with serving(refusing) as url:
        client = Client(Connector(), timeout=5)
        answer = client.send(client.prepare("POST", url, body=bytes(50_000_000)))
    assert answer.status_code == 413


def test_headers_are_those_before_the_body_of_the_answer_that_was_asked_for() -> None:
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = get(interim + head + b"2\r\nok\r\n0\r\nTrailing: 1\r\n\r\n")
    names = [name for name, _ in answer.raw_headers]
    assert names == [b"Set-Cookie", b"Set-Cookie", b"Transfer-Encoding"]
    assert answer.headers["set-cookie"] == "a=1, b=2"


@pytest.mark.parametrize("cut", [1, 12, 30, 40])
def test_headers_that_come_in_pieces_are_put_together(cut: int) -> None:
    whole = b"HTTP/1.1 200 OK\r\nX-Long: value\r\nContent-Length: 2\r\n\r\nok"

    def slow(sock: Any) -> None:
        read_request(sock)
        for part in (whole[:cut], whole[cut:]):
            sock.sendall(part)
            gevent.sleep(0.02)

    with serving(slow) as url:
        client = Client(Connector())
        answer = client.send(client.prepare("GET", url))
    assert (answer.headers["X-Long"], answer.content) == ("value", b"ok")


@pytest.mark.parametrize(("head", "may"), [(b"Set-Cookie: a=1", True), (b"Other: 1", False)])
def test_a_header_is_looked_for_in_the_head_alone(head: bytes, may: bool) -> None:
    answer = get(b"HTTP/1.1 200 OK\r\n" + head + b"\r\nContent-Length: 10\r\n\r\nset-cookie")
    assert answer.may_have(b"set-cookie") is may
