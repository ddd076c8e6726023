"""A user's own Locust file in the open model, without a line of it changed: arrivals take the place of waiting."""

import time
from collections.abc import Callable
from typing import Any

from gevent import getcurrent
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_WAITING, TaskSet

from stresscampaigns.load.dispatch import Dispatcher


def take_over_iterations(dispatcher: Dispatcher) -> None:
    """Every task of every user waits for an arrival; times between tasks, which would be a closed model, are left out.

    To enter a nested TaskSet is no iteration; each of its tasks is one.
    """
    execute: Callable[[TaskSet], object] = TaskSet.execute_next_task

    def on_arrival(self: TaskSet) -> None:
        task = self._task_queue[0]
        if not (isinstance(task, type) and issubclass(task, TaskSet)):
            self.user._state = LOCUST_STATE_WAITING
            intended = dispatcher.wait(type(self.user).__name__)
            self.user._state = LOCUST_STATE_RUNNING
            getcurrent().stress_delay = time.perf_counter() - intended
        execute(self)

    task_set: Any = TaskSet
    task_set.execute_next_task = on_arrival
    task_set.wait = lambda self: None
