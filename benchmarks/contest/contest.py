"""Inside the bench's container, which has nothing but loopback: each generator on one core, nginx on the other.

Our coordinator gets what nginx leaves of its core (SCHED_IDLE, sched(7)): elsewhere it is not on the target's core, and
the peers have none. This script is there, too, and does next to nothing while others are measured.

Prints one JSON object: contestant → what was measured in each round, all of a round one after the other. `rate` is
everybody's over the whole time, connecting among it, as k6, wrk and Locust count it; of ours, `middle` is that of the
full seconds between the first and the last.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.contest.cores import (
    TARGET_CORE,
    Share,
    peak_megabytes,
    pinned,
    seconds_without_a_core,
    share_of_core,
    stolen_seconds,
)
from benchmarks.contest.peers import SECONDS, URL, Measured, k6, stock_locust, wrk

from stresscampaigns.api.load_events import assemble_result, parse_events
from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.load.recorder import Recorder
from stresscampaigns.stats.histogram import decode, percentile_us

NGINX = "/usr/sbin/nginx"
ROUNDS = 5
OPEN_SHARE = 0.8
OPEN_TRIES = 6
LOWER_SHARES = (0.7, 0.6, 0.5, 0.4, 0.3, 0.2)
"""Of the closed model's rate, tried in turn until arrivals are sent in time."""
IN_TIME_MS = 1.0
TIMES_K6, TIMES_LOCUST = 2.5, 4.0
"""So many times their rates ours has to reach."""


def main() -> None:
    """All contestants, in rounds."""
    os.sched_setaffinity(0, {int(TARGET_CORE)})
    with target() as nginx:
        rounds = [_round(number) for number in range(ROUNDS)]
        opened = _open_model(nginx, statistics.median(one["k6"]["rate"] for one in rounds))
        thousand = {"users": 1000, "ramp": 3, "duration": 10}
        agents = ours(plan(thousand, workers=2, think="1s", scenario="agent-workflow"))
        promised = _at_the_rate_to_reach(rounds)
        in_time = _rate_in_time(statistics.median(one["asked"] for one in opened) / OPEN_SHARE)
    told = {
        "rounds": rounds,
        "open": opened,
        "promised": promised,
        "in_time": in_time,
        "agents": agents,
        "recording": _recording(),
    }
    print(json.dumps(told), flush=True)


