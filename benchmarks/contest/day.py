"""The load's coordinator or worker as they are, on a clock that runs a day in the time of a soak.

`python day.py coordinator|worker …`; the variable DAY_SECONDS says how many seconds of the load's time go by in each
real one. Only the seconds that requests and users are counted into run fast: requests themselves are made at full rate.
"""

import os
import sys
from typing import Any

from stresscampaigns.load.startup import patch_the_standard_library

FACTOR = float(os.environ["DAY_SECONDS"])


def run_fast() -> None:
    """From now on."""
    from stresscampaigns.load.aggregate import Aggregate
    from stresscampaigns.load.recorder import Recorder

    count, users = Recorder.count, Aggregate.users

    def count_of_the_day(self: Any, key: Any, finished: float, *others: Any) -> None:
        count(self, key, self._origin + (finished - self._origin) * FACTOR, *others)

    def users_of_the_day(self: Any, second: int, number: int) -> None:
        for one in range(int(second * FACTOR), int((second + 1) * FACTOR)):
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
