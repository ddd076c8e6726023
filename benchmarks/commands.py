"""How long the project's own commands take. `make demo` and `make test` as a user types them."""

import subprocess
import sys
import time

from benchmarks.figure import Figure
from demo.kubectl import ROOT


def measure() -> list[Figure]:
    """Both with everything present."""
    up = _minutes("up")
    reference = f"make up alone {up * 60:.0f} s"
    return [
        Figure("make demo, all images present", _minutes("demo"), 6, "min", reference),
        Figure("make test, warm", _minutes("test"), 30, "min", reference),
    ]


def measure_cold() -> list[Figure]:
    """From nothing but package registries: our cluster, images and cache are taken away first."""
    _minutes("clean", "CACHE=1")
    return [Figure("make demo, from nothing but package registries", _minutes("demo"), 30, "min", _machine())]


def _machine() -> str:
    with open("/proc/cpuinfo") as lines:
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} x {models[0]}" if models else "an unknown processor"


def _minutes(*goal: str) -> float:
    began = time.monotonic()
    subprocess.run(["make", "-s", *goal], cwd=ROOT, check=True, stdout=sys.stderr)
    return (time.monotonic() - began) / 60
