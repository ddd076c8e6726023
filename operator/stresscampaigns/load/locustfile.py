"""A Locust file of the user's own, taken as it is; what is wrong with it is said with file and line."""

import traceback
from pathlib import Path
from typing import Any

from locust.util.load_locustfile import load_locustfile


class LocustfileError(ValueError):
    """The file cannot be used; the message says where and why."""


def load_users(path: str) -> list[Any]:
    """The file's user classes.

    Raises:
        LocustfileError: it cannot be imported, or holds no user class.
    """
    if not Path(path).is_file():
        raise LocustfileError(f"{path} is not there: does the ConfigMap hold this key?")
    try:
        users, shapes = load_locustfile(path)
    except SyntaxError as error:
        raise LocustfileError(f"{Path(path).name}, line {error.lineno}: {error.msg}") from error
    except (
        Exception,
        SystemExit,
    ) as error:  # the file is a stranger's: whatever it raises is its own failure
        raise LocustfileError(f"{_place(path, error)}: {type(error).__name__}: {error}") from error
    if not users:
        raise LocustfileError(f"{Path(path).name} defines no User class; see Locust's `Writing a locustfile`")
    if shapes:
        print("the Locust file's own LoadTestShape is left aside: the campaign's stages say the load")
    return list(users.values())


def _place(path: str, error: BaseException) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return f"{Path(path).name}, line {lines[-1]}" if lines else Path(path).name
