"""How soon is a loss noticed, and how soon does a load without its coordinator stop?

In our load alone; and on the cluster, where the operator says it.
"""

from typing import Any

from benchmarks import lost_coordinator
from benchmarks.figure import Figure
from benchmarks.generator import in_the_arena

PROMISED = 5.0
_SAID = "coordinator of a run killed"
_NAMES = {
    "worker killed": "worker killed → said to be lost",
    "worker paused": "worker paused → said to be lost",
    "coordinator killed": "coordinator killed → no request any more",
    _SAID: "coordinator killed → the run's verdict says so",
}


def measure() -> list[Figure]:
    """Three rounds; the worst of each."""
    told = in_the_arena("benchmarks.contest.losses") | {_SAID: lost_coordinator.measure()}
    return figures(told)


def figures(told: dict[str, Any]) -> list[Figure]:
    """What was told, each loss beside what is promised."""
    made = []
    for loss, name in _NAMES.items():
        all_of_them = ", ".join(f"{seconds:.2f}" for seconds in told[loss])
        made.append(Figure(name, max(told[loss]), PROMISED, "s", f"round by round: {all_of_them} s"))
    return made
