"""An answer of Locust's own clients that breaks off is a failure, also where the client takes it for whole."""

import http.client
from typing import Any, Protocol

from locust.contrib import fasthttp


class _Lines(Protocol):
    def readline(self, limit: int, /) -> bytes: ...


def take_no_part_for_the_whole() -> None:
    """From now on."""
    _refuse_heads_that_break_off()
    _keep_broken_bodies_failures()


def _refuse_heads_that_break_off() -> None:
    """To Python's HTTP client, which requests sends with, the end of the stream is the end of the headers, too."""
    module: Any = http.client
    parse = module.parse_headers

    def parse_headers(fp: _Lines, *args: object, **options: object) -> object:
        lines = _Last(fp)
        found = parse(lines, *args, **options)
        if not lines.last:
            raise http.client.IncompleteRead(b"")
        return found

    module.parse_headers = parse_headers


class _Last:
    """Reads lines, and knows the last one: empty at the end of the stream."""

    def __init__(self, fp: _Lines) -> None:
        self._fp = fp
        self.last = b""

    def readline(self, limit: int) -> bytes:
        """As of a file."""
        self.last = self._fp.readline(limit)
        return self.last


def _keep_broken_bodies_failures() -> None:
    """Of FastHttpUser such an answer has its status all the same, by which a file may call it a success."""
    block: Any = fasthttp.ResponseContextManager
    succeed = block.success

    def success(self: Any) -> None:
        succeed(self)
        # An error is a status, or no answer at all, and the file knows.
        if getattr(self, "error", None) is None:
            self._manual_result = self.request_meta["exception"] or True

    block.success = success
