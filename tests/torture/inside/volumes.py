"""What is left on the volume that is there to be filled."""

import os
from pathlib import Path

from .processes import PROC, processes

PATH = "/torture-scratch"
"""Where it is mounted. Nobody but a fault writes there."""


def on_volumes(path: str = PATH) -> list[str]:
    """Files with a name, and space that is taken by any without; in words, of each such volume once."""
    found: dict[int, str] = {}
    for pid in processes():
        volume = PROC / str(pid) / "root" / path.lstrip("/")
        try:
            if words := _on(volume):
                found[volume.stat().st_dev] = f"volume {path}: {words}"
        except OSError:
            continue  # the process has gone, or has no such volume
    return list(found.values())


def _on(volume: Path) -> str | None:
    names, space = sorted(os.listdir(volume)), os.statvfs(volume)
    taken = (space.f_blocks - space.f_bfree) * space.f_frsize
    if not names and not taken:
        return None
    return f"{taken} bytes are taken, files: {', '.join(names) or 'none with a name'}"
