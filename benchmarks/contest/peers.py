"""The peers in the contest, each on the generator's core, each as its own users run it."""

import json
import math
import os
import re
import subprocess
import tempfile
from pathlib import Path

from benchmarks.contest.cores import pinned, share_of_core

URL = "http://127.0.0.1:8098"
SECONDS = 6
Measured = dict[str, float]


def wrk() -> Measured:
    """Its rate, closed."""
    told = subprocess.run(
        pinned("wrk", "-t1", "-c64", f"-d{SECONDS}", URL), check=True, capture_output=True, text=True
    ).stdout
    return {"rate": float(re.findall(r"Requests/sec:\s+([0-9.]+)", told)[0])}


def k6(script: str, *variables: str) -> Measured:
    """One of its scripts, with these variables: rate, CPU a request, and, where the script tells it, the send error."""
    environment = [word for variable in variables for word in ("-e", variable)]
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder) / "summary.json"
        command = pinned(
            "k6", "run", "-q", *environment, "--summary-export", str(summary), f"/contest/{script}"
        )
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "GOMAXPROCS": "1"},
        )
        cpu = share_of_core([process.pid]).used
        if process.wait():
            raise RuntimeError(f"k6 failed: exit code {process.returncode}")
        metrics = json.loads(summary.read_text())["metrics"]
    rate = float(metrics["http_reqs"]["rate"])
    lateness = metrics.get("lateness", {})
    return {"rate": rate, "cpu_us": 1e6 * cpu / rate, "send_error_p99_ms": lateness.get("p(99)", math.nan)}


def stock_locust() -> Measured:
    """Locust by itself, in one process, counting the whole time as it does."""
    with tempfile.TemporaryDirectory() as folder:
        command = pinned("locust", "-f", "/contest/fast_user.py", "--headless", "-u", "64", "-r", "1000")
        options = ["-t", f"{SECONDS}s", "-H", URL, "--json", "--only-summary"]
        told = subprocess.run(
            [*command, *options], capture_output=True, text=True, cwd=folder, check=False
        ).stdout
    (entry,) = json.loads(told[told.index("[") :])
    took = entry["last_request_timestamp"] - entry["start_time"]
    return {"rate": entry["num_requests"] / took}
