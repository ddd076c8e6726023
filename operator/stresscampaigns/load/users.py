"""Users that send with our client: `StressUser` for Locust files, `ScenarioUser` for the built-in scenarios."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import gevent
from gevent import Greenlet
from gevent.pool import Group
from locust import User
from locust.env import Environment
from locust.user.task import LOCUST_STATE_RUNNING, LOCUST_STATE_STOPPING, LOCUST_STATE_WAITING

from stresscampaigns.load.dispatch import Dispatcher
from stresscampaigns.load.http.client import Client, Counts
from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.http.errors import HttpError
from stresscampaigns.load.http.request import NO_HEADERS, Prepared
from stresscampaigns.load.http.response import Response
from stresscampaigns.load.http.slow_path import SlowPathClient
from stresscampaigns.load.recorder import Key, Recorder, failure_kind
from stresscampaigns.load.rows import Rows


class Means:
    """What all users of a worker share; the worker sets it before the first user begins."""

    connector = Connector()
    recorder: Recorder | None = None
    dispatcher: Dispatcher | None = None
    """Hands out arrivals; None in the closed model."""
    connections_ahead = 0
    """In the open model: so many users more connect before the load begins."""


class StressUser(User):
    """For Locust files: as Locust's FastHttpUser, several times as fast.

    from stresscampaigns.load.users import StressUser
    """

    abstract = True
    request_timeout = 10.0
    """Seconds for a whole request, its redirects among them."""

    def __init__(self, environment: Environment) -> None:
        from stresscampaigns.load.session import Session  # it needs requests, which only Locust files bring

        super().__init__(environment)
        wire = Means.recorder.wire if Means.recorder else None
        client = Client(Means.connector, self.request_timeout, wire)
        base = (self.host or environment.host or "").rstrip("/")
        self.client = Session(client, base, environment.events.request, Means.recorder, self)

    def on_stop(self) -> None:
        """Close what is idle."""
        self.client.client.close()


class ScenarioUser(User):
    """One agent of a built-in scenario: over and over `iteration`, which makes its requests by `call`.

    It goes past Locust's own loop and events, which cost more than the request itself.
    """

    abstract = True
    settings: ClassVar[Any] = None
    scenario: ClassVar[str] = ""
    rows: ClassVar[Rows | None] = None
    """Of the scenario's data, shared by its users; None: it has none, and the settings are the same for ever."""

    @classmethod
    def get_ready(cls, url: str) -> None:
        """Before the load: whatever is done once for all users.

        Raises:
            ScenarioError: it cannot be done.
        """

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.base = (environment.host or "").rstrip("/")
        self._recorder = Means.recorder or Recorder()
        self.client = _client(self.settings, self._recorder.wire)
        self._dispatcher = Means.dispatcher
        self._intended: float | None = None

    def iteration(self) -> None:
        """One turn of the agent."""
        raise NotImplementedError

    def turn(self) -> Any:
        """The settings of one iteration: with data, those of the next row."""
        return self.settings if self.rows is None else self.settings.filled(self.rows.next().values)

    def prepare(
        self, method: str, path: str, usual: Mapping[str, str] = NO_HEADERS, body: bytes | None = None
    ) -> Prepared:
        """A request to the target, with headers that the campaign's own of the same name take the place of."""
        return self.client.prepare(method, f"{self.base}{path}", None, body, usual)

    def call(
        self,
        key: Key,
        request: Prepared,
        expected: int | None = None,
        check: Callable[[Response], str | None] | None = None,
        keep_body: bool = False,
        others: Mapping[int, Key] | None = None,
    ) -> Response | None:
        """Send, wait, count; None where no whole answer came, or where the user is to stop: it begins nothing more.

        Args:
            expected: the status that is a success; None: every one below 400.
            check: looks at an answer whose status is good; what is wrong with it, or None.
            others: further statuses that are good, each counted under a name of its own.
        """
        if self._state == LOCUST_STATE_STOPPING:
            return None
        self._recorder.sent += 1
        return self.conclude(
            key,
            time.perf_counter(),
            lambda: self.client.send(request, keep_body=keep_body),
            expected,
            check,
            others,
        )

    def conclude(
        self,
        key: Key,
        began: float,
        answer: Callable[[], Response],
        expected: int | None = None,
        check: Callable[[Response], str | None] | None = None,
        others: Mapping[int, Key] | None = None,
    ) -> Response | None:
        """Wait for the answer to what was sent at `began`, and count it; otherwise as `call`."""
        try:
            response = answer()
        except HttpError as error:
            self._count(key, began, time.perf_counter(), type(error).__name__)
            gevent.sleep(0)  # what fails at once must not keep all others from their turn
            return None
        except BaseException as error:
            # The load is over and its patience, too: it was sent, so it is counted.
            self._count(key, began, time.perf_counter(), failure_kind(error))
            raise
        status = response.status_code
        if others and status in others:
            key, expected = others[status], status
        failure = failure_of(status, expected) or (check(response) if check else None)
        self._count(key, began, response.finished, failure)
        return response

    def _count(self, key: Key, began: float, finished: float, failure: str | None) -> None:
        if self._dispatcher is None:
            self._recorder.count(key, finished, finished - began, failure)
            return
        intended, self._intended = self._intended, None
        self._recorder.count(key, finished, finished - (intended or began), failure, finished - began)

    tasks = [iteration]  # noqa: RUF012 - as Locust has it, which warns of users without any

    def start(self, group: Group) -> Greenlet:
        """Begin to live; Locust finds its user in the greenlet's arguments."""
        self._greenlet = group.spawn(ScenarioUser._live, self)
        self._group = group
        return self._greenlet

    def _live(self) -> None:
        self._state = LOCUST_STATE_RUNNING
        try:
            if self._dispatcher is None:
                self._live_closed()
            else:
                self._live_open(self._dispatcher)
        finally:
            self.client.close()

    def _live_closed(self) -> None:
        think_time = self.settings.think_time
        self._think(random.random() * think_time)  # noqa: S311 - load, no secret
        while self._state == LOCUST_STATE_RUNNING:
            self.iteration()
            self._think(think_time)

    def _live_open(self, dispatcher: Dispatcher) -> None:
        while self._state == LOCUST_STATE_RUNNING:
            self._intended = dispatcher.take(self.scenario, time.perf_counter())
            if self._intended is None:
                self._state = LOCUST_STATE_WAITING
                self._intended = dispatcher.wait(self.scenario)
                self._state = LOCUST_STATE_RUNNING
            self.iteration()

    def _think(self, seconds: float) -> None:
        """Wait; a user that is stopped meanwhile goes at once.

        The first time a share of its think time, drawn: users that come together must not go on in step.
        """
        if seconds and self._state == LOCUST_STATE_RUNNING:
            self._state = LOCUST_STATE_WAITING
            gevent.sleep(seconds)
            self._go_on()

    def _go_on(self) -> None:
        """The wait is over; unless the user was stopped meanwhile, and will be killed in a moment."""
        if self._state == LOCUST_STATE_WAITING:
            self._state = LOCUST_STATE_RUNNING


def _client(settings: Any, wire: Counts) -> Client:
    if settings.round_trip:
        return SlowPathClient(settings.round_trip, Means.connector, settings.timeout, wire)
    return Client(Means.connector, settings.timeout, wire)


def failure_of(status: int, expected: int | None) -> str | None:
    """The kind of failure that a status is; None: it is the one expected, or, where none is, below 400."""
    good = status < 400 if expected is None else status == expected
    return None if good else f"HTTP {status}"
