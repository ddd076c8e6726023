"""Inside the bench's container: a coordinator and a worker at full rate, their memory looked at all the time.

`soak.py MINUTES`. In the first half the time series of a day come in, in the other half each second brings its own.
Prints one JSON object: who → [[seconds, megabytes], …], requests a second, seconds of time series by the half's end.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.contest.contest import plan, target, until_started
from benchmarks.contest.cores import GENERATOR_CORE, TARGET_CORE

from stresscampaigns.api.load_events import assemble_result, parse_events

DAY = 86_400
FASTEST = 96.0
"""Seconds of the day in a real one: a whole day in a quarter of an hour. A shorter soak brings a part of a day."""
USERS = 64
LOOK_SECONDS = 5.0
SCRAPE = "http://127.0.0.1:9646/metrics"
Samples = dict[str, list[tuple[float, float]]]


def main() -> None:
    """The soak, as long as the command line says."""
    seconds = round(60 * float(sys.argv[1]))
    factor = min(FASTEST, DAY / (seconds / 2))
    with target(), _load(seconds, factor) as processes:
        coordinator, worker = processes
        log = until_started(coordinator)
        samples = _looked_at({"coordinator": coordinator, "worker": worker}, seconds - LOOK_SECONDS)
        log += coordinator.communicate()[0]
        worker.wait()
    if coordinator.returncode or worker.returncode:
        raise RuntimeError(f"the load ended before its time:\n{log[-2000:]}")
    result = assemble_result(parse_events(log))
    completed = sum(second.completed for second in result.seconds)
    told = {
        "samples": samples,
        "rate": completed / seconds,
        "series": factor * seconds / 2,
    }
    print(json.dumps(told), flush=True)


@contextmanager
def _load(seconds: int, factor: float) -> Iterator[list["subprocess.Popen[str]"]]:
    """The two, their time series growing so many times as fast as they should."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        file.write_text(plan({"users": USERS, "duration": seconds}).model_dump_json())
        words = [sys.executable, str(Path(__file__).with_name("day.py"))]
        roles = [(TARGET_CORE, ["coordinator"]), (GENERATOR_CORE, ["worker", "--coordinator", "127.0.0.1"])]
        processes = [
            subprocess.Popen(
                ["taskset", "-c", core, *words, *role, "--plan", str(file)],
                stdout=subprocess.PIPE if role[0] == "coordinator" else None,
                text=True,
                env={**os.environ, "DAY_SECONDS": str(factor), "FAST_UNTIL": str(seconds / 2)},
            )
            for core, role in roles
        ]
        try:
            yield processes
        finally:
            for process in processes:
                process.kill()
                process.wait()


def _looked_at(processes: dict[str, "subprocess.Popen[str]"], seconds: float) -> Samples:
    """Resident memory every few seconds, while both are there; in between Prometheus comes by."""
    found: Samples = {who: [] for who in processes}
    began = last = time.monotonic()
    while time.monotonic() - began < seconds and all(one.poll() is None for one in processes.values()):
        _scrape()
        if time.monotonic() - last >= LOOK_SECONDS:
            last = time.monotonic()
            for who, process in processes.items():
                found[who].append((round(last - began, 2), _resident_megabytes(process.pid)))
        time.sleep(0.5)
    return found


def _scrape() -> None:
    with suppress(OSError), urllib.request.urlopen(SCRAPE, timeout=10) as answer:  # it may just have ended
        answer.read()


def _resident_megabytes(pid: int) -> float:
    (line,) = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(line) / 1000


if __name__ == "__main__":
    main()
