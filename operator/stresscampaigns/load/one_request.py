"""A scenario of one request. In the open model no greenlet is needed for it: sent in the hub, answered in the hub.

So an arrival costs what its system calls cost, and little more. The user's greenlet sleeps meanwhile, and is woken for
what may have to wait: a connection to be opened, a redirect to be followed, a request to be sent again.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from typing import ClassVar

from gevent import Greenlet, getcurrent
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_WAITING

from stresscampaigns.load.dispatch import Dispatcher
from stresscampaigns.load.http.connection import MOST_AT_ONCE, Connection
from stresscampaigns.load.http.errors import HttpError
from stresscampaigns.load.http.request import Prepared
from stresscampaigns.load.recorder import Key
from stresscampaigns.load.users import Means, ScenarioUser, failure_of


class OneRequestUser(ScenarioUser):
    """Subclasses say which request, under which name, and which status is expected; None: every one below 400."""

    abstract = True
    request: Prepared
    """With data: of the row whose turn it was last; before the first, one of the longest."""
    requests: ClassVar[Iterator[Prepared] | None] = None
    """With data: those of the worker's rows, in turn, prepared once for all of its users."""
    key: Key
    expected: int | None = None
    _dispatcher: Dispatcher
    _sleeper: Greenlet
    _sent: Connection | None = None
    """What the hub has sent and not seen answered."""
    _began = 0.0

    def iteration(self) -> None:
        """One request."""
        if self.requests is not None:
            self.request = next(self.requests)
        self._ask()

    def _ask(self) -> None:
        self.call(self.key, self.request, self.expected)

    def _live_open(self, dispatcher: Dispatcher) -> None:
        if len(self.request.payload) > MOST_AT_ONCE or self.settings.round_trip:
            super()._live_open(dispatcher)
            return
        self._connect_ahead()
        self._sleeper = getcurrent()
        try:
            while self._state == LOCUST_STATE_RUNNING:
                self._state = LOCUST_STATE_WAITING
                ready = self.client.has_kept(self.request)
                self._wake_up(dispatcher.sleep(self.scenario, self._on_arrival, ready))
        except BaseException:
            if self._sent is not None:  # the load is over and its patience, too
                self._sent.close()
                self._count(self.key, self._began, time.perf_counter(), "CutOff")
            raise

    def _connect_ahead(self) -> None:
        if Means.connections_ahead > 0:
            Means.connections_ahead -= 1
            with suppress(HttpError):  # whatever is wrong, the first request finds it again and counts it
                self.client.connect(self.request)

    def _wake_up(self, why: Connection | None) -> None:
        """For an arrival without a connection, an end that is not plain, or to see that the load is over."""
        if why is not None:
            self.conclude(self.key, self._began, lambda: self.client.go_on(self.request, why), self.expected)
        elif self._intended is not None:
            self._ask()

    # In the hub, where nothing may wait.

    def _on_arrival(self, intended: float) -> None:
        self._state = LOCUST_STATE_RUNNING
        self._dispatcher.count_delay(intended)
        self._send(intended, self.client.kept(self.request))

    def _send(self, intended: float, connection: Connection | None) -> None:
        self._intended = intended
        if self.requests is not None:
            self.request = next(self.requests)
        if connection is None:
            self._sleeper.switch(None)
            return
        self._recorder.sent += 1
        self._sent = connection
        self._began = began = time.perf_counter()
        self.client.begin(connection, self.request, began, self._on_end)

    def _on_end(self, connection: Connection) -> None:
        """What the next arrival needs of the one before goes from hand to hand, for every call costs its share."""
        self._sent = None
        if not self.client.ended(connection):
            self._sleeper.switch(connection)
            return
        began, finished, status = self._began, connection.finished, connection.status
        latency, self._intended = finished - (self._intended or began), None
        failure = None if status < 400 and self.expected is None else failure_of(status, self.expected)
        self._recorder.count(self.key, finished, latency, failure, finished - began)
        going_on = self._state == LOCUST_STATE_RUNNING
        if going_on and (intended := self._dispatcher.take(self.scenario, finished)) is not None:
            self._send(intended, connection)
            return
        self.client.keep(connection, self.request)
        if going_on:
            self._state = LOCUST_STATE_WAITING
            self._dispatcher.offer(self.scenario, self._on_arrival)
        else:
            self._sleeper.switch(None)
