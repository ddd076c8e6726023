"""What a round does: which faults, in which pods, and who is killed when. The seed and the round's number tell all."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from stresscampaigns.api.fault_spec import Fault
from tests.torture.drawing import drawn, loses, undo_each_other

Victim = Literal["operator", "sidecar", "coordinator", "kubelet", "API server"]
EVERYWHERE: Mapping[Victim, int] = {"sidecar": 6, "kubelet": 3, "API server": 1}
"""How often: sidecars' death is the one that a fault must survive; an API server takes long to come back."""
_OF_OPERATORS: Mapping[Victim, int] = {"operator": 2, "coordinator": 1}
OF_CAMPAIGNS: Mapping[Victim, int] = {**_OF_OPERATORS, **EVERYWHERE}
"""In each of their rounds at least one of the first two is killed."""
CAMPAIGN_SHARE = 1 / 8
"""Of the rounds, those in which the operator injects: they take three times as long."""
FEW_ROUNDS, FEW_SEED = 3, 331
"""In `make test`: of this seed the first three rounds kill every victim, one of them through the operator, where a bad
revision is out; the others fill a disk, take a database's connections, and have an external API fail."""
EARLY, SIDECARS_EARLY, LATE = 1.5, 0.5, 1.0
"""Seconds before the faults' start, and after the longest one's end, between which somebody is killed."""


@dataclass(frozen=True)
class Kill:
    """Who gets SIGKILL, in seconds from the faults' start."""

    victim: Victim
    at: float


@dataclass(frozen=True)
class Round:
    """One round."""

    number: int
    by_operator: bool
    faults: tuple[Fault, ...]
    kills: tuple[Kill, ...]

    @property
    def seconds(self) -> float:
        """From the faults' start to the last one's deadline."""
        return max(lasts(fault) for fault in self.faults)


def chosen(seed: int, number: int) -> Round:
    """The round of this number."""
    chance = Random(f"{seed}/{number}")
    by_operator = chance.random() < CAMPAIGN_SHARE
    faults = _faults(chance, number, by_operator)
    last = max(lasts(fault) for fault in faults)
    victims = _drawn(chance, _OF_OPERATORS if by_operator else EVERYWHERE, 1)
    victims += _drawn(chance, OF_CAMPAIGNS if by_operator else EVERYWHERE, chance.choice((0, 0, 1, 2)))
    kills = [_kill(chance, victim, last) for victim in victims]
    # A bad revision that nobody but an operator ends: it is killed while that is out.
    kills += [Kill("operator", round(chance.uniform(0, lasts(one)), 2)) for one in faults if one.rolls_out]
    return Round(number, by_operator, faults, tuple(sorted(kills, key=lambda one: one.at)))


def _faults(chance: Random, number: int, by_operator: bool) -> tuple[Fault, ...]:
    """One or two that get along: without an operator, nobody refuses a crash of all that another one is in."""
    made: list[Fault] = []
    count = chance.choice((1, 2))
    while len(made) < count:
        more = drawn(chance, f"r{number}-{len(made)}", by_operator)
        if not any(undo_each_other(one, more) or (by_operator and loses(one, more)) for one in made):
            made.append(more)
    return tuple(made)


def _drawn(chance: Random, victims: Mapping[Victim, int], count: int) -> list[Victim]:
    return chance.choices(list(victims), list(victims.values()), k=count)


def _kill(chance: Random, victim: Victim, last: float) -> Kill:
    """Sidecars are there to be killed from shortly before their fault to its end; most are left to begin."""
    early, late = (SIDECARS_EARLY, 0.0) if victim == "sidecar" else (EARLY, LATE)
    return Kill(victim, round(chance.uniform(-early, last + late), 2))


def lasts(fault: Fault) -> float:
    """Seconds."""
    return fault.end_seconds - fault.start_seconds


def app_of(fault: Fault) -> str:
    """The label `app` of its pods."""
    if fault.deployment:
        return fault.deployment
    labels = (fault.target.selector.match_labels if fault.target else None) or {}
    return labels["app"]
