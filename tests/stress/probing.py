"""Probes: small programs in pods that look, from outside of the fault, what it does; and what they saw in its time.

Every clock is this machine's, so what a probe saw can be held against the times in the run's record.
"""

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import IO, Any

from demo.kubectl import ROOT, get, run
from stresscampaigns.api.record import Record
from stresscampaigns.record.asking import read
from tests.e2e.campaigns import NAMESPACE, delete, finished, start, status_of
from tests.e2e.waiting import eventually
from tests.stress.rehearsals import with_verdict
from tests.stress.single_pod import put_pod

INSIDE = Path(__file__).parent / "inside"
PROBE = "probe"
SCRATCH = "/scratch"
"""A volume in memory, in the probe's pod."""


@dataclass(frozen=True)
class Probe:
    """A program of `inside`, and the pod that it runs in: `deploy/agents`, `probe`."""

    where: str
    program: str
    arguments: Sequence[object]

    def begin(self, seconds: float) -> "Watching":
        """For so many seconds. What it prints goes into a file: a pipe that nobody reads would stop it."""
        code = (INSIDE / f"{self.program}.py").read_text()
        told = [str(one) for one in (*self.arguments, f"{seconds:.0f}")]
        command = ["kubectl", "-n", NAMESPACE, "exec", self.where, "--", "python3", "-c", code, *told]
        printed = tempfile.TemporaryFile("w+")  # noqa: SIM115 - `end` closes it
        return Watching(subprocess.Popen(command, stdout=printed, text=True, cwd=ROOT), printed)


@dataclass(frozen=True)
class Watching:
    """A probe that is under way."""

    process: "subprocess.Popen[str]"
    printed: IO[str]

    def end(self) -> "list[Row]":
        """All that it saw."""
        try:
            self.process.wait(timeout=60)
        finally:
            self.process.kill()
        self.printed.seek(0)
        lines = [line.split() for line in self.printed]
        self.printed.close()
        return [Row(float(first), tuple(rest)) for first, *rest in lines if rest]


@dataclass(frozen=True)
class Row:
    """One line of a probe's."""

    at: float
    words: tuple[str, ...]

    def number(self, index: int) -> float:
        """One of its words as a number."""
        return float(self.words[index])


@dataclass(frozen=True)
class Window:
    """From when until when, seconds since the epoch."""

    start: float
    end: float

    def inner(self, margin: float = 0.3, length: float = 0.0) -> "Window":
        """Without its edges. `length`: of what each row of a probe tells."""
        return Window(self.start + margin, self.end - margin - length)

    def __contains__(self, moment: float) -> bool:
        return self.start <= moment <= self.end


@dataclass(frozen=True)
class Observed:
    """A run that is over, and what its probes saw."""

    status: dict[str, Any]
    seen: Mapping[str, list[Row]] = field(default_factory=dict)
    record: Record | None = None

    def fault(self, name: str) -> dict[str, Any]:
        """Its record."""
        return next(dict(fault) for fault in self.status["faults"] if fault["name"] == name)

    def window(self, name: str) -> Window:
        """Since when and until when the fault was in force, as its sidecars told: in all of its pods at once."""
        pods = self.fault(name)["pods"]
        return Window(max(pod["injectedAt"] for pod in pods), min(pod["endedAt"] for pod in pods))

    def during(self, probe: str, name: str, margin: float = 0.3, length: float = 0.0) -> list[Row]:
        """What a probe saw in the fault's time."""
        window = self.window(name).inner(margin, length)
        return [row for row in self.seen[probe] if row.at in window]

    def before(self, probe: str, name: str, seconds: float = 4.0) -> list[Row]:
        """What it saw right before it."""
        start = self.window(name).start
        return [row for row in self.seen[probe] if row.at in Window(start - seconds, start - 0.5)]

    def after(self, probe: str, name: str, seconds: float = 4.0, wait: float = 1.0) -> list[Row]:
        """What it saw soon after it."""
        end = self.window(name).end
        return [row for row in self.seen[probe] if row.at in Window(end + wait, end + wait + seconds)]


