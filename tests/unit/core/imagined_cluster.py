"""A cluster made of values: it does what actions ask for, at its own pace, and can be disturbed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from stresscampaigns.api.fault_protocol import FaultReport
from stresscampaigns.api.load_events import Finished, LoadEvent, Started
from stresscampaigns.core.actions import Action, CreateLoad, DeleteLoad, EndFault, InjectFault
from stresscampaigns.core.observation import LoadView, Observation, Pod, Sidecar
from tests.unit.core.builders import WELL, ready_pod, seen, told
from tests.unit.core.measurements import GOOD_ANSWERS, result

CONNECTING, PULLING, MOST_LATE = 3.0, 1.0, 5.0
GOING = 2.0
"""Seconds that a deleted load's pods still take to go."""
MEASURED = result()


@dataclass
class Held:
    """A sidecar: from when until when its fault is asked for, and what cut it short."""

    put_in: float
    start: float
    end: float
    aborted: float | None = None

    def report(self, now: float) -> FaultReport:
        """What it has said so far."""
        begins = max(self.start, self.put_in + PULLING)
        if self.aborted is not None and self.aborted < begins:
            return FaultReport(outcome="Aborted", message="aborted before it began")
        if begins > self.start + MOST_LATE or begins >= self.end:
            return FaultReport(outcome="Late", message="too late") if now >= begins else FaultReport()
        if now < begins:
            return FaultReport()
        over = min(self.end, self.aborted or self.end)
        if now < over:
            return FaultReport(injected_at=begins)
        return FaultReport(begins, over, 7, "packets dropped", "Aborted" if self.aborted else "Ended")


@dataclass
class Cluster:
    """The load and the sidecars of one run; `made` counts what was ever created."""

    now: float
    abort: str | None = None
    no_image: bool = False
    """No sidecar's image can be pulled: none ever starts."""
    unwell: bool = False
    """The service is, before its fault."""
    no_pod: bool = False
    """The target's pod is gone; another has its name, but not its identity."""
    created: float | None = None
    deleted: float | None = None
    held: dict[str, Held] = field(default_factory=dict)
    made: Counter[str] = field(default_factory=Counter)

    def act(self, actions: Iterable[Action]) -> None:
        """Do as asked; what is there already counts as done."""
        for action in actions:
            match action:
                case CreateLoad() if self.created is None:
                    self.created, self.deleted = self.now, None
                    self.made["load"] += 1
                case DeleteLoad():
                    self.lose_load()
                case InjectFault() if not self.no_pod and action.pod not in self.held:
                    self.held[action.pod] = Held(self.now, action.start, action.end)
                    self.made[action.pod] += 1
                case EndFault() if not self.no_image and self.held[action.pod].aborted is None:
                    self.held[action.pod].aborted = self.now

    def lose_load(self) -> None:
        """The load's Jobs are deleted, by us or by somebody else."""
        self.deleted = self.deleted or self.now

    def lose_pod(self) -> None:
        """The target's pod goes away, and what was in it."""
        self.no_pod = True
        self.held.clear()

    def left(self) -> bool:
        """Is there still a load, or a fault that is or may come into force?"""
        return self._load().pods != () or any(one.state == "Running" for one in self._sidecars())

    def seen(self) -> Observation:
        """Everything that can be observed now."""
        return seen(
            self.now, load=self._load(), sidecars=self._sidecars(), abort=self.abort, answers=GOOD_ANSWERS
        )

    def _load(self) -> LoadView:
        if self.created is not None and self.deleted is not None and self.now >= self.deleted + GOING:
            self.created = None
        if self.created is None:
            return LoadView()
        pods = (Pod("coordinator", "u", role="coordinator"), ready_pod("worker-0"))
        started = self.created + CONNECTING
        finished = started + 101
        events: list[LoadEvent] = [Started(at=started)] if self.now >= started else []
        before = [told(one.t, failed=10) for one in WELL] if self.unwell else WELL
        events += [one for one in before if self.now >= started + one.t + 2]
        if self.now < finished or self.deleted is not None:
            return LoadView(self.deleted is None, pods, tuple(events))
        events.append(Finished(at=finished, requests=100, failures=0))
        measured = MEASURED.model_copy(update={"started": started, "finished": finished})
        return LoadView(True, pods, tuple(events), result=measured)

    def _sidecars(self) -> tuple[Sidecar, ...]:
        return tuple(self._sidecar(pod, one) for pod, one in self.held.items())

    def _sidecar(self, pod: str, one: Held) -> Sidecar:
        if self.no_image or (one.aborted is None and self.now < one.put_in + PULLING):
            trouble = "ErrImagePull: no such image" if self.no_image else None
            return Sidecar(
                "cut", pod, f"uid-{pod}", "stress-cut", "staging", "Waiting", FaultReport(), trouble
            )
        report = one.report(self.now)
        over = report.outcome is not None
        return Sidecar(
            "cut", pod, f"uid-{pod}", "stress-cut", "staging", "Terminated" if over else "Running", report
        )
