"""The container from which the node is looked at: it shares its processes and its network, and asks no Kubernetes."""

import asyncio
import json
from pathlib import Path
from typing import Any, Self

from cluster.settings import NODE
from demo.kubectl import run

IMAGE = "stresscampaigns/fault:dev"
"""It has Python and nft."""
_NAME = "stresscampaigns-torture"
_INSIDE = Path(__file__).parent / "inside"


class Lookout:
    """There from `with` to its end."""

    def __init__(self, node: str = NODE) -> None:
        """Of this node, which is a container, too."""
        self._node = node

    def __enter__(self) -> Self:
        """Started; one of an older run goes first."""
        self._remove()
        seen = ("--privileged", f"--pid=container:{self._node}", f"--network=container:{self._node}")
        run(
            "docker",
            "run",
            "-d",
            "--name",
            _NAME,
            *seen,
            "-w",
            "/torture",
            "--entrypoint",
            "sleep",
            IMAGE,
            "infinity",
        )
        run("docker", "cp", str(_INSIDE), f"{_NAME}:/torture/inside")
        return self

    def __exit__(self, *raised: object) -> None:
        """Taken away."""
        self._remove()

    def _remove(self) -> None:
        run("docker", "rm", "-f", "-v", _NAME)

    async def ask(self, module: str, *words: str) -> Any:
        """What a module of `inside` prints, as JSON."""
        command = ("docker", "exec", _NAME, "python3", "-m", f"inside.{module}", *words)
        return json.loads(await asyncio.to_thread(run, *command))

    def within(self, pid: str, *command: str, stdin: str = "") -> str:
        """What a command prints in the network namespace of a process of the node."""
        return run("docker", "exec", "-i", _NAME, "nsenter", "-t", pid, "-n", *command, stdin=stdin)