Begun = dict[str, Watching]


def nothing_more(_: str) -> Begun:
    """No hand is laid on anything in the middle of a run."""
    return {}


def observe(
    manifest: dict[str, Any], probes: Mapping[str, Probe], meanwhile: Callable[[str], Begun] = nothing_more
) -> Observed:
    """Run a campaign while the probes look on.

    Args:
        meanwhile: the run's name → probes that it has begun, once the load is on.
    """
    name = manifest["metadata"]["name"]
    stages = manifest["spec"]["load"]["stages"]
    seconds = sum(float(stage["duration"].removesuffix("s")) for stage in stages)
    run_name = start(manifest)
    try:
        eventually(lambda: (status_of(run_name).get("load") or {}).get("startedAt"), 150, "the load is on")
        begun = {key: probe.begin(seconds) for key, probe in probes.items()}
        begun |= meanwhile(run_name)
        status = finished(run_name, seconds + 120)
        seen = {key: watching.end() for key, watching in begun.items()}
        record = record_of(run_name)
    finally:
        delete(name)
    return Observed(status, seen, record)


def record_of(run_name: str) -> Record:
    """All that was measured."""
    labels = f"stresscampaigns.dev/run={run_name},stresscampaigns.dev/role=record"
    return read(run("kubectl", "-n", NAMESPACE, "get", "configmap", "-l", labels, "-o", "json"))


def outcomes(rows: Sequence[Row]) -> set[str]:
    """All that came of it."""
    return {row.words[0] for row in rows}


def connecting(rows: Sequence[Row]) -> float:
    """The median time that a connection takes."""
    assert len(rows) > 10, "the probe saw too little"
    return median(row.number(1) for row in rows)


def arrived(observed: Observed, fault: str) -> tuple[float, float]:
    """Of the datagrams that were sent under a fault: the share that came, and the share that came twice."""
    sent = observed.during("sent", fault, length=0.5)
    came = {row.at: row for row in observed.seen["came"]}
    total = sum(row.number(0) for row in sent)
    assert total > 3000, "the probe sent too little"
    got = [came[row.at] for row in sent if row.at in came]
    return sum(row.number(0) for row in got) / total, sum(row.number(1) for row in got) / total


def address(app: str) -> str:
    """Of the one pod of an app."""
    (pod,) = pods(app)
    return str(pod["status"]["podIP"])


def pods(app: str) -> list[dict[str, Any]]:
    """Those of an app that are there."""
    found = get("-n", NAMESPACE, "pods", "-l", f"app={app}") or {"items": []}
    return [one for one in found["items"] if not one["metadata"].get("deletionTimestamp")]


def put_probe() -> None:
    """A pod beside the staging system, which nothing is put into but a full disk."""
    volume = {"name": "scratch", "emptyDir": {"medium": "Memory", "sizeLimit": "16Mi"}}
    mounts = [{"name": "scratch", "mountPath": SCRATCH}]
    put_pod(PROBE, ["sleep", "infinity"], {"volumeMounts": mounts}, {"volumes": [volume]})


def take_probe() -> None:
    """It goes."""
    run("kubectl", "-n", NAMESPACE, "delete", "pod", PROBE, "--ignore-not-found", "--grace-period=0")


def as_json(observed: Observed) -> str:
    """What the run said, for whoever must find out why a test failed."""
    return json.dumps(observed.status, indent=1)[:8000]


def is_well_afterwards(observed: Observed, but: set[str] | None = None) -> None:
    """Every fault is proven to have ended, and was got over; every check passed, but those that must not."""
    status = observed.status
    outcomes_of = {pod["outcome"] for fault in status["faults"] for pod in fault["pods"]}
    assert outcomes_of == {"Ended"}, as_json(observed)
    assert with_verdict(status, "Inconclusive") == set(), as_json(observed)
    assert with_verdict(status, "Failed") == (but or set()), as_json(observed)
    assert status["verdict"] == ("Failed" if but else "Passed"), status["message"]
