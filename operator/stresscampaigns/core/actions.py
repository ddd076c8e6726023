"""What a decision asks for. Each is safe to repeat: what is there already counts as done."""

from dataclasses import dataclass
from typing import Literal


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


@dataclass(frozen=True)
class EndFault:
    """End a fault before its time."""

    pod: str
    container: str


Action = CreateLoad | DeleteLoad | InjectFault | EndFault


@dataclass(frozen=True)
class Announcement:
    """An event on the run, to be read as a sentence."""

    kind: Literal["Normal", "Warning"]
    reason: str
    message: str
