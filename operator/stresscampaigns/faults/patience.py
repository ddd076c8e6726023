"""Waiting for what comes soon, or not at all."""

import time
from collections.abc import Callable

_LOOK = 0.01


def comes_true(condition: Callable[[], bool], seconds: float) -> bool:
    """Is it true now, or within so many seconds?"""
    last = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= last:
            return False
        time.sleep(_LOOK)
    return True
