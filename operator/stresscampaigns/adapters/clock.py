"""The machine's clock."""

import time


class SystemClock:
    """Seconds since the epoch."""

    def now(self) -> float:
        """What time it is."""
        return time.time()
