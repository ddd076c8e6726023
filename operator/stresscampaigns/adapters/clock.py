"""The machine's clocks."""

import time


class SystemClock:
    """As the kernel keeps them."""

    def now(self) -> float:
        """What time it is, seconds since the epoch."""
        return time.time()

    def steady(self) -> float:
        """Seconds since the machine started, those in which it slept among them."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)
