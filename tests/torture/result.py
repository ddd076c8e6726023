"""What rounds came to, and their summary. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from stresscampaigns.core.observation import Sidecar
from tests.torture.choice import Kill, Round

_IN_FORCE = {"Ended", "Aborted", "died in force"}
"""Outcomes of a fault that was there: what never was leaves nothing behind, whoever dies."""
MOST_OVERRUN = 5.0
"""Seconds after a fault's deadline at which nothing of it may be left, whatever died."""


def came_to(sidecar: Sidecar) -> str:
    """What a fault came to in one pod."""
    report = sidecar.report
    if report.injected_at:
        return report.outcome or "died in force"
    return f"{report.outcome or sidecar.state}, never in force"


@dataclass(frozen=True)
class Result:
    """Of one round."""

    round: Round
    killed: tuple[Kill, ...]
    """Those of the round's kills that met somebody."""
    outcomes: tuple[str, ...]
    """What each fault came to in each pod."""
    overrun: float
    """Seconds after its deadline at which a look was over that saw nothing of it: it ended so late at most."""
    leaks: tuple[str, ...]
    inert: int
    """Tables that match nothing, of sidecars that were killed."""
    seconds: float
    others: tuple[str, ...] = ()
    """Faults of other runs that were in force beside it: whose, and how to be rid of them."""

    def line(self) -> str:
        """Its progress, for a person."""
        who = "operator" if self.round.by_operator else "direct"
        faults = " + ".join(fault.type for fault in self.round.faults)
        killed = ", ".join(f"{one.victim} at {one.at:+.1f}s" for one in self.killed) or "nobody"
        clean = f"nothing left {self.overrun:.1f}s after its deadline"
        end = f"LEAKS: {'; '.join(self.leaks)}" if self.leaks else clean
        if self.others:
            end += f"; NOT ITS OWN: {'; '.join(self.others)}"
        said = (faults, f"killed: {killed}", _counted(self.outcomes), end, f"{self.seconds:.0f}s")
        return f"{self.round.number:3} {who:8} {'; '.join(said)}"


@dataclass
class Summary:
    """Of all rounds so far."""

    seed: int
    results: list[Result] = field(default_factory=list)

    @property
    def leaks(self) -> list[str]:
        """All of them, with their round."""
        return [f"round {one.round.number}: {leak}" for one in self.results for leak in one.leaks]

    @property
    def others(self) -> list[str]:
        """Faults of other runs, with the round beside which they were in force."""
        return [f"round {one.round.number}: {other}" for one in self.results for other in one.others]

    @property
    def worst(self) -> float:
        """The longest overrun, in seconds."""
        return max((one.overrun for one in self.results), default=0.0)

    @property
    def kept(self) -> bool:
        """Was there a fault, was somebody killed, and did each end by its deadline and a little, with nothing left?

        Beside faults of others nobody can tell.
        """
        in_force = any(what in _IN_FORCE for one in self.results for what in one.outcomes)
        killed = any(one.killed for one in self.results)
        return in_force and killed and not (self.leaks or self.others) and self.worst <= MOST_OVERRUN

    def text(self) -> str:
        """For a person."""
        by_operator = sum(one.round.by_operator for one in self.results)
        took = sorted(one.seconds for one in self.results)
        lines = [
            f"torture: {len(self.results)} rounds, {by_operator} of them through the operator, seed {self.seed}",
            f"  faults: {_counted(fault.type for one in self.results for fault in one.round.faults)}",
            f"  killed: {_counted(kill.victim for one in self.results for kill in one.killed)}",
            f"  came to, by pod: {_counted(what for one in self.results for what in one.outcomes)}",
            f"  leaks: {len(self.leaks)}",
            *(f"    {leak}" for leak in self.leaks),
            *(f"  of another run, so that nothing is proven: {other}" for other in self.others),
            f"  worst deadline overrun: {self.worst:.2f} s (at most {MOST_OVERRUN:g} s)",
            f"  most inert tables at once: {max((one.inert for one in self.results), default=0)}",
        ]
        if took:
            lines.append(
                f"  seconds a round: {sum(took) / len(took):.1f} in the mean, {took[-1]:.0f} the longest"
            )
        return "\n".join(lines)


def _counted(things: Iterable[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(Counter(things).items())) or "none"
