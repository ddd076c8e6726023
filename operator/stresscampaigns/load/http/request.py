"""Requests, prepared: all that can be done before sending is done once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import quote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_SAFE_IN_TARGET = "/%:=&?~#+!$,;'@()*[]"
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
DEFAULT_HEADERS = {"User-Agent": "stresscampaigns", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
NO_HEADERS: Mapping[str, str] = {}
Lines = dict[str, str]
"""A header's name in small letters → its line."""


class Origin(NamedTuple):
    """Scheme, host and port: what a connection is made to."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Headers that go with every request to one origin, and to no other: what they hold may be a secret."""

    origin: Origin
    lines: Lines = field(repr=False)

    @staticmethod
    def of(url: str, headers: Mapping[str, str]) -> "Standing":
        """For the origin of this URL.

        Raises:
            ValueError: as `prepare`; no message holds a value.
        """
        return Standing(_split(url)[0], _lines(headers))


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request as bytes, to be sent any number of times."""

    method: str
    url: str
    origin: Origin
    payload: bytes = field(repr=False)
    idempotent: bool
    """May it be sent again when a kept connection turns out to be closed (RFC 9110, section 9.2.2)?"""
    headers: Mapping[str, str]
    usual: Mapping[str, str]
    body: bytes | None


def prepare(
    method: str,
    url: str,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    absolute: bool = False,
    usual: Mapping[str, str] = NO_HEADERS,
    standing: Standing | None = None,
) -> Prepared:
    """The request as bytes. Of headers of one name the last one counts: usual, standing, `headers`.

    Args:
        absolute: write the whole URL into the request line, as a proxy for plain HTTP wants it (RFC 9112, 3.2.2).

    Raises:
        ValueError: no URL with scheme and host, or a header that cannot be sent; the message says which.
    """
    origin, target, host = _split(url)
    if not method or not set(method) <= _TOKEN:
        raise ValueError(f"method {method!r} is none: write it like GET")
    line = f"{origin.scheme}://{host}{target}" if absolute else target
    lines = {"host": f"Host: {host}", **_DEFAULT_LINES, **_lines(usual)}
    if standing is not None and standing.origin == origin:
        lines |= standing.lines
    head = [f"{method} {line} HTTP/1.1", *(lines | _lines(headers or NO_HEADERS)).values()]
    if body is not None or method in ("POST", "PUT", "PATCH"):
        head.append(f"Content-Length: {len(body or b'')}")
    payload = "\r\n".join([*head, "", ""]).encode("latin-1") + (body or b"")
    return Prepared(method, url, origin, payload, method in _IDEMPOTENT, dict(headers or {}), usual, body)


def _split(url: str) -> tuple[Origin, str, str]:
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is no URL with scheme and host, like http://agents:8080/path")
    origin = Origin(parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme])
    target = quote(parts.path or "/", safe=_SAFE_IN_TARGET)
    if parts.query:
        target += f"?{quote(parts.query, safe=_SAFE_IN_TARGET)}"
    return origin, target, parts.netloc.rpartition("@")[2]


def _lines(headers: Mapping[str, str]) -> Lines:
    return {name.lower(): _line(name, value) for name, value in headers.items()}


def _line(name: str, value: str) -> str:
    if not name or not set(name) <= _TOKEN or any(bad in value for bad in "\r\n\0"):
        raise ValueError(
            f"header {name!r} cannot be sent: no line breaks in its value, no spaces in its name"
        )
    return f"{name}: {value}"


_DEFAULT_LINES = _lines(DEFAULT_HEADERS)
