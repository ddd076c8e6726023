"""A run as decisions see it, and the small changes that its status goes through."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.run import Phase, StressRunSpec, StressRunStatus, TimelineEntry
from stresscampaigns.api.units import seconds
from stresscampaigns.core.actions import Action, Announcement
from stresscampaigns.core.clocktime import to_rfc3339
from stresscampaigns.core.rehearsal import compressed

SOON = 1.0
"""Seconds until the next look at a run that is under way."""
TIMELINE_KEPT = 200
LONGEST_DETAIL = 1_000
"""Characters of one line of the timeline."""
REASONS_KEPT = 32
"""As many reasons for doubt as a status may hold: the API server refuses one with more."""


@dataclass(frozen=True)
class RunView:
    """A run as the API server holds it."""

    name: str
    namespace: str
    uid: str
    generation: int
    spec: StressRunSpec
    status: StressRunStatus = field(default_factory=StressRunStatus)
    unread_namespaces: tuple[str, ...] = ()
    """Of a run that cannot be read: where else its faults may be."""

    @cached_property
    def template(self) -> RunTemplate:
        """What is done: what was asked, in a rehearsal with its time compressed. All that counts time reads this."""
        rehearsal = self.spec.rehearsal
        return compressed(self.spec.template, seconds(rehearsal.length)) if rehearsal else self.spec.template

    @property
    def target_namespace(self) -> str:
        """Where the target's pods are."""
        return self.spec.template.target.namespace or self.namespace

    def namespace_of(self, fault: Fault) -> str:
        """Where the pods are that a fault is put into."""
        return fault.namespace or self.target_namespace

    @property
    def fault_namespaces(self) -> tuple[str, ...]:
        """All of those, sorted."""
        read = {self.namespace_of(fault) for fault in self.template.faults or []}
        return tuple(sorted(read.union(self.unread_namespaces)))

    @property
    def seen_namespaces(self) -> tuple[str, ...]:
        """Those in which anything is looked at, sorted."""
        beside = [one.namespace for one in self.template.neighbours or []]
        peers = [fault.peers.namespace for fault in self.template.faults or [] if fault.peers]
        named = {one for one in (*beside, *peers) if one}
        return tuple(sorted({self.target_namespace, *self.fault_namespaces, *named}))

    @property
    def start_timeout(self) -> float:
        """Seconds that a run waits for what it needs."""
        return seconds(self.template.start_timeout)

    @property
    def started_at(self) -> float:
        """Start of the load, epoch seconds; only once it has started."""
        if self.status.load is None or self.status.load.started_at is None:
            raise ValueError(f"run {self.name} has no load that has started")
        return self.status.load.started_at


@dataclass(frozen=True)
class Decision:
    """What to do, what to say, the status afterwards, and when to look again (None: only when poked)."""

    status: StressRunStatus
    actions: tuple[Action, ...] = ()
    said: tuple[Announcement, ...] = ()
    wait: float | None = SOON


def enter(status: StressRunStatus, phase: Phase, now: float) -> StressRunStatus:
    """The status in a new phase."""
    return status.model_copy(update={"phase": phase, "phase_time": now, "message": _MESSAGES[phase]})


def shortened(words: str, longest: int) -> str:
    """So many characters at most: a status that is too large could not be written."""
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def note(status: StressRunStatus, now: float, event: str, detail: str | None) -> StressRunStatus:
    """The status with one more line in its timeline."""
    told = shortened(detail, LONGEST_DETAIL) if detail else detail
    entry = TimelineEntry(time=to_rfc3339(now), event=event, detail=told)
    return status.model_copy(update={"timeline": [*(status.timeline or []), entry][-TIMELINE_KEPT:]})


def inconclusive(run: RunView, now: float, reason: str, message: str) -> Decision:
    """The run ends without an answer: why, and what to do."""
    invalid = [*(run.status.invalid_because or []), message]
    status = run.status.model_copy(
        update={
            "verdict": "Inconclusive",
            "message": f"{reason}: {message}",
            "invalid_because": invalid[:REASONS_KEPT],
        }
    )
    said = (Announcement("Warning", reason, message),)
    return Decision(note(status, now, reason, message), said=said, wait=0.0)


def marked(run: RunView, decision: Decision) -> Decision:
    """Of a rehearsal everything that is said begins with that; said once, however often it is carried on."""
    if run.spec.rehearsal is None:
        return decision
    mark = f"rehearsal ({run.spec.rehearsal.speed} faster): "

    def begun(words: str) -> str:
        return words if words.startswith(mark) else f"{mark}{words}"

    status, message = decision.status, decision.status.message
    if message is not None:
        status = status.model_copy(update={"message": begun(message)})
    return replace(
        decision,
        status=status,
        said=tuple(replace(said, message=begun(said.message)) for said in decision.said),
    )


_MESSAGES: dict[Phase, str] = {
    "Pending": "waits for its turn",
    "Preparing": "looks whether target, Prometheus and namespace are ready",
    "Running": "the load is on",
    "Recovering": "the load is over; waits until every fault has ended",
    "Analysing": "answers the checks",
    "Finished": "finished",
}
