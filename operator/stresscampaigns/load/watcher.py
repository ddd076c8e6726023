"""What gevent's loop gives, which has no types of its own."""

from collections.abc import Callable
from typing import Protocol


class Watcher(Protocol):
    """Of a file descriptor, of time, of there being nothing else to do: calls back in the hub once it is started."""

    def start(self, callback: Callable[[], object]) -> None:
        """From now on."""

    def stop(self) -> None:
        """Not any more, until it is started again."""

    def close(self) -> None:
        """It is needed no more."""
