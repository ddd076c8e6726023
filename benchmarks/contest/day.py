"""The load's coordinator or worker as they are, on a clock that runs a day in the first half of a soak.

`python day.py coordinator|worker …`; the variable DAY_SECONDS says how many seconds of the load's time go by in each
real one, until FAST_UNTIL real seconds are over; from then on, one. Only the seconds that requests and users are
counted into run fast: requests themselves are made at full rate.
"""

import os
import sys
from typing import Any

from stresscampaigns.load.startup import patch_the_standard_library

FACTOR, FAST_UNTIL = float(os.environ["DAY_SECONDS"]), float(os.environ["FAST_UNTIL"])


def of_the_day(at: float) -> float:
    """Seconds of the day that have gone by so many real ones after the load's start."""
    return FACTOR * min(at, FAST_UNTIL) + max(0.0, at - FAST_UNTIL)


def run_fast() -> None:
    """From now on."""
    from stresscampaigns.load.aggregate import Aggregate
    from stresscampaigns.load.recorder import Recorder

    count, users = Recorder.count, Aggregate.users

    def count_of_the_day(self: Any, key: Any, finished: float, *others: Any) -> None:
        count(self, key, self._origin + of_the_day(finished - self._origin), *others)

    def users_of_the_day(self: Any, second: int, number: int) -> None:
        for one in range(int(of_the_day(second)), int(of_the_day(second + 1))):
            users(self, one, number)

    patched: Any = Recorder
    patched.count = count_of_the_day
    patched = Aggregate
    patched.users = users_of_the_day


if __name__ == "__main__":
    patch_the_standard_library()
    run_fast()
    from stresscampaigns.load.__main__ import main

    sys.exit(main())
