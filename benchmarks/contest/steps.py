"""Inside the bench's container: how far apart do two workers begin a stage?

Each user says once, when it comes to be, of which worker it is. Prints one JSON object: for each stage the seconds
between the first new user of one worker and that of the other.
"""

import json
import re
import sys
import tempfile
import time
from collections import defaultdict
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.contest.contest import plan
from benchmarks.contest.peers import URL
from gevent import subprocess  # the server below answers while this waits
from gevent.server import StreamServer

WORKERS = 2
NEW_USERS = [20, 40, 60, 80]
"""Of both workers together, stage by stage."""
STAGE_SECONDS = 3
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def main() -> None:
    """One load of four stages."""
    came: defaultdict[bytes, list[float]] = defaultdict(list)

    def handle(sock: Any, _: object) -> None:
        while request := sock.recv(65536):
            came[re.findall(rb"X-Worker: (\d+)", request)[0]].append(time.monotonic())
            sock.sendall(ANSWER)

    where = urlsplit(URL)
    StreamServer((where.hostname, where.port), handle, backlog=1024).start()
    _load()
    one, other = came.values()
    firsts = [0, *accumulate(new // WORKERS for new in NEW_USERS[:-1])]
    print(json.dumps({"apart": [abs(one[first] - other[first]) for first in firsts]}), flush=True)


def _load() -> None:
    stages = [{"users": users, "duration": STAGE_SECONDS} for users in accumulate(NEW_USERS)]
    load = plan(*stages, workers=WORKERS, locustfile="/contest/steps_user.py")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        file.write_text(load.model_dump_json())
        command = [sys.executable, "-m", "stresscampaigns.load"]
        worker = [*command, "worker", "--plan", str(file), "--coordinator", "127.0.0.1"]
        processes = [
            subprocess.Popen([*command, "coordinator", "--plan", str(file)], stdout=subprocess.DEVNULL),
            *(subprocess.Popen(worker) for _ in range(WORKERS)),
        ]
        codes = [process.wait() for process in processes]
    if any(codes):
        raise RuntimeError(f"the load failed: exit codes {codes}")


if __name__ == "__main__":
    main()
