"""`python3 -m inside.probe`: does traffic pass, and are CPU and memory free? Prints a JSON list of what is wrong.

Looked at from the node, and from within each pod of the service: its health, the database, the name server, the
external API; and of each container of the service how much CPU time and memory it uses. Who is idle must use little.
"""

import json
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .processes import PROC, processes

CONNECTIONS = 10
"""In a row: where a share of packets is lost, one of them fails."""
SLOWEST = 0.4
"""Seconds that one may take; so long is what the smallest latency of any round makes of it."""
MOST_CPU, MOST_MEMORY = 0.3, 0.65
"""Of its limits: less than the least pressure of any round."""
_WINDOW = 0.5
_SSL_REQUEST = struct.pack(">II", 8, 80877103)
_NAME = "postgres.staging.svc.cluster.local"


def main() -> list[str]:
    """Everything that is wrong."""
    services, databases, apis = (
        _of("python", "-m", "service"),
        _of("postgres", "-D"),
        _of("python", "-m", "service.external"),
    )
    if not services or not databases or not apis:
        return [
            f"{len(services)} processes of the service, {len(databases)} of the database, {len(apis)} of the API"
        ]
    database, api = (_inside(one[0], "address") for one in (databases, apis))
    told = {"database": database, "external API": api}
    wrong = [f"{who}: {said}" for who, said in told.items() if len(said.split(".")) != 4]
    for pid in services:
        address = _inside(pid, "address")
        wrong += _tried(f"the node to {address}", partial(healthy, address))
        if said := _inside(pid, "from", database, _resolver(pid), api):
            wrong.append(f"from {address}: {said}")
    return wrong + _pressed([*services, *apis])


def _of(*command: str) -> list[int]:
    """Processes that were started so, one a network namespace."""
    found: dict[str, int] = {}
    for pid in sorted(processes()):
        try:
            program, *words = (PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if (program.rpartition("/")[2], *words[: len(command) - 1]) == command:
                found.setdefault(str((PROC / str(pid) / "ns" / "net").readlink()), pid)
        except OSError:
            continue
    return list(found.values())


def _inside(pid: int, *words: str) -> str:
    """What this module says when it is run in a process's network; what is wrong with it where it fails."""
    command = ["nsenter", "-t", str(pid), "-n", sys.executable, "-m", "inside.probe", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


def _resolver(pid: int) -> str:
    lines = (PROC / str(pid) / "root/etc/resolv.conf").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("nameserver"))


def own_address() -> str:
    """Of this network namespace: nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect(("10.255.255.255", 1))
        return str(asked.getsockname()[0])


def _tried(what: str, attempt: Callable[[], None]) -> list[str]:
    try:
        attempt()
    except (OSError, AssertionError) as error:
        return [f"{what}: {error}"]
    return []


def healthy(address: str) -> None:
    """The service, or the external API, answers, time and again."""
    for _ in range(CONNECTIONS):
        began = time.monotonic()
        with socket.create_connection((address, 8080), SLOWEST) as line:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            said = line.recv(100)
        assert b" 200 " in said, f"{address}/healthz says {said[:40]!r}"
        _in_time(began)


def database_answers(address: str) -> None:
    """It says whether it speaks TLS: one byte, before anybody has to say who they are."""
    for _ in range(CONNECTIONS):
        began = time.monotonic()
        with socket.create_connection((address, 5432), SLOWEST) as line:
            line.sendall(_SSL_REQUEST)
            said = line.recv(1)
        assert said in (b"N", b"S"), f"the database says {said!r}"
        _in_time(began)


def names_resolve(resolver: str) -> None:
    """The database's name has an address."""
    name = b"".join(bytes([len(one)]) + one.encode() for one in _NAME.split(".")) + b"\0"
    for number in range(CONNECTIONS):
        header = struct.pack(">HHHHHH", number, 0x100, 1, 0, 0, 0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.settimeout(SLOWEST)
            line.sendto(header + name + struct.pack(">HH", 1, 1), (resolver, 53))
            said = line.recv(512)
        code, answers = said[3] & 0xF, said[7]
        assert code == 0, f"{_NAME} does not resolve: code {code}"
        assert answers, f"{_NAME} has no address"


def _in_time(began: float) -> None:
    took = time.monotonic() - began
    assert took < SLOWEST, f"an answer took {took:.2f}s"


def _pressed(pids: list[int]) -> list[str]:
    """Containers that use more than they should when nobody asks anything of them."""
    before = {pid: _cpu_seconds(pid) for pid in pids}
    time.sleep(_WINDOW)
    wrong = []
    for pid in pids:
        share = (_cpu_seconds(pid) - before[pid]) / _WINDOW / _cpu_limit(pid)
        memory = _number(pid, "memory", "memory.usage_in_bytes", "memory.current") - _idle_files(pid)
        of_memory = memory / _number(pid, "memory", "memory.limit_in_bytes", "memory.max")
        if share > MOST_CPU:
            wrong.append(f"process {pid}'s container uses {share:.0%} of its CPU limit")
        if of_memory > MOST_MEMORY:
            wrong.append(f"process {pid}'s container uses {of_memory:.0%} of its memory limit")
    return wrong


def _file(pid: int, controller: str, old: str, new: str) -> Path:
    """Of the container's cgroup: as version 1 has it, or version 2."""
    top = PROC / str(pid) / "root/sys/fs/cgroup"
    return top / new if (top / "cgroup.controllers").exists() else top / controller / old


def _number(pid: int, controller: str, old: str, new: str) -> float:
    return float(_file(pid, controller, old, new).read_text())


def _named(pid: int, controller: str, old: str, new: str, name: str) -> float:
    lines = _file(pid, controller, old, new).read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.split()[0] == name)


def _idle_files(pid: int) -> float:
    return _named(pid, "memory", "memory.stat", "memory.stat", "inactive_file")


def _cpu_seconds(pid: int) -> float:
    if (PROC / str(pid) / "root/sys/fs/cgroup/cgroup.controllers").exists():
        return _named(pid, "", "", "cpu.stat", "usage_usec") / 1e6
    return _number(pid, "cpuacct", "cpuacct.usage", "") / 1e9


def _cpu_limit(pid: int) -> float:
    if (PROC / str(pid) / "root/sys/fs/cgroup/cgroup.controllers").exists():
        quota, period = _file(pid, "", "", "cpu.max").read_text().split()
        return float(quota) / float(period)
    return _number(pid, "cpu", "cpu.cfs_quota_us", "") / _number(pid, "cpu", "cpu.cfs_period_us", "")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["address"]:
            print(own_address())
        case ["from", where, named, asked]:
            database_answers(where)
            names_resolve(named)
            healthy(asked)
        case _:
            print(json.dumps(main()))
