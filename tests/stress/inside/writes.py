"""Writes a small file ten times a second and takes it away again. A line each: when, and `written` or `full`.

PATH SECONDS.
"""

import errno
import sys
import time
from pathlib import Path

EVERY = 0.1


def write(file: Path) -> str:
    """What came of it."""
    try:
        file.write_bytes(bytes(64 * 1024))
    except OSError as error:
        return "full" if error.errno == errno.ENOSPC else type(error).__name__
    finally:
        file.unlink(missing_ok=True)
    return "written"


def main(folder: Path, until: float) -> None:
    """Until that time."""
    while time.time() < until:
        print(time.time(), write(folder / "probe"), flush=True)
        time.sleep(EVERY)


if __name__ == "__main__":
    main(Path(sys.argv[1]), time.time() + float(sys.argv[2]))
