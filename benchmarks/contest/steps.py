"""Inside the bench's container: how far apart do two workers begin a stage?

Each user says once, when it comes to be, of which worker it is. Prints one JSON object: for each stage the seconds
between the first new user of one worker and that of the other.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from gevent import monkey

monkey.patch_all()

from gevent.server import StreamServer  # noqa: E402 - after patching

from stresscampaigns.api.load import LoadPlan  # noqa: E402

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

    server = StreamServer(("127.0.0.1", 0), handle, backlog=1024)
    server.start()
    _load(f"http://127.0.0.1:{server.server_port}")
    one, other = came.values()
    firsts = [sum(NEW_USERS[:stage]) // WORKERS for stage in range(len(NEW_USERS))]
    print(json.dumps({"apart": [abs(one[first] - other[first]) for first in firsts]}), flush=True)


def _load(url: str) -> None:
    users = [sum(NEW_USERS[: stage + 1]) for stage in range(len(NEW_USERS))]
    stages = [
        {"name": f"stage-{number}", "users": many, "duration": STAGE_SECONDS}
        for number, many in enumerate(users)
    ]
    words = {"run": "bench", "campaign": "bench", "namespace": "none", "url": url, "workers": WORKERS}
    load = LoadPlan.model_validate(
        words | {"stages": stages, "locustfile": "/contest/steps_user.py", "stop_timeout": 2}
    )
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
