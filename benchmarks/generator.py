"""What one core of the generator can do, beside its peers in the same run, in a container that has loopback alone."""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contest.contest import IN_TIME_MS, TIMES_K6, TIMES_LOCUST
from benchmarks.figure import Figure
from benchmarks.precedence import NOBODYS, precedence
from cluster.settings import NODE
from cluster.tools import go_build

_CONTEST = Path(__file__).parent / "contest"
_IMAGE, _ARENA = "stresscampaigns/bench:dev", "stresscampaigns/bench-arena:dev"
STEADIEST = 3
"""So many of the open model's tries count."""
_HARDENED = ["--network", "none", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only"]
_OWN_FOLDERS = ["--tmpfs", "/tmp:mode=1777", "--tmpfs", "/var/log/nginx:mode=1777"]  # noqa: S108 - the container's own


def measure() -> list[Figure]:
    """Build the contestants, let them compete on cores of their own, compare medians."""
    _build(_IMAGE, "contest", with_k6=True)
    with precedence() as first:
        told = _told_by(_contained(_IMAGE, "benchmarks.contest.contest", options=first))
    in_company = _told_by(_contained(_IMAGE, "benchmarks.contest.company"))
    return _figures(told, _Company(in_company, bool(first)))


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


def _contained(image: str, *module: str, options: Sequence[str] = ()) -> list[str]:
    return ["docker", "run", "--rm", *options, *_HARDENED, *_OWN_FOLDERS, image, *module]


def _build(image: str, target: str, with_k6: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder) / "contest"
        shutil.copytree(_CONTEST, stage)
        if with_k6:
            shutil.copy(go_build("k6", "go.k6.io/k6"), stage / "k6")
        command = ["docker", "build", "-q", "-t", image, "--target", target, str(stage)]
        subprocess.run(command, check=True, stdout=sys.stderr)


@dataclass(frozen=True)
class _Company:
    """The same load's tries where the machine's own tasks come first as ever; did the contest come before them?"""

    tries: list[dict[str, float]]
    contest_came_first: bool

    def __str__(self) -> str:
        told = ", ".join(f"{one['send_error_p99_ms']:.2f}" for one in self.tries)
        waited = ", ".join(f"{1000 * one['waited']:.0f}" for one in self.tries)
        shared = f"on cores shared with the machine's own tasks {told} ms (waited {waited} ms a second)"
        return shared if self.contest_came_first else f"{NOBODYS}; {shared}"


def _figures(told: dict[str, Any], company: _Company) -> list[Figure]:
    return [
        *_closed(told["rounds"]),
        *_open(
            _Tries(told["open"]),
            _median(told["rounds"], "k6 open", "cpu_us"),
            _median(told["rounds"], "k6 open"),
            _in_time(told["in_time"]),
            company,
        ),
        _promised(told["promised"]),
        *_agents(told["agents"]),
        Figure("recording, a request", told["recording"]["us"], 3, "us", "40,000 requests of one second"),
    ]


def _median(rounds: list[dict[str, Any]], contestant: str, what: str = "rate") -> float:
    return float(statistics.median(one[contestant][what] for one in rounds))


def _closed(rounds: list[dict[str, Any]]) -> list[Figure]:
    """Everybody's rate is over the whole time."""
    k6, locust, wrk = (_median(rounds, peer) for peer in ("k6", "locust", "wrk"))
    ours = {who: _median(rounds, who) for who in ("scenario", "scripted", "unchanged")}
    told = {
        who: f"{rate:.0f}/s, {_median(rounds, who, 'middle'):.0f}/s in the seconds between first and last"
        for who, rate in ours.items()
    }
    peers = f"k6 {k6:.0f}/s, FastHttpUser {locust:.0f}/s, wrk {wrk:.0f}/s"
    scripted = "scripted with our client: times FastHttpUser"
    return [
        Figure(
            "one core, closed: times k6",
            ours["scenario"] / k6,
            TIMES_K6,
            "x",
            f"ours {told['scenario']}; {peers}",
            True,
        ),
        Figure(
            "one core, closed: times FastHttpUser",
            ours["scenario"] / locust,
            TIMES_LOCUST,
            "x",
            "the same run",
            True,
        ),
        Figure(scripted, ours["scripted"] / locust, 2, "x", told["scripted"], True),
        Figure("unchanged Locust file: of stock", _paired(rounds), 0.9, "x", told["unchanged"], True),
    ]


def _paired(rounds: list[dict[str, Any]]) -> float:
    """The median of the rounds' own ratios: both rates change with the machine's speed, by a tenth."""
    return float(statistics.median(one["unchanged"]["rate"] / one["locust"]["rate"] for one in rounds))


@dataclass(frozen=True)
class _Tries:
    """The tries come in the order of how much the machine's own speed changed meanwhile: those count that it let be."""

    all: list[dict[str, float]]

    def median(self, what: str) -> float:
        """Of those that count."""
        return float(statistics.median(one[what] for one in self.all[:STEADIEST]))

    def highest(self, what: str) -> float:
        """Of all."""
        return max(one[what] for one in self.all)

    def milliseconds(self, what: str, digits: int = 0) -> str:
        """Both, in words."""
        return f"{self.median(what):.{digits}f} ms, {self.highest(what):.{digits}f} ms at most"

    @property
    def changed(self) -> str:
        """What the machine did to them, in words."""
        return (
            f"the machine's own speed changed by {self.median('changed'):.0%} in the {STEADIEST} tries that count, "
            f"by {self.highest('changed'):.0%} at most; the host held its cores back for "
            f"{self.milliseconds('stolen_ms')}, in a try"
        )


def _promised(tries: list[dict[str, float]]) -> Figure:
    """The send error at the rate that ours has to reach: who is faster than that need not be as punctual there.

    Of the two tries in the middle it is the worse one.
    """
    middle = tries[len(tries) // 2]
    errors = ", ".join(f"{one['send_error_p99_ms']:.2f}" for one in tries)
    waited = ", ".join(f"{1000 * one['waited']:.0f}" for one in tries)
    dropped = sum(one["dropped"] for one in tries)
    return Figure(
        f"open, 80 % of {TIMES_K6:g}x k6 and {TIMES_LOCUST:g}x FastHttpUser: send error, p99",
        middle["send_error_p99_ms"],
        IN_TIME_MS,
        "ms",
        f"{middle['asked']:.0f}/s; its tries {errors} ms; waited for its core {waited} ms a second, "
        f"{middle['cpu']:.0%} busy; "
        f"dropped in all {dropped:.0f}; CPU {middle['cpu_us']:.1f} us a request",
    )


def _in_time(shares: list[dict[str, float]]) -> str:
    """In words: at which lower rates arrivals were sent how late, and up to which they were in time."""
    told = ", ".join(f"{one['share']:.0%} {one['send_error_p99_ms']:.2f} ms" for one in shares)
    last = shares[-1]
    if last["send_error_p99_ms"] <= IN_TIME_MS:
        return f"within 1 ms up to {last['rate']:.0f}/s ({told})"
    return f"within 1 ms at none of the lower rates that were tried ({told})"


def _open(tries: _Tries, k6_cpu: float, k6_rate: float, lower: str, company: _Company) -> list[Figure]:
    median, highest, told = tries.median, tries.highest, tries.milliseconds
    worst, slowest = f"the worst of {len(tries.all)} tries", min(one["reached"] for one in tries.all)
    error, cpu, dropped = "send_error_p99_ms", "cpu_us", "dropped"
    return [
        Figure(
            "open, 80 % of that rate: send error, p99",
            median(error),
            IN_TIME_MS,
            "ms",
            f"{worst} {highest(error):.2f} ms; {lower}; {company}; "
            f"waited for its core {1000 * median('waited'):.0f} ms a second, {median('cpu'):.0%} busy; "
            f"k6's own at 80 % of its rate: {told('k6_error_p99_ms', 1)}; "
            f"nginx waited {told('target_waited_ms')}, for its own; {tries.changed}",
        ),
        Figure(
            "open, 80 %: reached of asked",
            median("reached"),
            0.99,
            "x",
            f"{median('middle'):.0f} of {median('asked'):.0f}/s; {worst} {slowest:.3f}",
            True,
        ),
        Figure(
            "open, 80 %: dropped",
            median(dropped),
            0,
            "arrivals",
            f"of {median('arrived'):.0f}; {worst} {highest(dropped):.0f}",
        ),
        Figure(
            "open, 80 %: CPU a request",
            median(cpu),
            k6_cpu,
            "us",
            f"{worst} {highest(cpu):.1f} us; k6 constant-arrival-rate at 80 % of its own rate: {k6_rate:.0f}/s",
        ),
    ]


def _agents(agents: dict[str, float]) -> list[Figure]:
    """A thousand of `agent-workflow` on two workers, which have to share the generator's one core."""
    who = "1,000 agents on two workers"
    rate = f"{agents['rate']:.0f}/s of agent-workflow"
    return [
        Figure(f"{who}: memory of the larger", agents["megabytes"], 300, "MB", "VmHWM when it had ended"),
        Figure(f"{who}: CPU of both together", agents["cpu"], 0.8, "cores", f"{rate}; both on one core"),
        Figure(f"{who}: failed", agents["failed"], 0, "requests", f"of {agents['completed']:.0f}, {rate}"),
    ]
