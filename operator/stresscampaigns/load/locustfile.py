"""A Locust file of the user's own, taken as it is; what is wrong with it is said with file and line."""

import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import gevent
from locust import User
from locust.util.load_locustfile import load_locustfile


class LocustfileError(ValueError):
    """The file cannot be used; the message says where and why."""


class _TooLong(BaseException):
    """No Exception, so that a file that tries again and again after whatever happens does not catch it."""


def load_users(path: str, patience: float = 60.0) -> list[type[User]]:
    """The file's user classes.

    Args:
        patience: seconds in which it must be imported.

    Raises:
        LocustfileError: it cannot be imported, holds no user class, or one that does nothing.
    """
    if not Path(path).is_file():
        raise LocustfileError(
            f"{path} is not there: does the ConfigMap hold this key, or the image this file?"
        )
    try:
        with _ended_after(patience):
            users, shapes = load_locustfile(path)
    except _TooLong as error:
        raise LocustfileError(
            f"{_place(path, error)}: the file was not imported within {patience:g}s: what loops, or waits for others, "
            "belongs into a task or on_start"
        ) from error
    except SyntaxError as error:
        raise LocustfileError(f"{Path(path).name}, line {error.lineno}: {error.msg}") from error
    except (
        Exception,
        SystemExit,
    ) as error:  # the file is a stranger's: whatever it raises is its own failure
        raise LocustfileError(f"{_place(path, error)}: {type(error).__name__}: {error}") from error
    if not users:
        raise LocustfileError(f"{Path(path).name} defines no User class; see Locust's `Writing a locustfile`")
    if idle := [name for name, user in users.items() if not user.tasks and user.run is User.run]:
        raise LocustfileError(
            f"{Path(path).name}: {', '.join(idle)} has no @task: its users would do nothing"
        )
    if shapes:
        print("the Locust file's own LoadTestShape is left aside: the campaign's stages say the load")
    return list(users.values())


@contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    """Whether the file waits, in gevent's hub, or never lets go of the thread."""
    importing = gevent.getcurrent()

    def over(_: int, __: FrameType | None) -> None:
        if gevent.getcurrent() is importing:
            raise _TooLong

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        with gevent.Timeout(seconds, _TooLong()):
            yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _place(path: str, error: BaseException) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f"{Path(path).name}, line {lines[-1]}" if lines else Path(path).name
