"""Looks at this machine."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from cluster import docker, registry
from cluster.preflight import Facts
from cluster.settings import BUILT_BASE, BUILT_NODE, CACHE, PUBLISHED_BASE, PUBLISHED_NODE


def look() -> Facts:
    """All that preflight decides from. The registry is asked only where an image is missing."""
    answers = docker.answers()
    warm = answers and has_images()
    return Facts(
        linux=sys.platform == "linux",
        root=os.geteuid() == 0,
        debian=is_debian(),
        docker_answers=answers,
        docker_denied=not answers and "permission denied" in _docker_error(),
        docker_spares=answers and docker.spares_sys_resource(),
        capabilities=bounding_set(),
        go=shutil.which("go") is not None,
        warm=warm,
        node_registry=not warm and registry.reachable(),
        disk_gib=shutil.disk_usage(_existing(CACHE)).free / 2**30,
        memory_gib=_memory_gib(),
    )


def has_images() -> bool:
    """Are a node image and a base image there, pulled or built?"""
    return docker.first_present(BUILT_NODE, PUBLISHED_NODE) is not None and (
        docker.first_present(BUILT_BASE, PUBLISHED_BASE) is not None
    )


def bounding_set() -> int:
    """The capabilities that this process could ever have; all of them where Linux is not the host."""
    status = Path("/proc/self/status")
    found = (
        re.search(r"^CapBnd:\s*([0-9a-f]+)", status.read_text(), re.MULTILINE) if status.exists() else None
    )
    return int(found[1], 16) if found else -1


def is_debian() -> bool:
    """Debian, Ubuntu, or one that is like them?"""
    release = Path("/etc/os-release")
    return (
        release.exists()
        and re.search(r"^ID(_LIKE)?=.*(debian|ubuntu)", release.read_text(), re.MULTILINE) is not None
    )


def _docker_error() -> str:
    try:
        done = subprocess.run(["docker", "version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stderr.lower()


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)


def _memory_gib() -> float:
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        return float("inf")
    found = re.search(r"^MemAvailable:\s*(\d+) kB", meminfo.read_text(), re.MULTILINE)
    return int(found[1]) / 2**20 if found else float("inf")
