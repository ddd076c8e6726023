"""`make bench`: measure every promised figure on the kind cluster and print it beside its reference."""

import argparse
import sys
import time
from collections.abc import Callable

from benchmarks import commands, crowd, fault_times, first_request, generator, losses, soak, steps
from benchmarks.figure import Figure, table
from demo.deploy import deploy

PARTS: dict[str, Callable[[], list[Figure]]] = {
    "first-request": first_request.measure,
    "crowd": crowd.measure,
    "generator": generator.measure,
    "steps": steps.measure,
    "losses": losses.measure,
    "fault-times": fault_times.measure,
    "commands": commands.measure,
    "soak": soak.measure,
}


def main() -> int:
    """0 when every figure is within its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be given again")
    parser.add_argument(
        "--cold",
        action="store_true",
        help="measure make demo from nothing too: takes cluster, images, cache away",
    )
    options = parser.parse_args()
    began = time.monotonic()
    figures: list[Figure] = []
    if options.cold:
        _say(began, "cold: everything is taken away and built anew")
        figures += commands.measure_cold()
    deploy(lambda text: _say(began, text))
    for name in options.only or PARTS:
        _say(began, f"measuring {name}")
        figures += PARTS[name]()
        print(table(figures), flush=True)
    return 0 if all(figure.met for figure in figures) else 1


def _say(began: float, text: str) -> None:
    print(f"[{time.monotonic() - began:5.0f}s] {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
