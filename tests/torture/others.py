"""Faults of other runs that are in force beside a round: told apart from what is left of the rounds. Pure.

They are no leak, for their time is not over. But with them there nobody can tell what this round has left, so a torture
beside them proves nothing, and whoever reads that learns whose they are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.faults.queue import number_for
from stresscampaigns.manifests.names import container_name, container_prefix
from tests.torture.traces import traces


@dataclass(frozen=True)
class Other:
    """A fault before its own deadline, of a run that is none of the round's."""

    fault: str
    namespace: str
    run: str
    ends_at: float
    traces: tuple[str, ...]

    def told(self, found: str) -> str:
        """Whose it is, and what to do."""
        until = datetime.fromtimestamp(self.ends_at, UTC).strftime("%H:%M:%S UTC")
        return (
            f"fault {self.fault} of run {self.namespace}/{self.run}, whose time is over at {until}; to be rid of it: "
            f"kubectl -n {self.namespace} delete stressrun {self.run} (found: {found})"
        )


def in_force(runs: Iterable[Mapping[str, Any]], own: str, now: float) -> list[Other]:
    """Of all runs that there are, the faults that are before their deadline.

    Args:
        own: UID of the round's own run.
        now: when it was looked, epoch seconds.
    """
    return [
        _other(run, fault, one["endsAt"])
        for run in runs
        if run["metadata"]["uid"] != own
        for one in (run.get("status") or {}).get("faults") or []
        if now <= (one.get("endsAt") or 0.0)
        for fault in run["spec"]["template"]["faults"]
        if fault["name"] == one["name"]
    ]


def _other(run: Mapping[str, Any], words: Mapping[str, Any], ends_at: float) -> Other:
    metadata, fault = run["metadata"], Fault.model_validate(words)
    table = container_name(metadata["uid"], fault.name).replace("-", "_")
    known = (
        *traces(fault, container_prefix(metadata["uid"]), ends_at),
        f"queue {number_for(table)} is read",
    )
    return Other(fault.name, metadata["namespace"], metadata["name"], ends_at, known)


def told_apart(found: Iterable[str], others: Iterable[Other]) -> tuple[list[str], list[str]]:
    """What is left of nobody's but the rounds; and what is others', in words."""
    leaks, theirs, known = [], [], list(others)
    for one in found:
        whose = next((other for other in known if any(word in one for word in other.traces)), None)
        if whose:
            theirs.append(whose.told(one))
        else:
            leaks.append(one)
    return leaks, theirs
