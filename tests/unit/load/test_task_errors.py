"""What a user's tasks raise outside of requests is counted under the task that Locust was at."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

import pytest
from locust import SequentialTaskSet, TaskSet, User, task
from locust.env import Environment
from locust.exception import StopUser

from stresscampaigns.load.recorder import Recorder
from stresscampaigns.load.task_errors import TaskErrors


def raised_by(kind: type[User]) -> dict[str, dict[str, int]]:
    """Name → kind → how often, once a user has lived."""
    recorder, environment = Recorder(), Environment()
    environment.events.user_error.add_listener(TaskErrors(recorder).on_user_error)
    kind.wait_time = lambda _: 0.0
    user = kind(environment)
    with suppress(KeyError):  # of which it dies
        user.run()
    counted = [one for entries in recorder.take().values() for one in entries]
    return {one["name"]: one["errors"] for one in counted if "errors" in one}


def watched(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


class Steps(SequentialTaskSet):
    """One after the other, until there is no more."""

    @task
    def with_words(self) -> None:
        assert self.user is None, "somebody is there"

    @task
    @watched
    def decorated(self) -> None:
        raise ValueError("differs each time")

    @task
    class Nested(TaskSet):
        """Fails before its first task."""

        def on_start(self) -> None:
            raise OSError

    @task
    def over(self) -> None:
        raise StopUser


class Stepping(User):
    """Does all of these."""

    tasks = [Steps]  # noqa: RUF012 - as Locust has it


class NeverBegins(User):
    """Dies at once."""

    tasks = [Steps]  # noqa: RUF012 - as Locust has it

    def on_start(self) -> None:
        raise KeyError("no token")


@pytest.mark.parametrize(
    ("kind", "errors"),
    [
        (
            Stepping,
            {
                "task with_words": {"AssertionError: somebody is there": 1},
                "task decorated": {"ValueError": 1},
                "task Nested": {"OSError": 1},
            },
        ),
        (NeverBegins, {"task on_start": {"KeyError": 1}}),
    ],
)
def test_each_task_has_its_own_errors_by_their_kinds(
    kind: type[User], errors: dict[str, dict[str, int]]
) -> None:
    assert raised_by(kind) == errors
