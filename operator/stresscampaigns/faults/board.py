"""The page of memory on which `burn`, in the target's container, tells its sidecar how it is doing.

The sidecar owns it; burn opens it by the sidecar's folder in /proc. Burn holds a lock on it while it lives, which the
kernel lets go of when burn ends, however it ends: so the lock is the proof. burn/burn.h has the same layout.
"""

import fcntl
import mmap
import os
import struct
from dataclasses import dataclass

from stresscampaigns.api.fault_protocol import BOARD

_LAYOUT = struct.Struct("<qqqqq216s")
_CLOSED = struct.Struct("<q")
_CLOSED_AT = 32
_SIZE = 4096


@dataclass(frozen=True)
class Burn:
    """What burn has told so far: when it began, in seconds since the epoch, and when it last was alive, on a clock that
    nobody sets (CLOCK_BOOTTIME); 0 where it has not come to that.
    """

    pid: int
    begun: float
    last_beat: float
    did: int
    trouble: str


class Board:
    """One burn writes on it, once; `descriptor` is where burn finds it."""

    def __init__(self, descriptor: int = BOARD) -> None:
        made = os.memfd_create("board")
        os.ftruncate(made, _SIZE)
        os.dup2(made, descriptor)
        os.close(made)
        self._path = f"/proc/self/fd/{descriptor}"
        self._page = mmap.mmap(descriptor, _SIZE)

    def read(self) -> Burn:
        """As it stands now."""
        pid, begun, beat, did, _, trouble = _LAYOUT.unpack_from(self._page)
        return Burn(pid, begun / 1000, beat / 1000, did, trouble.split(b"\0")[0].decode(errors="replace"))

    def close(self) -> None:
        """No burn begins any more; one that has begun ends at its next beat."""
        _CLOSED.pack_into(self._page, _CLOSED_AT, 1)

    def alive(self) -> bool:
        """Does a burn live?"""
        own = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(own)
        return False
