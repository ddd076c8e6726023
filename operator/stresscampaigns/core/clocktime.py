"""Moments as Kubernetes writes them, and seconds since the epoch as we count them."""

from datetime import UTC, datetime


def to_rfc3339(epoch: float) -> str:
    """Seconds since the epoch → `2026-11-21T02:00:00Z`; parts of a second are cut off."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def from_rfc3339(text: str) -> float:
    """The reverse of `to_rfc3339`; accepts any offset and parts of a second.

    Raises:
        ValueError: the text is no such moment.
    """
    return datetime.fromisoformat(text).timestamp()
