"""In the open model a scenario of one request is driven by the hub; what it counts is what a greenlet would count."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gevent
import pytest
from gevent.pool import Group
from locust.user.task import LOCUST_STATE_STOPPING

from stresscampaigns.api.load_plan import PlannedScenario
from stresscampaigns.load import one_request
from stresscampaigns.load.dispatch import Dispatcher
from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.recorder import Recorder
from stresscampaigns.load.scenarios import user_classes
from stresscampaigns.load.users import Means
from stresscampaigns.stats.histogram import decode, percentile_us
from tests.unit.load.environment import Environment
from tests.unit.load.http.raw_server import Handler, answering, ok, read_request, redirect, serving

EVEN = [number * 0.005 for number in range(20)]


class Load:
    """Users in the open model, on one server."""

    def __init__(self, url: str, due: list[float], users: int, **parameters: object) -> None:
        self.recorder = Means.recorder = Recorder()
        self.dispatcher = Means.dispatcher = Dispatcher(iter(due), {"http": 1})
        scenario = PlannedScenario.model_validate({"name": "http", "parameters": parameters})
        (made,) = user_classes([scenario])
        self.group = Group()
        self.users = [made(Environment(url)) for _ in range(users)]
        for user in self.users:
            user.start(self.group)
        gevent.sleep(0.02)
        self.recorder.start(0.0)
        self.dispatcher.begin()

    def end(self) -> dict[str, Any]:
        """Once all arrivals are answered or dropped: the one name's counts."""
        with gevent.Timeout(10):
            while self.dispatcher.arrived < len(EVEN) or self.recorder.sent > self.recorder.completed:
                gevent.sleep(0.01)
        self.group.kill()
        (counted,) = [one for entries in self.recorder.take().values() for one in entries]
        return dict(counted)


@pytest.fixture(autouse=True)
def means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Means, "connector", Connector())
    for name, fresh in (("recorder", None), ("dispatcher", None), ("connections_ahead", 100)):
        monkeypatch.setattr(Means, name, fresh)


@contextmanager
def load(handler: Handler, users: int = len(EVEN), **parameters: object) -> Iterator[Load]:
    with serving(handler) as url:
        yield Load(url, EVEN, users, **parameters)


def keeping(sock: Any) -> None:
    while read_request(sock):
        sock.sendall(ok())


def test_every_arrival_is_sent_and_counted_once() -> None:
    with load(keeping) as running:
        counted = running.end()
    assert (counted["count"], counted["failures"]) == (20, {})
    assert (running.recorder.sent, running.recorder.wire.sent, running.recorder.wire.answered) == (20, 20, 20)
    assert (running.dispatcher.arrived, running.dispatcher.dropped) == (20, 0)
    assert running.dispatcher.delays().get_total_count() == 20


def test_no_user_is_woken_for_what_is_answered_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[object] = []
    monkeypatch.setattr(one_request.OneRequestUser, "_wake_up", lambda user, why: woken.append(why))
    with load(keeping) as running:
        assert running.end()["count"] == 20
    assert woken == []


def test_connections_are_opened_before_the_load_and_kept() -> None:
    peers = set()

    def remembering(sock: Any) -> None:
        peers.add(sock.getpeername())
        keeping(sock)

    with load(remembering, users=3) as running:
        assert len(peers) == 3
        running.end()
    assert len(peers) == 3


def test_latency_counts_from_the_intended_time_and_service_from_sending() -> None:
    """The arrival was due 0.1 s before anybody could send it."""
    with serving(keeping) as url:
        running = Load(url, [-0.1], users=1)
        with gevent.Timeout(10):
            while running.recorder.completed < 1:
                gevent.sleep(0.01)
        running.group.kill()
        (counted,) = running.recorder.take()[0]
    latency, service = (percentile_us(decode(counted[kind]), 100) for kind in ("histogram", "service"))
    assert latency - service >= 99_000, "0.1 s, as exact as a histogram is"


def test_a_status_that_is_not_expected_is_a_failure_of_that_name() -> None:
    def broken(sock: Any) -> None:
        while read_request(sock):
            sock.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

    with load(broken) as running:
        assert running.end()["failures"] == {"HTTP 503": 20}


