"""HTTP/1.1 as it comes over a connection: where a message's head ends, and where its body does. Pure.

Nothing is rebuilt: bytes go on as they came. Source: RFC 9112, sections 6 and 7.
"""

import re
from dataclasses import dataclass
from typing import Protocol

LONGEST_HEAD = 65_536
_REQUEST = re.compile(rb"([!-~]+) [!-~]+ HTTP/1\.[01]$")
_METHOD = re.compile(rb"[A-Z]{1,20}( |$)")
_END = re.compile(rb"\r?\n\r?\n")
_TUNNELS = (b"CONNECT", b"PRI")


class NotHttp(Exception):
    """This is no HTTP/1; it can be passed on, but not understood."""


@dataclass(frozen=True)
class Head:
    """Of a request or an answer: its bytes, its first line, its fields by their names in small letters."""

    raw: bytes
    line: bytes
    fields: dict[bytes, bytes]

    @property
    def method(self) -> bytes:
        """Of a request."""
        return self.line.split(b" ")[0]

    @property
    def status(self) -> int:
        """Of an answer.

        Raises:
            NotHttp: it has none.
        """
        try:
            return int(self.line.split(b" ")[1])
        except (IndexError, ValueError) as error:
            raise NotHttp from error

    @property
    def persists(self) -> bool:
        """Does its sender mean to go on with the connection?"""
        words = self.fields.get(b"connection", b"").lower()
        return b"close" not in words and (b"HTTP/1.1" in self.line or b"keep-alive" in words)


def may_be_request(begun: bytes) -> bool:
    """Can what begins so be a request?"""
    return bool(_METHOD.match(begun)) and not begun.startswith(_TUNNELS)


def head_of(begun: bytes) -> Head | None:
    """The head with which these bytes begin; None: more must come.

    Raises:
        NotHttp: it is none.
    """
    end = _END.search(begun)
    if end is None:
        if len(begun) > LONGEST_HEAD:
            raise NotHttp
        return None
    raw = begun[: end.end()]
    line, *rest = raw.replace(b"\r\n", b"\n").strip(b"\n").split(b"\n")
    fields: dict[bytes, bytes] = {}
    for one in rest:
        name, _, value = one.partition(b":")
        key = name.lower()
        fields[key] = fields[key] + b", " + value.strip() if key in fields else value.strip()
    return Head(raw, line, fields)


def is_request(head: Head) -> bool:
    """Is it one that we understand?"""
    return bool(_REQUEST.match(head.line)) and not head.line.startswith(_TUNNELS)


class Body(Protocol):
    """What follows a head."""

    done: bool

    def feed(self, data: bytes) -> int:
        """Take what has come; how much of it belongs to this body."""


class Counted:
    """So many bytes."""

    def __init__(self, length: int) -> None:
        self._left = length
        self.done = length == 0

    def feed(self, data: bytes) -> int:
        """See Body."""
        taken = min(self._left, len(data))
        self._left -= taken
        self.done = self._left == 0
        return taken


class Chunked:
    """Chunks with their sizes, then lines up to an empty one."""

    def __init__(self) -> None:
        self.done = False
        self._line = b""
        self._data = 0
        self._last = False

    def feed(self, data: bytes) -> int:
        """See Body."""
        at = 0
        while at < len(data) and not self.done:
            if self._data:
                taken = min(self._data, len(data) - at)
                self._data -= taken
            else:
                taken = (data.find(b"\n", at) + 1 or len(data)) - at
                self._take_line(data[at : at + taken])
            at += taken
        return at

    def _take_line(self, part: bytes) -> None:
        self._line += part
        if len(self._line) > LONGEST_HEAD:
            raise NotHttp
        if not self._line.endswith(b"\n"):
            return
        line, self._line = self._line.strip(), b""
        if self._last:
            self.done = not line
            return
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError as error:
            raise NotHttp from error
        self._last = size == 0
        self._data = size + 2 if size else 0


class UntilClosed:
    """All that comes."""

    done = False

    def feed(self, data: bytes) -> int:
        """See Body."""
        return len(data)


def body_of_request(head: Head) -> Body:
    """What follows this request.

    Raises:
        NotHttp: that cannot be told.
    """
    return _told(head) or Counted(0)


def body_of_answer(head: Head, method: bytes) -> Body:
    """What follows this answer to a request of that method.

    Raises:
        NotHttp: that cannot be told.
    """
    if method == b"HEAD" or head.status in (204, 304) or head.status < 200:
        return Counted(0)
    return _told(head) or UntilClosed()


def _told(head: Head) -> Body | None:
    coding, length = head.fields.get(b"transfer-encoding"), head.fields.get(b"content-length")
    if coding is not None:
        return Chunked() if coding.lower().endswith(b"chunked") else None
    if length is None:
        return None
    try:
        return Counted(int(length.split(b",")[0]))
    except ValueError as error:
        raise NotHttp from error
