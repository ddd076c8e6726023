"""A wake-up at a moment, to a fraction of a millisecond: Linux' timerfd (timerfd_create(2)) in gevent's hub.

libev's own timers are rounded up to a whole millisecond, which is as much as an arrival may be late.
"""

import ctypes
import os
from collections.abc import Callable

from gevent import get_hub

from stresscampaigns.load.watcher import Watcher

_MONOTONIC = 1
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_SOONEST = 1e-6
_READABLE = 1
_AFTER_OTHERS = -1
"""Among what the loop finds ready at once (libev's priorities): answers are read before more is sent."""


class _Time(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("interval", _Time), ("value", _Time))


class Ticker:
    """Calls `wake` in the hub, once for each time that it is set."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.timerfd_create(_MONOTONIC, _FLAGS)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._setting = _Setting()
        self._reference = ctypes.byref(self._setting)
        self._watcher: Watcher = get_hub().loop.io(self._fd, _READABLE, priority=_AFTER_OTHERS)
        self._watcher.start(self._on_readable)

    def set(self, seconds: float) -> None:
        """Wake in so many seconds; a setting that has not come replaces itself."""
        seconds = max(seconds, _SOONEST)
        whole = int(seconds)
        self._setting.value.seconds = whole
        self._setting.value.nanoseconds = int((seconds - whole) * 1e9)
        if self._libc.timerfd_settime(self._fd, 0, self._reference, None) < 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime failed")

    def close(self) -> None:
        """No more wake-ups; safe to call again."""
        if self._fd >= 0:
            self._watcher.stop()
            self._watcher.close()
            os.close(self._fd)
            self._fd = -1

    def _on_readable(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return  # set anew in the meantime
        self._wake()
