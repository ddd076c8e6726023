"""How the load stands at this moment."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Now:
    """What the coordinator knows at this moment."""

    second: int
    users: int
    workers: int
    cpu: float
