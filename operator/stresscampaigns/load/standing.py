"""The campaign's own headers, read once before the load. A value that comes out of a Secret is in no message."""

from pathlib import Path

from stresscampaigns.api.load_plan import LoadPlan, PlannedHeader
from stresscampaigns.load.http.request import Standing

_NEVER_SENT = frozenset({*range(0x20), 0x7F}) - {ord("\t")}
"""Bytes that no value may hold (RFC 9110, section 5.5)."""


class HeaderError(ValueError):
    """A header cannot be sent; the message names it, its Secret and the key."""


def standing_headers(plan: LoadPlan) -> Standing | None:
    """What goes with every request to the plan's URL; None: nothing.

    Raises:
        HeaderError: a value is not there, or cannot be sent.
    """
    if not plan.headers:
        return None
    return Standing.of(plan.url, {header.name: _value(header) for header in plan.headers})


def _value(header: PlannedHeader) -> str:
    """Byte for byte what was given, in the one character set in which headers are written."""
    where = f"header {header.name}"
    value = (header.value or "").encode()
    if header.file:
        secret, key = Path(header.file).parts[-2:]
        where += f": key {key} of Secret {secret}"
        value = _read(header.file, where)
    if _NEVER_SENT & {*value}:
        raise HeaderError(
            f"{where} holds line breaks or other control characters beside those at its end, which no header can hold"
        )
    return value.decode("latin-1")


def _read(file: str, where: str) -> bytes:
    """Without the line's end that most editors, and `echo`, leave in a Secret."""
    try:
        value = Path(file).read_bytes().rstrip(b"\r\n")
    except OSError as error:
        raise HeaderError(f"{where} cannot be read: {error.strerror}") from error
    if not value:
        raise HeaderError(f"{where} is empty")
    return value
