"""How many users of each class there are, known at any moment.

Locust goes through all of its users for each report, every second: a worker with thousands of them stands still for
milliseconds, and what falls due meanwhile is late.
"""

from collections import Counter
from typing import Any

from gevent import Greenlet
from gevent.pool import Group
from locust.runners import WorkerRunner


class Census(Group):  # type: ignore[misc]  # gevent has no types
    """A group of users that knows their number by class."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: Counter[str] = Counter()
        """Class → how many there are."""
        self._classes: dict[Greenlet, str] = {}

    def add(self, greenlet: Greenlet) -> None:
        """A user, before it lives: it has its arguments until it has ended."""
        super().add(greenlet)
        if greenlet not in self._classes and greenlet.args:
            name = type(greenlet.args[0]).__name__
            self._classes[greenlet] = name
            self.numbers[name] += 1

    def _discard(self, greenlet: Greenlet) -> None:
        super()._discard(greenlet)
        name = self._classes.pop(greenlet, None)
        if name is not None:
            self.numbers[name] -= 1


def keep_census(runner: Any) -> None:
    """Of this worker's users, before there are any."""
    census = Census()

    def by_class(self: WorkerRunner) -> dict[str, int]:
        return {one.__name__: census.numbers[one.__name__] for one in self.user_classes}

    kind = type(runner)
    runner.user_greenlets = census
    runner.__class__ = type(kind.__name__, (kind,), {"user_classes_count": property(by_class)})
