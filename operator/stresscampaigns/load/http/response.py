"""An answer, with the moment at which its last byte came."""

import json
import zlib
from collections.abc import Callable

from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

RawHeaders = list[tuple[bytes, bytes]]


class Response:
    """Status, headers and body; what costs time is made when it is asked for."""

    __slots__ = (
        "_chunks",
        "_content",
        "_headers",
        "finished",
        "history",
        "raw_headers",
        "size",
        "status_code",
        "url",
    )

    def __init__(
        self, status: int, raw_headers: RawHeaders, chunks: list[bytes], size: int, finished: float
    ) -> None:
        self.status_code = status
        self.raw_headers = raw_headers
        self.size = size
        """Bytes of the body as they came, so before anything is unpacked."""
        self.finished = finished
        """When the last byte was read, in `time.perf_counter`'s seconds."""
        self.url = ""
        self.history: tuple[Response, ...] = ()
        self._chunks = chunks
        self._content: bytes | None = None
        self._headers: CaseInsensitiveDict[str] | None = None

    @property
    def headers(self) -> "CaseInsensitiveDict[str]":
        """By name, in whatever case; several of one name are joined by commas."""
        if self._headers is None:
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
            self._content = _unpacked(b"".join(self._chunks), self.headers.get("Content-Encoding", ""))
        return self._content

    @property
    def text(self) -> str:
        """The body as text, in the charset that it names, else UTF-8."""
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
    return zlib.decompress(body, wbits=31)


def _inflate(body: bytes) -> bytes:
    """Deflate comes with zlib's header (RFC 9110, 8.4.1.2), from some servers without."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, wbits=-15)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "identity": bytes,
}
