"""A user that is stopped while it waits begins nothing any more.

Locust looks whether a user waits, and kills it if so; but the kill comes with the loop's next turns. With hundreds of
users to stop, some end their wait in between, send a request, and are killed in the midst of it: a failure that the
generator made, and the target would be blamed for.
"""

from locust import User
from locust.user.task import LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING


def begin_nothing_when_stopped() -> None:
    """From now on, for all users of this process; safe to call again."""
    User.stop = _stop  # type: ignore[method-assign]


_stop_as_locust_does = User.stop


def _stop(self: User, force: bool = False) -> bool:
    """As Locust's; but whoever wakes before it is killed finds that it is to stop, and ends by itself."""
    if self._state != LOCUST_STATE_WAITING:
        return bool(_stop_as_locust_does(self, force))
    self._state = LOCUST_STATE_STOPPING
    self._group.killone(self._greenlet)
    return True
