"""What one core of the generator can do, beside its peers in the same run, in a container that has loopback alone."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from cluster.settings import NODE
from cluster.tools import go_build

_CONTEST = Path(__file__).parent / "contest"
_IMAGE, _ARENA = "stresscampaigns/bench:dev", "stresscampaigns/bench-arena:dev"
_HARDENED = ["--network", "none", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only"]
_OWN_FOLDERS = ["--tmpfs", "/tmp:mode=1777", "--tmpfs", "/var/log/nginx:mode=1777"]  # noqa: S108 - the container's own


def measure() -> list[Figure]:
    """Build the contestants, let them compete, compare medians."""
    _build(_IMAGE, "contest", with_k6=True)
    return _figures(_told_by(_contained(_IMAGE, "benchmarks.contest.contest")))


def in_the_arena(*module: str) -> Any:
    """What a module tells, beside our load and nginx alone, without peers."""
    _build(_ARENA, "arena", with_k6=False)
    return _told_by(_contained(_ARENA, *module))


def _told_by(command: list[str]) -> Any:
    """The JSON in its last line. The cluster stands still meanwhile: it would take its share of both cores."""
    subprocess.run(["docker", "pause", NODE], check=True, stdout=subprocess.DEVNULL)
    try:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=sys.stderr, text=True)
    finally:
        subprocess.run(["docker", "unpause", NODE], check=True, stdout=subprocess.DEVNULL)
    return json.loads(done.stdout.strip().splitlines()[-1])


def _contained(image: str, *module: str) -> list[str]:
    return ["docker", "run", "--rm", *_HARDENED, *_OWN_FOLDERS, image, *module]


def _build(image: str, target: str, with_k6: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder) / "contest"
        shutil.copytree(_CONTEST, stage)
        if with_k6:
            shutil.copy(go_build("k6", "go.k6.io/k6"), stage / "k6")
        command = ["docker", "build", "-q", "-t", image, "--target", target, str(stage)]
        subprocess.run(command, check=True, stdout=sys.stderr)


def _figures(told: dict[str, Any]) -> list[Figure]:
    rounds = told["rounds"]

    def median(contestant: str, what: str = "rate") -> float:
        return float(statistics.median(one[contestant][what] for one in rounds))

    k6, locust = median("k6"), median("locust")
    peers = f"k6 {k6:.0f}/s, FastHttpUser {locust:.0f}/s, wrk {median('wrk'):.0f}/s"
    scenario, scripted, unchanged = median("scenario"), median("scripted"), median("unchanged")
    agents, opened = told["agents"], told["open"]

    def of_open(what: str) -> float:
        return float(statistics.median(one[what] for one in opened))

    return [
        Figure(
            "one core, closed: times k6", scenario / k6, 2.5, "x", f"ours {scenario:.0f}/s, {peers}", True
        ),
        Figure("one core, closed: times FastHttpUser", scenario / locust, 4, "x", "the same run", True),
        Figure(
            "scripted with our client: times FastHttpUser",
            scripted / locust,
            2,
            "x",
            f"{scripted:.0f}/s",
            True,
        ),
        Figure("unchanged Locust file: of stock", unchanged / locust, 0.9, "x", f"{unchanged:.0f}/s", True),
        Figure(
            "open, 80 % of that rate: send error, p99",
            of_open("send_error_p99_ms"),
            1,
            "ms",
            f"{of_open('rate'):.0f} of {of_open('asked'):.0f}/s, dropped {of_open('dropped'):.0f}; "
            f"meanwhile the machine's own speed changed by {of_open('changed'):.0%}",
        ),
        Figure(
            "open, 80 %: CPU a request",
            of_open("cpu_us"),
            median("k6 open", "cpu_us"),
            "us",
            f"k6 constant-arrival-rate at 80 % of its own rate: {median('k6 open'):.0f}/s",
        ),
        Figure("1,000 agents on two workers: memory of the larger", agents["megabytes"], 300, "MB", "VmHWM"),
        Figure(
            "1,000 agents on two workers: CPU of the busier",
            agents["cpu"],
            1,
            "cores",
            f"{agents['rate']:.0f}/s, {agents['failed']:.0f} failed; both workers on one core",
        ),
        Figure("recording, a request", told["recording"]["us"], 3, "us", "40,000 requests of one second"),
    ]
