"""The open model at its share of the closed model's rate, on cores that others may take: what that makes late.

The contest has its cores to itself. Here is what the same load is worth where it has not. Prints a list of tries.
"""

import json
import os

from benchmarks.contest.contest import OPEN_SHARE, ours, plan, target
from benchmarks.contest.cores import TARGET_CORE
from benchmarks.contest.peers import SECONDS

_TRIES = 3


def main() -> None:
    """Each try after the closed model's rate at its time."""
    os.sched_setaffinity(0, {int(TARGET_CORE)})
    tries = []
    with target():
        for _ in range(_TRIES):
            closed = ours(plan({"users": 64, "duration": SECONDS}))["middle"]
            tries.append(ours(plan({"rate": OPEN_SHARE * closed, "duration": SECONDS + 2})))
    print(json.dumps(tries), flush=True)


if __name__ == "__main__":
    main()
