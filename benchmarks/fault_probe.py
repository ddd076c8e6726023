"""Probes in the pods of the service: when could each of them reach the external API, and when not?

Each opens a TCP connection every 10 ms, to a service that does next to nothing for it, and tells when that changes. The
fault that is measured refuses connections at once, so that what is told is as exact as that.
"""

import math
import subprocess
from collections.abc import Sequence
from typing import Any, Self

from demo.kubectl import ROOT, get
from tests.e2e.campaigns import NAMESPACE

_PROBE = """
import socket, sys, time
where = (socket.gethostbyname("external-api"), 8080)
until, state = time.time() + float(sys.argv[1]), None
while (began := time.time()) < until:
    try:
        socket.create_connection(where, 1).close(); good = True
    except OSError:
        good = False
    if good != state:
        print(int(good), began if state else time.time(), flush=True); state = good
    time.sleep(0.01)
"""
_SOURCES = {"selector": {"matchLabels": {"app": "external-api"}}}


def refusal(name: str, at: float, seconds: float) -> dict[str, Any]:
    """The fault that is measured, in every pod of the service; it begins at and lasts so many seconds of the load."""
    return {
        "name": name,
        "type": "DatabaseUnavailable",
        "port": 8080,
        "peers": _SOURCES,
        "at": f"{at:g}s",
        "whenNotSteady": "Inject",
        "duration": f"{seconds:g}s",
        "mode": "all",
    }


class Probes:
    """One in each pod, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        pods = (get("-n", NAMESPACE, "pods", "-l", "app=agents") or {"items": []})["items"]
        self.pods = sorted(pod["metadata"]["name"] for pod in pods)
        self._seconds = seconds
        self._running: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        """Started, each until its time is over."""
        for pod in self.pods:
            script = ("python3", "-c", _PROBE, str(self._seconds))
            command = ["kubectl", "-n", NAMESPACE, "exec", pod, "-c", "agents", "--", *script]
            self._running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT))
        return self

    def __exit__(self, *raised: object) -> None:
        """Stopped."""
        for one in self._running:
            one.kill()
            one.wait()

    def seen(self) -> "Seen":
        """What they told, once their time is over.

        Raises:
            RuntimeError: a probe ended before its time: what it did not tell is nothing that a fault did.
        """
        told = [one.communicate()[0] for one in self._running]
        broken = [pod for pod, one in zip(self.pods, self._running, strict=True) if one.returncode]
        if broken:
            raise RuntimeError(f"the probes in {', '.join(broken)} ended before their time: measure again")
        return Seen([changes_of(printed) for printed in told])


Change = tuple[bool, float]


def changes_of(printed: str) -> list[Change]:
    """What one probe printed."""
    words = (line.split() for line in printed.splitlines())
    return [(state == "1", float(moment)) for state, moment in words]


class Seen:
    """By each pod: its changes, as (reachable, moment)."""

    def __init__(self, pods: Sequence[Sequence[Change]]) -> None:
        self._pods = pods

    def cut_after(self, moment: float) -> list[float]:
        """For each pod, seconds from a moment to the next time that it could not reach the API; endless: never."""
        return [_first(pod, False, moment) for pod in self._pods]

    def good_for_good(self, moment: float) -> list[float]:
        """For each pod, seconds from a moment to when it could reach the API again, to the end; endless: not at all.

        Below nothing: it could before. The kernel's clock ticks every few milliseconds, and its deadlines with it.
        """
        return [pod[-1][1] - moment if pod and pod[-1][0] else math.inf for pod in self._pods]

    def __str__(self) -> str:
        """All of it, by pod."""
        return "; ".join(
            ", ".join(f"{'good' if good else 'cut'} {at:.3f}" for good, at in pod) or "nothing"
            for pod in self._pods
        )


def _first(changes: Sequence[Change], state: bool, moment: float) -> float:
    later = (at - moment for good, at in changes if good == state and at >= moment)
    return next(later, math.inf)
