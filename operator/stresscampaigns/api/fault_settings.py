"""A fault's settings, as they were written → as people and as the program in the sidecar are told."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from stresscampaigns.api.units import seconds, threshold_value

_BITS = {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}


def in_words(told: Mapping[str, object]) -> str:
    """`latency 200ms, port 5432`."""
    return ", ".join(f"{name} {_said(value)}" for name, value in sorted(told.items()))


def in_numbers(told: Mapping[str, object]) -> dict[str, JsonValue]:
    """Times in seconds, shares as ratios, bits a second."""
    return {name: _READ.get(name, _as_it_is)(value) for name, value in told.items()}


def _said(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _as_it_is(value: object) -> JsonValue:
    found: JsonValue = value  # type: ignore[assignment]
    return found


def _time(value: object) -> JsonValue:
    return seconds(str(value))


def _ratio(value: object) -> JsonValue:
    return threshold_value(str(value))


def _bits(value: object) -> JsonValue:
    text = str(value)
    return float(text[:-4]) * _BITS[text[-4:]]


def _told_of_login(value: object) -> JsonValue:
    """The Secret's name is the kubelet's to know."""
    return {"database": value["database"]} if isinstance(value, dict) else None


_READ = {
    "latency": _time,
    "jitter": _time,
    "retryAfter": _time,
    "share": _ratio,
    "amount": _ratio,
    "rate": _bits,
    "credentials": _told_of_login,
}
