"""Docker: used as it runs; where there is none, on Debian or Ubuntu as root, installed and started."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from cluster import packages
from cluster.progress import StepFailed, output, run, say
from cluster.settings import BIN, LOGS, ROOT

_PID = Path("/var/run/docker.pid")
_RUNTIME = "lowcap"
_WRAPPER = BIN / "runc-lowcap"
"""A copy, for the daemon may outlive the source tree that started it."""
_START_SECONDS = 60


def answers() -> bool:
    """Does a daemon answer?"""
    return output(["docker", "version", "--format", "{{.Server.Version}}"], 20) is not None


def spares_sys_resource() -> bool:
    """Does the daemon that runs do without CAP_SYS_RESOURCE, as one does that we started on a host without it?"""
    return output(["docker", "info", "--format", "{{.DefaultRuntime}}"], 20) == _RUNTIME


def present(image: str) -> bool:
    """Is this image there?"""
    return image_id(image) is not None


def image_id(image: str) -> str | None:
    """The image's ID, or None."""
    return output(["docker", "image", "inspect", "--format", "{{.Id}}", image], 20)


def first_present(*images: str) -> str | None:
    """The first of these images that is there."""
    return next((image for image in images if present(image)), None)


def ensure(low_capabilities: bool) -> None:
    """A daemon that answers.

    Raises:
        StepFailed: none could be had.
    """
    if answers():
        return
    if shutil.which("dockerd") is None:
        _install()
    if Path("/run/systemd/system").is_dir():
        run("starting Docker", ["systemctl", "start", "docker"])
    else:
        _start_by_hand(low_capabilities)
    _wait()


def _install() -> None:
    say(
        "Docker is missing: installing Debian's packages docker.io, iptables and jq (outside of the cache folder)"
    )
    packages.install("docker.io", "iptables", "jq")


def _start_by_hand(low_capabilities: bool) -> None:
    _await_dying_daemon()
    say("starting the Docker daemon")
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "dockerd.log").open("a") as log:
        subprocess.Popen(
            ["dockerd", *(_low_capabilities() if low_capabilities else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _low_capabilities() -> list[str]:
    """A host without CAP_SYS_RESOURCE: a runtime that takes it out of every bundle before runc sees it."""
    _WRAPPER.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "cluster" / "runc-lowcap", _WRAPPER)
    return ["--add-runtime", f"{_RUNTIME}={_WRAPPER}", "--default-runtime", _RUNTIME]


def stop_ours() -> None:
    """Stop a daemon whose runtime lies in the cache folder: it could start nothing once that is gone."""
    if not spares_sys_resource() or not _WRAPPER.exists():
        return
    say("stopping the Docker daemon that was started for this project")
    os.kill(int(_PID.read_text()), signal.SIGTERM)
    _await_dying_daemon()


def _await_dying_daemon() -> None:
    """A daemon that is just stopping holds its pid file for up to 15 s."""
    deadline = time.monotonic() + 20
    while _PID.exists() and _runs(_PID.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.5)
    _PID.unlink(missing_ok=True)


def _runs(pid: str) -> bool:
    comm = Path("/proc") / pid / "comm"
    return bool(pid) and comm.exists() and comm.read_text().strip() == "dockerd"


def _wait() -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not answers():
        if time.monotonic() > deadline:
            raise StepFailed(f"Docker does not answer after {_START_SECONDS}s: see {LOGS / 'dockerd.log'}")
        time.sleep(0.3)