@contextmanager
def target() -> Iterator[int]:
    """nginx, on a core of its own; the process that answers."""
    command = ["taskset", "-c", TARGET_CORE, NGINX, "-c", "/contest/nginx.conf", "-g", "daemon off;"]
    with subprocess.Popen(command) as process:
        try:
            time.sleep(1.0)
            (answering,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            yield int(answering)
        finally:
            process.terminate()


def _round(number: int) -> dict[str, Measured]:
    def say(text: str) -> None:
        print(f"round {number + 1} of {ROUNDS}: {text}", file=sys.stderr, flush=True)

    found: dict[str, Measured] = {}
    say("closed model, and k6's open one")
    found["wrk"] = wrk()
    found["k6"] = k6("closed.js")
    found["scenario"] = ours(plan({"users": 64, "duration": SECONDS}))
    found["scripted"] = ours(plan({"users": 64, "duration": SECONDS}, locustfile="/contest/stress_user.py"))
    found["locust"] = stock_locust()
    found["unchanged"] = ours(plan({"users": 64, "duration": SECONDS}, locustfile="/contest/fast_user.py"))
    found["k6 open"] = k6("open.js", f"RATE={round(OPEN_SHARE * found['k6']['rate'])}")
    return found


def _open_model(nginx: int, k6_rate: float) -> list[Measured]:
    """At a share of the closed model's rate, which is measured before and after each try; k6 at that share of its own.

    A machine that is shared with others changes its speed from second to second, by a factor of two at times. A share
    of a rate that it reached at another speed says nothing; so tries are told in the order of how much it changed.
    """
    closed = ours(plan({"users": 64, "duration": SECONDS}))["middle"]
    tries = []
    for number in range(OPEN_TRIES):
        print(f"open model, try {number + 1} of {OPEN_TRIES}", file=sys.stderr, flush=True)
        stolen, waited = stolen_seconds(), seconds_without_a_core(nginx)
        found = ours(plan({"rate": OPEN_SHARE * closed, "duration": SECONDS + 2}))
        found["stolen_ms"] = 1000 * (stolen_seconds() - stolen)
        found["target_waited_ms"] = 1000 * (seconds_without_a_core(nginx) - waited)
        at_its_share = k6("open_lateness.js", f"RATE={round(OPEN_SHARE * k6_rate)}")
        found["k6_error_p99_ms"] = at_its_share["send_error_p99_ms"]
        before, closed = closed, ours(plan({"users": 64, "duration": SECONDS}))["middle"]
        asked = OPEN_SHARE * before
        reached = found["middle"] / asked
        tries.append({**found, "asked": asked, "reached": reached, "changed": abs(closed / before - 1)})
    return sorted(tries, key=lambda one: one["changed"])


def _at_the_rate_to_reach(rounds: list[dict[str, Measured]]) -> list[Measured]:
    """At that share of what the closed model has to reach, however much more it does: by their send error, in order."""
    to_reach = max(
        times * statistics.median(one[peer]["rate"] for one in rounds)
        for peer, times in (("k6", TIMES_K6), ("locust", TIMES_LOCUST))
    )
    tries = []
    for number in range(OPEN_TRIES):
        print(
            f"open model, at what it has to reach, try {number + 1} of {OPEN_TRIES}",
            file=sys.stderr,
            flush=True,
        )
        asked = OPEN_SHARE * to_reach
        found = ours(plan({"rate": asked, "duration": SECONDS + 2}))
        tries.append({**found, "asked": asked})
    return sorted(tries, key=lambda one: one["send_error_p99_ms"])


def _rate_in_time(closed: float) -> list[Measured]:
    """Lower shares of the closed model's rate, down to the first that is in time by the median of three tries."""
    found = []
    for share in LOWER_SHARES:
        print(f"open model, at {share:.0%}", file=sys.stderr, flush=True)
        tries = [ours(plan({"rate": share * closed, "duration": SECONDS})) for _ in range(3)]
        error = statistics.median(one["send_error_p99_ms"] for one in tries)
        found.append({"rate": share * closed, "share": share, "send_error_p99_ms": error})
        if error <= IN_TIME_MS:
            break
    return found


def plan(
    *stages: dict[str, Any],
    workers: int = 1,
    think: str = "0s",
    locustfile: str | None = None,
    scenario: str = "http",
) -> LoadPlan:
    """A load of these stages."""
    words: dict[str, Any] = {
        "run": "bench",
        "campaign": "bench",
        "namespace": "none",
        "url": URL,
        "workers": workers,
    }
    named = [{"name": f"stage-{number}", **stage} for number, stage in enumerate(stages)]
    words |= {"stages": named, "max_in_flight": 2000, "stop_timeout": 2}
    words |= (
        {"locustfile": locustfile}
        if locustfile
        else {"scenarios": [{"name": scenario, "parameters": {"thinkTime": think}}]}
    )
    return LoadPlan.model_validate(words)


def ours(load: LoadPlan) -> Measured:
    """Our coordinator beside the target, our workers on the generator's core, as the pods would run them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        file.write_text(load.model_dump_json())
        words = ["python", "-m", "stresscampaigns.load"]
        common = ["--plan", str(file)]
        beside_the_target = ["chrt", "--idle", "0", "taskset", "-c", TARGET_CORE]
        coordinator = subprocess.Popen(
            [*beside_the_target, *words, "coordinator", *common], stdout=subprocess.PIPE, text=True
        )
        command = pinned(*words, "worker", *common, "--coordinator", "127.0.0.1")
        workers = [subprocess.Popen(command) for _ in range(load.workers)]
        pids = [worker.pid for worker in workers]
        with ThreadPoolExecutor() as threads:
            peaks = threads.map(peak_megabytes, pids)
            try:
                log = until_started(coordinator)
                of_core = share_of_core(pids, after=1.5 + load.stages[0].ramp)
            except BaseException:
                for worker in workers:
                    worker.kill()
                raise
            log += coordinator.communicate()[0]
            memory = max(peaks)
        for worker in workers:
            worker.wait()
    return _figures(assemble_result(parse_events(log)), of_core, memory)


def until_started(coordinator: "subprocess.Popen[str]") -> str:
    """What the coordinator has told when the load begins."""
    log = ""
    for line in coordinator.stdout or ():
        log += line
        if '"event":"started"' in line:
            return log
    raise RuntimeError(f"the load did not start:\n{log}")


def _figures(result: LoadResult, of_core: Share, memory: float) -> Measured:
    """`of_core` and `memory` are of all workers together, and of the larger one."""
    kinds = [one.failures for window in result.windows[:1] for one in window.requests if one.failures]
    if kinds:
        print(f"failures: {kinds}", file=sys.stderr, flush=True)
    planned = int(result.windows[0].end)
    completed = [second.completed for second in result.seconds[:planned]]
    middle = sum(completed[1:-1]) / len(completed[1:-1])
    found = {
        "rate": sum(completed) / planned,
        "middle": middle,
        "cpu_us": 1e6 * of_core.used / middle,
        "cpu": of_core.used,
        "waited": of_core.waited,
        "megabytes": memory,
        "completed": float(result.totals.completed),
        "failed": float(sum(second.failed for second in result.seconds)),
        "arrived": float(result.totals.arrived),
        "dropped": float(result.totals.dropped),
    }
    if result.totals.delays:
        found["send_error_p99_ms"] = percentile_us(decode(result.totals.delays), 99) / 1000
    return found


def _recording() -> Measured:
    """Counting a request, and its share of making the report, in a second of 40,000 requests."""
    recorder = Recorder()
    recorder.start(0.0)
    count, key = 40_000, ("http", "GET /")
    latencies = [0.0005 + (number * 7919 % 10_000) / 1e6 for number in range(count)]
    began = time.perf_counter()
    for latency in latencies:
        recorder.count(key, began, latency)
    recorder.take()
    return {"us": 1e6 * (time.perf_counter() - began) / count}


if __name__ == "__main__":
    main()
