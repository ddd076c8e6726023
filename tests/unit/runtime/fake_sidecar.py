"""One fault's sidecar as its pod would have it: its state and its report follow from the time alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from stresscampaigns.api.fault_protocol import FaultReport, Outcome, read_order
from stresscampaigns.core.observation import Sidecar

RUNS_AFTER = 1.0
MAX_LATE = 5.0
DROPPED = 7
PID = 17
State = Literal["Waiting", "Running", "Terminated"]


@dataclass
class FakeSidecar:
    """It waits for its time, is in force, ends at its deadline, or when it is told to."""

    pod: str
    uid: str
    container: str
    created: float
    at: float
    until: float
    shares: str | None = None
    """The container whose processes it shares, in which something must be started."""
    namespace: str = "staging"
    started_at: float | None = None
    told_to_end: float | None = None
    died_at: float | None = None
    """When its process was killed; what it broke goes on by the kernel until its deadline."""
    appears: float = -math.inf
    """When the API server has put it into its pod."""

    @classmethod
    def of(
        cls, namespace: str, pod: str, uid: str, container: Mapping[str, Any], now: float
    ) -> "FakeSidecar":
        """As its arguments say."""
        order = read_order(container["args"][1])
        shares = container.get("targetContainerName")
        return cls(pod, uid, container["name"], now, order.at, order.until, shares, namespace)

    @property
    def _begin(self) -> float:
        begin = max(self.at, self.created + RUNS_AFTER)
        if self.shares is None:
            return begin
        return math.inf if self.started_at is None else max(begin, self.started_at)

    @property
    def _late(self) -> bool:
        return self._begin > self.at + MAX_LATE or self._begin >= self.until

    @property
    def _given_up(self) -> float:
        """When it says that it is too late."""
        return min(self._begin, self.at + MAX_LATE)

    @property
    def _end(self) -> float:
        return self.until if self.told_to_end is None else self.told_to_end

    def running(self, now: float) -> bool:
        if self.died_at is not None and now >= self.died_at:
            return False
        return self.created + RUNS_AFTER <= now < self._end and not (self._late and now >= self._given_up)

    def in_force(self, now: float) -> bool:
        return not self._late and self._begin <= now < self._end

    def seen(self, prefix: str, now: float) -> Sidecar:
        """As the API server shows it."""
        waits = now < self.created + RUNS_AFTER
        state: State = "Waiting" if waits else "Running" if self.running(now) else "Terminated"
        report = FaultReport() if waits else self._report(now)
        if self.shares and not waits:
            report = replace(report, pid=PID, started=self.started_at is not None)
        fault = self.container.removeprefix(prefix)
        return Sidecar(fault, self.pod, self.uid, self.container, self.namespace, state, report)

    def _report(self, now: float) -> FaultReport:
        if self._late and now >= self._given_up:
            return FaultReport(outcome="Late", message="too late")
        if now < min(self._begin, self._end):
            return FaultReport()
        begun = self._begin if self._begin < self._end else None
        if now < self._end or self.died_at is not None:
            return FaultReport(injected_at=begun)
        outcome: Outcome = "Ended" if self.told_to_end is None else "Aborted"
        return FaultReport(begun, self._end, DROPPED, "packets dropped", outcome)
