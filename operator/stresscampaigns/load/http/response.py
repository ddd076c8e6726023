"""An answer, with the moment at which its last byte came; what costs time is made when it is asked for."""

import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from httptools import HttpParserError, HttpResponseParser

if TYPE_CHECKING:
    from requests.structures import CaseInsensitiveDict

RawHeaders = list[tuple[bytes, bytes]]
MOST_UNPACKED = 64 * 1024 * 1024
"""Bytes of a body that was packed: a few kilobytes may unpack to gigabytes."""


class Response:
    """Status, headers and body."""

    url = ""
    history: "tuple[Response, ...]" = ()
    _raw_headers: RawHeaders | None = None
    _headers: "CaseInsensitiveDict[str] | None" = None
    _content: bytes | None = None

    def __init__(
        self, status: int, head: list[bytes], chunks: list[bytes], size: int, finished: float
    ) -> None:
        self.status_code = status
        self.head = head
        """The bytes as they came, at least as far as the last header."""
        self.chunks = chunks
        """The body's bytes as they came."""
        self.size = size
        """How many they were, kept or not."""
        self.finished = finished
        """When the last byte was read, in `time.perf_counter`'s seconds."""

    @property
    def raw_headers(self) -> RawHeaders:
        """Name and value of each header line."""
        if self._raw_headers is None:
            self._raw_headers = header_lines(self.head)
        return self._raw_headers

    def may_have(self, name: bytes) -> bool:
        """False: it surely has no header of this name, which is written in small letters. Cheaper than to look."""
        head = self.head[0] if len(self.head) == 1 else b"".join(self.head)
        return name in head[: head.find(b"\r\n\r\n")].lower()

    def header(self, name: str) -> str | None:
        """The header of this name, in whatever case; several of one name are joined by commas."""
        wanted = name.lower().encode("latin-1")
        found = [value.decode("latin-1") for key, value in self.raw_headers if key.lower() == wanted]
        return ", ".join(found) if found else None

    @property
    def headers(self) -> "CaseInsensitiveDict[str]":
        """All of them, as Locust files expect them. In a pod without a Locust file, requests is not there."""
        if self._headers is None:
            from requests.structures import CaseInsensitiveDict

            found: CaseInsensitiveDict[str] = CaseInsensitiveDict()
            for raw_name, raw_value in self.raw_headers:
                name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
                found[name] = f"{found[name]}, {value}" if name in found else value
            self._headers = found
        return self._headers

    @property
    def content(self) -> bytes:
        """The body, unpacked.

        Raises:
            ValueError: it is not packed as its Content-Encoding says.
        """
        if self._content is None:
            self._content = _unpacked(b"".join(self.chunks), self.header("Content-Encoding") or "")
        return self._content

    @property
    def text(self) -> str:
        """The body as text, in the charset that it names, else UTF-8."""
        from requests.utils import get_encoding_from_headers

        return self.content.decode(get_encoding_from_headers(self.headers) or "utf-8", "replace")

    def json(self) -> object:
        """The body as JSON.

        Raises:
            ValueError: it is none.
        """
        return json.loads(self.content)

    @property
    def ok(self) -> bool:
        """Is the status below 400?"""
        return 0 < self.status_code < 400


class _HeaderLines:
    """What the parser says of headers, up to the last one of the answer; interim ones (1xx) are passed over."""

    def __init__(self) -> None:
        self.found: RawHeaders = []
        self.parser = HttpResponseParser(self)
        self._whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line; what comes behind the body is no header."""
        if not self._whole:
            self.found.append((name, value))

    def on_headers_complete(self) -> None:
        """Of an interim answer, or of the one that was asked for."""
        if self.parser.get_status_code() < 200:
            self.found.clear()
        else:
            self._whole = True


def header_lines(head: list[bytes]) -> RawHeaders:
    """The header lines of an answer that begins with these bytes."""
    lines = _HeaderLines()
    with suppress(HttpParserError):  # what is wrong behind the headers, whoever reads the body says
        for part in head:
            lines.parser.feed_data(part)
    del lines.parser  # the two would hold one another
    return lines.found


def _unpacked(body: bytes, encodings: str) -> bytes:
    for encoding in reversed([part.strip().lower() for part in encodings.split(",") if part.strip()]):
        if encoding not in _DECODERS:
            raise ValueError(f"Content-Encoding {encoding} was not asked for and cannot be unpacked")
        try:
            body = _DECODERS[encoding](body) if body else body
        except zlib.error as error:
            raise ValueError(
                f"the body is not packed as Content-Encoding {encoding} says: {error}"
            ) from error
    return body


def _gunzip(body: bytes) -> bytes:
    return _decompressed(body, wbits=31)


def _inflate(body: bytes) -> bytes:
    """Deflate comes with zlib's header (RFC 9110, 8.4.1.2), from some servers without."""
    try:
        return _decompressed(body, wbits=15)
    except zlib.error:
        return _decompressed(body, wbits=-15)


def _decompressed(body: bytes, wbits: int) -> bytes:
    """As `zlib.decompress`, within bounds."""
    stream = zlib.decompressobj(wbits)
    found = stream.decompress(body, MOST_UNPACKED)
    if stream.unconsumed_tail or stream.decompress(b"", 1):
        raise ValueError(f"the body unpacks to more than {MOST_UNPACKED} bytes")
    if not stream.eof:
        raise zlib.error("it is cut short")
    return found


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "identity": bytes,
}
