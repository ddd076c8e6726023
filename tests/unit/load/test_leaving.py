"""Users come and go within moments: those who stay are as many as was asked for, whoever is still on the way out."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import gevent
import gevent.event
import pytest
from locust import User, constant, task
from locust.env import Environment
from locust.runners import Runner, WorkerRunner
from locust.user.task import LOCUST_STATE_STOPPING

from stresscampaigns.load.leaving import count_apart_who_goes


class Slow(User):
    """One that waits for its answer for as long as a test wants."""

    answered: Any = None
    wait_time = constant(60)

    @task
    def ask(self) -> None:
        """Until there is an answer."""
        self.answered.wait()


class Worker(WorkerRunner):
    """Without a coordinator."""

    def __init__(self, environment: Environment) -> None:
        Runner.__init__(self, environment)
        self.client: Any = SimpleNamespace(send=lambda _: None)
        self.client_id = "worker"

    def have(self, users: int) -> None:
        """As an order of the coordinator's does, that ends the one before."""
        if self.spawning_greenlet:
            self.spawning_greenlet.kill(block=True)
        self.spawning_greenlet = gevent.spawn(lambda: self.start_worker({"Slow": users}))
        gevent.sleep(0.05)

    def staying(self) -> int:
        """Users who have not been asked to go."""
        users = [one.args[0] for one in self.user_greenlets if one.args]
        return sum(user._state != LOCUST_STATE_STOPPING for user in users)


@pytest.fixture
def worker() -> Iterator[Worker]:
    Slow.answered = gevent.event.Event()
    worker = Worker(Environment(user_classes=[Slow], stop_timeout=5.0))
    count_apart_who_goes(worker)
    yield worker
    worker.environment.stop_timeout = 0.0
    worker.stop()
    worker.greenlet.kill(block=True)


def test_users_come_again_though_those_before_still_wait_for_an_answer(worker: Worker) -> None:
    for users in (20, 2, 20):
        worker.have(users)
    assert worker.staying() == 20
    assert worker.user_count == 38, "who goes is there, and is told"
    Slow.answered.set()
    gevent.sleep(0.05)
    assert worker.user_count == 20


def test_of_users_who_go_step_by_step_none_is_sent_off_twice(worker: Worker) -> None:
    for users in (20, 15, 10, 5, 8, 3):
        worker.have(users)
        assert worker.staying() == users


def test_who_goes_is_cut_off_after_its_time_whatever_has_been_ordered_since(worker: Worker) -> None:
    worker.environment.stop_timeout = 0.2
    for users in (20, 2, 20, 19):
        worker.have(users)
    with gevent.Timeout(5):
        while worker.user_count != 19:
            gevent.sleep(0.02)
    assert worker.staying() == 19


def test_when_all_are_to_go_those_who_were_going_are_waited_for_too(worker: Worker) -> None:
    for users in (20, 2, 20):
        worker.have(users)
    gevent.spawn_later(0.1, Slow.answered.set)
    worker.stop()
    assert worker.user_count == 0
