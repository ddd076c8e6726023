"""Loads by name: how many users, for how long, in which stages.

One table: the stages are made from it, and so are the CEL rules by which the API server checks what names them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stresscampaigns.api.stage_spec import Stage
from stresscampaigns.api.units import seconds, write_seconds

ProfileName = Literal["light", "medium", "heavy", "spike", "endurance", "capacity"]

SPIKE_FACTOR = 10
"""A spike is so many times its baseline."""


@dataclass(frozen=True)
class Part:
    """One stage of a profile: its share of the whole time, of which `ramp` goes by while the load changes."""

    name: str
    time: float
    ramp: float = 0.0
    longest_ramp: float = math.inf
    """Seconds."""
    divisor: int = 1
    """The peak's users divided by this."""


@dataclass(frozen=True)
class Profile:
    """Peak users and length, unless the campaign gives its own; the parts' shares of the time sum up to 1."""

    users: int
    duration: str
    parts: tuple[Part, ...]


_STEADY = (Part("ramp", 0.1, ramp=1.0), Part("steady", 0.9))

PROFILES: Mapping[ProfileName, Profile] = {
    "light": Profile(100, "10m", _STEADY),
    "medium": Profile(500, "30m", _STEADY),
    "heavy": Profile(1000, "60m", _STEADY),
    "spike": Profile(
        500,
        "10m",
        (
            Part("baseline", 0.4, ramp=0.1, divisor=SPIKE_FACTOR),
            Part("spike", 0.2, ramp=0.5, longest_ramp=3.0),
            Part("after", 0.4, ramp=0.5, longest_ramp=3.0, divisor=SPIKE_FACTOR),
        ),
    ),
    # Of 24 hours one is compared with another: the first under full load with the last.
    "endurance": Profile(
        100,
        "24h",
        (Part("ramp", 1 / 48, ramp=0.5), Part("first", 1 / 24), Part("day", 43 / 48), Part("last", 1 / 24)),
    ),
    # The search follows; its target gets warm.
    "capacity": Profile(10, "30s", (Part("warm-up", 1.0, ramp=0.2),)),
}
EXPECTED, BUFFER = "expected", "buffer"
_EXPECTED_RAMP = 0.1


def profile_stages(name: ProfileName, users: int | None, duration: str | None) -> list[Stage]:
    """The stages of a profile; their times sum up to `duration`, to the millisecond."""
    profile = PROFILES[name]
    peak, total = users or profile.users, seconds(duration or profile.duration)
    ends = _ends([part.time for part in profile.parts], total)
    return [
        Stage(
            name=part.name,
            users=max(1, peak // part.divisor),
            ramp=write_seconds(min((end - start) * part.ramp, part.longest_ramp)) if part.ramp else None,
            duration=write_seconds(end - start),
        )
        for part, start, end in zip(profile.parts, [0.0, *ends], ends, strict=False)
    ]


def _ends(shares: Sequence[float], total: float) -> list[float]:
    """Where each share ends, in seconds and whole milliseconds; the last one exactly at the total."""
    reached, ends = 0.0, []
    for share in shares[:-1]:
        reached += share
        ends.append(round(total * reached, 3))
    return [*ends, total]


def expected_stages(users: int | None, rate: float | None, factor: float, duration: str) -> list[Stage]:
    """Expected traffic, then `factor` times as much, each for `duration`."""
    ramp = write_seconds(seconds(duration) * _EXPECTED_RAMP)
    return [
        Stage(
            name=name,
            users=None if users is None else round(users * times),
            rate=None if rate is None else rate * times,
            ramp=ramp,
            duration=duration,
        )
        for name, times in ((EXPECTED, 1.0), (BUFFER, factor))
    ]


def stage_names() -> Mapping[str, list[str]]:
    """Profile → the names of its stages."""
    return {name: [part.name for part in profile.parts] for name, profile in PROFILES.items()}
