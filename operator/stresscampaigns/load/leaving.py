"""Users who go are not among those who are counted when others come.

Locust counts who waits for a last answer as one of those that are asked for. So where the users of a stage come while
those of the one before are still on their way out, too few came, and when the others had gone nobody noticed. And it
forgets to cut off who is on the way out when its next order comes.
"""

from collections.abc import Mapping
from typing import Any

import gevent
from gevent import Greenlet
from locust.runners import STATE_CLEANUP, WorkerRunner

from stresscampaigns.load.census import Census


def count_apart_who_goes(runner: WorkerRunner) -> None:
    """From now on, in this worker."""
    _Leaving(runner)


class _Leaving:
    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self._going = Census()
        self._have, self._stop_all = runner.start_worker, runner.stop_users
        runner.start_worker, runner.stop_users = self._have_beside, self._send_off

    def _have_beside(self, asked: Mapping[str, int], **options: object) -> None:
        """So many of each class, and those who are going beside them."""
        going = self._going.numbers
        self._have({name: number + going[name] for name, number in asked.items()}, **options)

    def _send_off(self, numbers: Mapping[str, int]) -> None:
        """So many of each class, of those who stay; it waits for none of them, but when all are to go."""
        if self._runner.state == STATE_CLEANUP:
            self._stop_all(numbers)
            return
        staying = [one for one in self._runner.user_greenlets if one not in self._going]
        chosen = [
            one
            for name, number in numbers.items()
            for one in [one for one in staying if _class_of(one) == name][:number]
        ]
        for one in chosen:
            self._going.add(one)
            gevent.spawn(one.args[0].stop)
        gevent.spawn(_cut_off, chosen, self._runner.environment.stop_timeout)


def _class_of(user: Greenlet) -> str:
    """Of a user that has just ended there is none."""
    return type(user.args[0]).__name__ if user.args else ""


def _cut_off(going: list[Greenlet], patience: float) -> None:
    gevent.joinall(going, timeout=patience)
    gevent.killall(going)
