"""Durations (`90s`, `1h30m`, `800ms`) and ratios (`1%`), the units in which users write."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints
from pydantic.config import JsonDict

from stresscampaigns.api.base import cel, rules

DURATION_PATTERN = r"^([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$"
PERCENT_PATTERN = r"^[0-9]+(\.[0-9]+)?%$"
RATE_PATTERN = r"^[1-9][0-9]*(kbit|mbit|gbit)$"
NUMBER_PATTERN = r"^-?[0-9]+(\.[0-9]+)?$"
_RATIO_PATTERN = r"^-?[0-9]+(\.[0-9]+)?%$"
THRESHOLD_PATTERN = r"^(-?[0-9]+(\.[0-9]+)?%?|([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$"

Duration = Annotated[
    str,
    StringConstraints(pattern=DURATION_PATTERN, min_length=2, max_length=24),
    Field(examples=["90s", "10m", "24h", "1h30m", "800ms"]),
]
"""A length of time as Kubernetes and Prometheus write it, in whole hours, minutes, seconds, milliseconds."""

Percentile = Annotated[
    float,
    Field(
        gt=0,
        le=100,
        description="In per cent, for instance 95 or 99.9.",
        json_schema_extra=rules(cel("self >= 1.0", "a percentile is in per cent: 95 rather than 0.95")),
    ),
]
"""Per cent of the requests that are no slower. An older version took less than 1 of them, too."""

Threshold = Annotated[
    int | str,
    Field(
        json_schema_extra={
            "x-kubernetes-int-or-string": True,
            "pattern": THRESHOLD_PATTERN,
            "minLength": 1,
            "maxLength": 24,
        }
    ),
]
"""A bound of a check: a duration (`800ms`), a ratio (`1%`) or a number (`5`, `"0.9"`)."""


def written_as(pattern: str, *fields: str) -> str:
    """CEL: each of these fields that is there fits the pattern. Where one does not, its own words say so, and a rule
    that reads it has nothing to add."""
    return " && ".join(f"(!has({field}) || {field}.matches(r'{pattern}'))" for field in fields)


def at_most(longest: str) -> JsonDict:
    """The rule of a duration that is no longer. What is none is refused by its own words."""
    return cel(
        f"duration(self) <= duration('{longest}')",
        f"{longest} at most",
        unless=f"!self.matches(r'{DURATION_PATTERN}')",
    )


_UNIT_MILLISECONDS = {"h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
_PART = re.compile(r"([0-9]+)(ms|h|m|s)")


def seconds(duration: str) -> float:
    """The length of a duration in seconds.

    Raises:
        ValueError: the text is not a duration; the message says what one looks like.
    """
    if not duration or not re.fullmatch(DURATION_PATTERN, duration):
        raise ValueError(f"{duration!r} is not a duration: write it like 90s, 10m, 1h30m or 800ms")
    return sum(int(count) * _UNIT_MILLISECONDS[unit] for count, unit in _PART.findall(duration)) / 1000


def together(*lengths: float) -> float:
    """Seconds one after the other, to the millisecond: as floats 24.4 + 12.2 + 24.4 is a little less than 61."""
    return round(sum(lengths), 3)


def threshold_value(threshold: int | str) -> float:
    """A threshold as a plain number: seconds for a duration, a ratio for a percentage, else itself.

    Raises:
        ValueError: the text is none of the three.
    """
    if isinstance(threshold, int):
        return float(threshold)
    if re.fullmatch(_RATIO_PATTERN, threshold):
        # Exactly, then rounded once: 0.7 / 100 as floats is less than 7 of 1000, which are 0.7 %.
        return float(Decimal(threshold[:-1]) / 100)
    if re.fullmatch(NUMBER_PATTERN, threshold):
        return float(threshold)
    return seconds(threshold)


def is_number(threshold: int | str) -> bool:
    """Is it written as a plain number, without a unit?"""
    return isinstance(threshold, int) or bool(re.fullmatch(NUMBER_PATTERN, threshold))


def write_seconds(value: float) -> str:
    """Seconds as a duration that `seconds` reads back, to the millisecond: `1h30m`, `2s500ms`, `0s`."""
    rest, parts = round(value * 1000), []
    for unit, length in _UNIT_MILLISECONDS.items():
        count, rest = divmod(rest, length)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def show_seconds(value: float) -> str:
    """Seconds as a person reads them: `12.3ms`, `1.25s`, `10m5s`, `24h`."""
    if value < 1:
        return f"{value * 1000:.4g}ms"
    if value < 60:
        return f"{value:.4g}s"
    whole = round(value)
    parts = ((whole // 3600, "h"), (whole % 3600 // 60, "m"), (whole % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count)
