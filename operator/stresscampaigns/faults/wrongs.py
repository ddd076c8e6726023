"""What a failing API does to a request: which ones are hit, and what becomes of them. Pure, but for chance."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random

from stresscampaigns.faults.http1 import Head

_KINDS = {"{": "application/json", "[": "application/json", "<": "text/html"}
_NO_BODY = (204, 304)


@dataclass(frozen=True)
class Wrong:
    """Comes after `latency` seconds: never, where it is `silent`; `status` and `body`; where there is neither, what the
    API itself answers.
    """

    status: int | None = None
    body: str | None = None
    retry_after: int | None = None
    latency: float = 0.0
    silent: bool = False

    @property
    def answers(self) -> bool:
        """Is the API not asked at all?"""
        return self.status is not None or self.body is not None

    @property
    def unit(self) -> str:
        """Of how many were hit."""
        if self.silent:
            return "requests never answered"
        return "requests answered wrongly" if self.answers else "requests held back"

    def answer(self, asked: Head, persists: bool) -> bytes:
        """As it goes to the client."""
        status = self.status or 200
        body = (_phrase(status) if self.body is None else self.body).encode()
        lines = [f"HTTP/1.1 {status} {_phrase(status)}", f"Content-Type: {_kind(self.body)}"]
        if status not in _NO_BODY:
            lines.append(f"Content-Length: {len(body)}")
        if self.retry_after is not None:
            lines.append(f"Retry-After: {self.retry_after}")
        if not persists:
            lines.append("Connection: close")
        head = "".join(f"{line}\r\n" for line in lines) + "\r\n"
        return head.encode() + (b"" if asked.method == b"HEAD" or status in _NO_BODY else body)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Failure"


def _kind(body: str | None) -> str:
    return _KINDS.get((body or "").lstrip()[:1], "text/plain") + "; charset=utf-8"


@dataclass
class Choice:
    """Hits a `share` of the requests; where there is a `limit`, of those beyond so many in a second of the clock."""

    share: float = 1.0
    limit: int | None = None
    random: Random = field(default_factory=Random)
    hit: int = 0
    untouched: int = 0
    """Connections that speak no HTTP/1, to which nothing could be done."""
    _second: int = 0
    _passed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hits(self, now: Callable[[], float]) -> bool:
        """Is the next one hit? Asked once for each; `now` in seconds."""
        with self._lock:
            hit = not self._within(now) and self.random.random() < self.share
            self.hit += hit
            return hit

    def pass_over(self) -> None:
        """Of this connection nothing can be hit."""
        with self._lock:
            self.untouched += 1

    def _within(self, now: Callable[[], float]) -> bool:
        if self.limit is None:
            return False
        if (second := int(now())) != self._second:
            self._second, self._passed = second, 0
        self._passed += 1
        return self._passed <= self.limit
