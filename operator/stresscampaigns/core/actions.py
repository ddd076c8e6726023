"""What a decision asks for. Each is safe to repeat: what is there already counts as done."""

from dataclasses import dataclass
from typing import Literal

from stresscampaigns.api.capacity_record import TrialAnswer
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.rollback import Rollback
from stresscampaigns.api.run import StressRunStatus
from stresscampaigns.core.deployments import Deployment
from stresscampaigns.core.observation import Container

TAKES_AT_MOST = 20.0
"""Seconds after which what the API server was asked for has been done, or never will be: it is told to give up then."""


@dataclass(frozen=True)
class CreateLoad:
    """Create the load's ConfigMap, Service and Jobs."""


@dataclass(frozen=True)
class DeleteLoad:
    """Delete them, pods and all."""


@dataclass(frozen=True)
class InjectFault:
    """Put the fault's sidecar into one pod; it waits for `start`, ends by itself at `end` (epoch)."""

    fault: str
    pod: str
    uid: str
    start: float
    end: float
    peers: tuple[str, ...] | None = None
    """Addresses of the other end; None: anybody's."""
    into: Container | None = None
    """The container that is broken from within; None: it is the pod's network that is broken."""


@dataclass(frozen=True)
class StartInTarget:
    """Start, in the target's container, what breaks it from within; it waits for `start`, ends by itself at `end`."""

    fault: str
    pod: str
    container: Container
    sidecar_pid: int
    """Of the sidecar that it comes from, as the container's processes see it."""
    start: float
    end: float


@dataclass(frozen=True)
class KillPod:
    """Delete a pod of a fault's without grace."""

    fault: str
    pod: str
    uid: str


@dataclass(frozen=True)
class RollOut:
    """Roll a bad revision out, and note on the Deployment how to roll it back; only where it is as it was seen."""

    seen: Deployment
    rollback: Rollback


@dataclass(frozen=True)
class RollBack:
    """Roll it back, and take the note away; only where nobody has asked for something else since it was seen."""

    seen: Deployment
    rollback: Rollback


@dataclass(frozen=True)
class EndFault:
    """End a fault before its time."""

    namespace: str
    pod: str
    container: str


@dataclass(frozen=True)
class AnswerTrials:
    """Tell a load that searches what checks that it cannot judge said of its trials, all of them so far."""

    answers: tuple[TrialAnswer, ...]


@dataclass(frozen=True)
class KeepRecord:
    """Write down the run's record: what was asked, what came of it, what the load measured."""

    status: StressRunStatus
    load: LoadResult | None = None


Action = (
    CreateLoad
    | DeleteLoad
    | InjectFault
    | StartInTarget
    | KillPod
    | RollOut
    | RollBack
    | EndFault
    | AnswerTrials
    | KeepRecord
)


@dataclass(frozen=True)
class Announcement:
    """An event on the run, to be read as a sentence."""

    kind: Literal["Normal", "Warning"]
    reason: str
    message: str