def test_a_server_that_closes_after_each_answer_gets_new_connections() -> None:
    with load(answering(ok(b"1", "Connection: close"))) as running:
        counted = running.end()
    assert (counted["count"], counted["failures"]) == (20, {})


def test_a_request_that_met_a_closing_connection_is_sent_again_and_counted_once() -> None:
    def closing_at_every_third(sock: Any) -> None:
        for _ in range(2):
            read_request(sock)
            sock.sendall(ok())
        read_request(sock)

    with load(closing_at_every_third, users=1) as running:
        counted = running.end()
    assert counted["failures"] == {}
    assert counted["count"] + running.dispatcher.dropped == 20
    assert running.recorder.wire.resent > 0
    assert running.recorder.wire.sent == counted["count"] + running.recorder.wire.resent


def test_a_post_that_met_a_closing_connection_is_not_sent_again() -> None:
    def closing_at_the_second(sock: Any) -> None:
        read_request(sock)
        sock.sendall(ok())
        read_request(sock)

    with load(closing_at_the_second, users=1, method="POST") as running:
        assert set(running.end()["failures"]) == {"ConnectionLost"}
    assert running.recorder.wire.resent == 0


def test_a_redirect_is_followed_and_counts_as_one_request() -> None:
    def redirecting(sock: Any) -> None:
        while request := read_request(sock):
            sock.sendall(redirect("/there") if b" /here " in request else ok())

    with load(redirecting, path="/here") as running:
        counted = running.end()
    assert (counted["name"], counted["failures"]) == ("GET /here", {})
    assert counted["count"] + running.dispatcher.dropped == 20
    assert running.recorder.wire.sent == 2 * counted["count"]


def test_what_is_not_answered_in_time_is_a_failure() -> None:
    def silent(sock: Any) -> None:
        read_request(sock)
        gevent.sleep(30)

    with load(silent, users=2, timeout="100ms") as running:
        counted = running.end()
    assert set(counted["failures"]) == {"TimedOut"}
    assert counted["count"] + running.dispatcher.dropped == 20


def test_an_answer_that_is_no_http_is_a_failure() -> None:
    def babbling(sock: Any) -> None:
        read_request(sock)
        sock.sendall(b"hello there\r\n\r\n")

    with load(babbling) as running:
        assert set(running.end()["failures"]) == {"BadResponse"}


def test_a_target_that_is_not_there_fails_every_arrival_and_hinders_no_start() -> None:
    with serving(keeping) as url:
        pass
    running = Load(url, EVEN, users=len(EVEN))
    assert set(running.end()["failures"]) == {"ConnectFailed"}


def test_a_request_under_way_is_counted_as_cut_off_when_its_user_is_killed() -> None:
    def silent(sock: Any) -> None:
        read_request(sock)
        gevent.sleep(30)

    with serving(silent) as url:
        running = Load(url, [0.0], users=1)
        gevent.sleep(0.05)
        running.group.kill()
    (counted,) = running.recorder.take()[0]
    assert counted["failures"] == {"CutOff": 1}


def test_a_user_that_is_to_stop_ends_with_its_answer() -> None:
    def slow(sock: Any) -> None:
        read_request(sock)
        gevent.sleep(0.1)
        sock.sendall(ok())

    with serving(slow) as url:
        running = Load(url, [0.0], users=1)
        gevent.sleep(0.05)
        (user,) = running.users
        user._state = LOCUST_STATE_STOPPING
        running.group.join(timeout=5)
        assert len(running.group) == 0
    (counted,) = running.recorder.take()[0]
    assert (counted["count"], counted["failures"]) == (1, {})


def test_a_body_that_may_not_fit_at_once_is_sent_by_a_greenlet() -> None:
    lengths = set()

    def reading(sock: Any) -> None:
        while request := read_request(sock):
            lengths.add(len(request.partition(b"\r\n\r\n")[2]))
            sock.sendall(ok())

    with load(reading, method="POST", body="x" * 100_000) as running:
        assert running.end()["failures"] == {}
    assert lengths == {100_002}


def test_over_a_slow_path_latency_has_the_round_trip_in_it() -> None:
    with load(keeping, users=20, roundTrip="60ms") as running:
        counted = running.end()
    assert (counted["count"], counted["failures"]) == (20, {})
    latency = decode(counted["histogram"])
    assert latency.get_min_value() >= 60_000
