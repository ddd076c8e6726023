"""Users that are stopped while they wait send nothing more, so that no request of theirs is cut off."""

import gevent
import pytest
from gevent.pool import Group
from locust import User, task
from locust.user.task import LOCUST_STATE_WAITING

from stresscampaigns.load.stopping import begin_nothing_when_stopped
from stresscampaigns.load.users import ScenarioUser


@pytest.fixture(autouse=True)
def _patched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(User, "stop", User.stop)  # so that it is taken back afterwards
    begin_nothing_when_stopped()


class Settings:
    """As much as a scenario looks at."""

    timeout = 1.0
    think_time = 0.05
    round_trip = 0.0


class Environment:
    """As much of Locust's as a user looks at."""

    host = "http://127.0.0.1:9"
    events = None


class Counting(ScenarioUser):
    """A built-in scenario."""

    abstract = False
    settings = Settings()
    turns = 0

    def iteration(self) -> None:
        """One turn."""
        self.turns += 1


class OfLocust(User):
    """A user of a Locust file."""

    abstract = False
    turns = 0

    def wait_time(self) -> float:  # type: ignore[override]
        """Between two turns."""
        return 0.05

    @task
    def turn(self) -> None:
        """One turn."""
        self.turns += 1


@pytest.mark.parametrize("kind", [Counting, OfLocust])
def test_a_wait_that_ends_before_the_kill_arrives_is_followed_by_nothing(kind: type) -> None:
    """The kill is held back, as by a loop that has hundreds to kill, until the wait is long over."""
    group = Group()
    held_back: list[object] = []
    user = kind(Environment())
    user.start(group)
    with gevent.Timeout(5):
        while user._state != LOCUST_STATE_WAITING:
            gevent.sleep(0)
    group.killone = lambda greenlet: held_back.append(greenlet)
    before = user.turns
    assert user.stop()
    assert held_back == [user._greenlet]
    group.join(timeout=5)
    assert len(group) == 0, "it has ended by itself"
    assert user.turns == before
