"""A worker knows how many users of each class it has, without going through them, whatever comes and goes."""

from typing import Any

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st
from locust import User, constant, task
from locust.env import Environment
from locust.runners import Runner

from stresscampaigns.load.census import Census, keep_census


class Reader(User):
    """One of two kinds."""

    wait_time = constant(60)

    @task
    def rest(self) -> None:
        """Nothing."""


class Writer(Reader):
    """The other."""


def runner() -> Any:
    kind: Any = Runner
    made = kind(Environment(user_classes=[Reader, Writer], stop_timeout=0))
    keep_census(made)
    return made


def by_going_through(made: Any) -> dict[str, int]:
    """As Locust itself does it."""
    counted: dict[str, int] = Runner.user_classes_count.fget(made)  # type: ignore[attr-defined]
    return counted


numbers = st.fixed_dictionaries({"Reader": st.integers(0, 5), "Writer": st.integers(0, 5)})


@given(st.lists(st.tuples(st.booleans(), numbers), max_size=6))
def test_it_is_what_locust_finds_by_going_through_all(orders: list[tuple[bool, dict[str, int]]]) -> None:
    made = runner()
    for come, how_many in orders:
        if come:
            made.spawn_users(how_many)
        else:
            made.stop_users(how_many)
            gevent.sleep(0)
        assert made.user_classes_count == by_going_through(made)
        assert made.user_count == sum(made.user_classes_count.values())
    made.user_greenlets.kill()
    assert made.user_classes_count == {"Reader": 0, "Writer": 0}


def test_a_user_that_ends_by_itself_is_counted_no_more() -> None:
    made = runner()
    made.spawn_users({"Reader": 2, "Writer": 1})
    gevent.sleep(0)
    user = next(iter(made.user_greenlets))
    name = type(user.args[0]).__name__
    user.kill()
    gevent.sleep(0)
    assert made.user_classes_count[name] == {"Reader": 1, "Writer": 0}[name]


def test_a_user_that_is_added_twice_is_one() -> None:
    made = runner()
    made.spawn_users({"Reader": 1, "Writer": 0})
    (user,) = made.user_greenlets
    made.user_greenlets.add(user)
    assert made.user_classes_count == {"Reader": 1, "Writer": 0}
    made.user_greenlets.kill()


def test_nobody_goes_through_the_users_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_again(self: Census) -> Any:
        raise AssertionError("they were gone through")

    made = runner()
    made.spawn_users({"Reader": 2, "Writer": 0})
    monkeypatch.setattr(Census, "__iter__", not_again)
    assert made.user_classes_count == {"Reader": 2, "Writer": 0}
    made.user_greenlets.kill()
