"""Two network namespaces with a cable between them: a pod with a server in it, and its peer."""

import os
import shutil
import subprocess
import sys
import threading
from functools import cache
from typing import Self

import pytest

PORT = 5432
POD, PEER = "10.99.0.1", "10.99.0.2"
LONGEST = 120.0
"""Seconds: a test that has waited so long for a process in a namespace waits no longer."""
SERVER = f"""
import socket
listening = socket.create_server(("{POD}", {PORT}))
print("listening", flush=True)
while True:
    listening.accept()[0].close()
"""
CLIENT = f'import socket; socket.create_connection(("{POD}", {PORT}), timeout=0.2).close()'


@cache
def lacking() -> str | None:
    """Why namespaces cannot be had here; None where they can."""
    if os.geteuid() != 0:
        return "takes root: makes network namespaces"
    missing = [tool for tool in ("unshare", "nsenter", "setpriv", "nft", "ip") if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)}"
    try:
        with Namespaces() as found:
            found.in_pod("nft", "list", "tables")
    except subprocess.CalledProcessError as error:
        return f"the kernel does not give us this: {error.stderr.strip()}"
    return None


class Namespaces:
    """They go when their holders end, at the latest after `LONGEST`, with all that was started in them."""

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[str]] = []
        self._given_up = threading.Timer(LONGEST, self._kill)
        self._given_up.daemon = True
        self._given_up.start()
        self._pod, self._peer = self._holder(), self._holder()

    @property
    def pid(self) -> int:
        """Of a process in the pod's namespace."""
        return self._pod

    def __enter__(self) -> Self:
        try:
            cable = ("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0")
            self.in_pod(*cable, "netns", str(self._peer))
            for pid, address in ((self._pod, POD), (self._peer, PEER)):
                self._run(pid, "ip", "address", "add", f"{address}/24", "dev", "eth0")
                for device in ("lo", "eth0"):
                    self._run(pid, "ip", "link", "set", device, "up")
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up.cancel()
        self._kill()
        for process in self._processes:
            process.communicate()

    def _kill(self) -> None:
        for process in list(self._processes):
            process.kill()

    def _holder(self) -> int:
        process = self._start(["unshare", "--net", "sh", "-c", "echo there; exec cat"])
        assert process.stdout
        process.stdout.readline()
        return process.pid

    def _start(self, command: list[str]) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        self._processes.append(process)
        return process

    def _run(self, pid: int, *command: str) -> str:
        inside = ["nsenter", "--target", str(pid), "--net", *command]
        return subprocess.run(inside, capture_output=True, text=True, check=True, timeout=LONGEST).stdout

    def in_pod(self, *command: str) -> str:
        """Run a command in the pod's namespace; its output."""
        return self._run(self._pod, *command)

    def start_in_pod(self, *command: str) -> subprocess.Popen[str]:
        """Start a process in the pod's namespace."""
        return self._start(["nsenter", "--target", str(self._pod), "--net", *command])

    def in_peer(self, *command: str) -> str:
        """Run a command in the peer's namespace; its output."""
        return self._run(self._peer, *command)

    def start_in_peer(self, *command: str) -> subprocess.Popen[str]:
        """Start a process in the peer's namespace."""
        return self._start(["nsenter", "--target", str(self._peer), "--net", *command])

    def serve(self) -> None:
        """A server in the pod."""
        out = self.start_in_pod(sys.executable, "-c", SERVER).stdout
        assert out
        assert out.readline() == "listening\n"

    def connects(self) -> bool:
        """Does the peer get a connection to the pod's server?"""
        try:
            self._run(self._peer, sys.executable, "-S", "-c", CLIENT)
        except subprocess.CalledProcessError:
            return False
        return True


needs_namespaces = pytest.mark.skipif(lacking() is not None, reason=str(lacking()))
