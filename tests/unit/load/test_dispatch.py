"""Arrivals are handed out, dropped or missed: each is counted."""

import socket
from collections import Counter
from collections.abc import Callable, Iterator

import gevent
import pytest

from stresscampaigns.load.dispatch import Dispatcher


class Clock:
    """Stands in for the module `time`."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr("stresscampaigns.load.dispatch.time", found)
    return found


def test_what_was_due_and_not_handed_out_when_the_load_ends_counts_as_dropped() -> None:
    dispatcher = Dispatcher(iter([0.0, 0.001, 900.0, 901.0]), {"http": 1})
    dispatcher.begin()
    gevent.sleep(0.05)
    assert (dispatcher.arrived, dispatcher.dropped) == (2, 2)
    dispatcher.stop()
    dispatcher.stop()
    assert (dispatcher.arrived, dispatcher.dropped) == (4, 4)


def test_an_arrival_goes_to_a_free_user_with_its_intended_time() -> None:
    dispatcher = Dispatcher(iter([0.0, 0.01]), {"http": 1})
    users = [gevent.spawn(dispatcher.wait, "http") for _ in range(2)]
    gevent.sleep(0)
    dispatcher.begin()
    gevent.joinall(users, timeout=5)
    assert abs(abs(users[0].value - users[1].value) - 0.01) < 1e-9
    assert (dispatcher.arrived, dispatcher.dropped) == (2, 0)


def test_a_user_that_comes_free_takes_what_is_due_without_waiting(clock: Clock) -> None:
    dispatcher = Dispatcher(iter([0.0, 0.0, 900.0]), {"http": 1})
    assert dispatcher.take("http", clock.now) is None
    dispatcher.begin()
    first, second = dispatcher.take("http", clock.now), dispatcher.take("http", clock.now)
    assert first is not None
    assert first == second
    assert dispatcher.take("http", clock.now) is None
    assert (dispatcher.arrived, dispatcher.delays().get_total_count()) == (2, 2)


def test_an_arrival_of_one_scenario_is_not_taken_by_a_user_of_another(clock: Clock) -> None:
    """By their weights both arrivals are drawn for the first."""
    dispatcher = Dispatcher(iter([0.0, 0.0]), {"http": 1, "rate-limiter": 0})
    dispatcher.begin()
    assert dispatcher.take("rate-limiter", clock.now) is None
    assert dispatcher.take("http", clock.now) is not None


def test_arrivals_are_shared_by_the_users_that_the_worker_has_not_by_weights_that_hold_of_all(
    clock: Clock,
) -> None:
    """Of the first scenario, which has all the weight, all users are with another worker."""
    dispatcher = Dispatcher(iter([0.0, 0.0]), {"http": 1, "rate-limiter": 0})
    dispatcher.begin({"http": 0, "rate-limiter": 5})
    assert dispatcher.take("http", clock.now) is None
    assert dispatcher.take("rate-limiter", clock.now) is not None


@pytest.mark.parametrize("users", [None, {"http": 6, "rate-limiter": 2}])
@pytest.mark.parametrize("seed", range(4))
def test_arrivals_are_drawn_for_the_scenarios_by_their_weights(
    seed: int, users: dict[str, int] | None, clock: Clock
) -> None:
    """4,000 arrivals, 3:1: within 4 standard deviations; each worker draws by its own seed."""
    dispatcher = Dispatcher(iter([0.0] * 4000), {"http": 3, "rate-limiter": 1}, seed)
    dispatcher.begin(users)
    taken: Counter[str] = Counter()
    while taken.total() < 4000:
        taken.update(
            name for name in ("http", "rate-limiter") if dispatcher.take(name, clock.now) is not None
        )
    assert taken["http"] == pytest.approx(3000, abs=4 * (4000 * 0.75 * 0.25) ** 0.5)
    assert dispatcher.arrived == 4000


def test_an_arrival_is_late_from_a_twentieth_of_a_second(clock: Clock) -> None:
    dispatcher = Dispatcher(iter([]), {"http": 1})
    dispatcher.count_delay(clock.now - 0.049)
    assert dispatcher.late == 0
    dispatcher.count_delay(clock.now - 0.051)
    assert dispatcher.late == 1


def test_answers_that_have_come_are_read_before_an_arrival_is_dropped_or_waits_for_a_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both arrivals are overdue; the loop, which was behind, finds a user that came free in between."""
    dispatcher = Dispatcher(iter([-0.2, -0.1, 900.0]), {"http": 1})
    taken: list[str] = []
    dispatcher.offer("http", lambda _: taken.append("slow"), ready=False)
    dispatcher.begin()
    turn_again = dispatcher._ticker.set

    def answered_meanwhile(seconds: float) -> None:
        if not taken:
            dispatcher.offer("http", lambda _: taken.append("freed"))
        turn_again(seconds)

    monkeypatch.setattr(dispatcher._ticker, "set", answered_meanwhile)
    gevent.sleep(0.05)
    assert taken == ["freed", "slow"]


def test_a_ready_user_is_preferred_to_one_that_has_to_connect() -> None:
    dispatcher = Dispatcher(iter([0.0, 0.0]), {"http": 1})
    taken: list[str] = []
    dispatcher.offer("http", lambda _: taken.append("ready"))
    dispatcher.offer("http", lambda _: taken.append("slow"), ready=False)
    dispatcher.begin()
    gevent.sleep(0.05)
    assert (taken, dispatcher.dropped) == (["ready", "slow"], 0)


class Answers:
    """What the loop has to read: a byte for each."""

    def __init__(self, read: Callable[[], object]) -> None:
        self._mine, self._theirs = socket.socketpair()
        self._watcher = gevent.get_hub().loop.io(self._mine.fileno(), 1)
        self._watcher.start(lambda: (self._mine.recv(1), read()))

    def come(self, count: int = 1) -> None:
        self._theirs.send(b"x" * count)

    def close(self) -> None:
        self._watcher.stop()
        self._watcher.close()
        self._mine.close()
        self._theirs.close()


@pytest.fixture
def seen() -> list[str]:
    """What happened, in turn."""
    return []


@pytest.fixture
def answers(seen: list[str]) -> Iterator[Answers]:
    found = Answers(lambda: seen.append("read"))
    yield found
    found.close()


def test_while_answers_wait_to_be_read_no_connection_is_opened(answers: Answers, seen: list[str]) -> None:
    """A loop that is behind would open one for each arrival, and never catch up."""
    dispatcher = Dispatcher(iter([0.0, 900.0]), {"http": 1})
    dispatcher.offer("http", lambda _: seen.append("opened"), ready=False)
    answers.come(100)
    dispatcher.begin()
    gevent.sleep(0.05)
    assert seen == ["read"] * 100 + ["opened"]


def test_answers_that_come_while_one_is_opened_are_read_before_the_next(
    answers: Answers, seen: list[str]
) -> None:
    def opened(_: float) -> None:
        seen.append("opened")
        answers.come()

    dispatcher = Dispatcher(iter([0.0] * 3), {"http": 1})
    for _ in range(3):
        dispatcher.offer("http", opened, ready=False)
    dispatcher.begin()
    gevent.sleep(0.05)
    assert seen == ["opened", "read"] * 3


def test_where_no_answers_come_nothing_is_waited_for() -> None:
    """Then it is the target that is slow, and what is due must go out."""
    late: list[float] = []
    dispatcher = Dispatcher(iter([-0.005] * 50), {"http": 1})
    for _ in range(40):
        dispatcher.offer("http", late.append, ready=False)
    dispatcher.begin()
    gevent.sleep(0.05)
    assert (len(late), dispatcher.dropped) == (40, 10)


def overdue(clock: Clock, users: int, free: int, handed: list[float]) -> Dispatcher:
    """A loop that is 2 ms behind, to which an answer has just come; 500 arrivals are due."""
    dispatcher = Dispatcher(iter([0.0] * 500 + [900.0]), {"http": 1})
    dispatcher.begin({"http": users})
    for _ in range(free):
        dispatcher.offer("http", handed.append)
    clock.now += 0.002
    assert dispatcher.take("http", clock.now) is None
    return dispatcher


def test_a_user_that_comes_free_takes_nothing_from_a_loop_that_is_behind(clock: Clock) -> None:
    """It reads first, and then sends many at a time; 1 ms is no delay to speak of."""
    dispatcher = Dispatcher(iter([0.0, 0.0, 900.0]), {"http": 1})
    dispatcher.begin({"http": 65})
    clock.now += 0.0009
    assert dispatcher.take("http", clock.now) is not None
    clock.now += 0.0002
    assert dispatcher.take("http", clock.now) is None


def test_a_loop_that_is_behind_sends_when_half_of_what_may_be_in_flight_is_answered(clock: Clock) -> None:
    handed: list[float] = []
    dispatcher = overdue(clock, users=133, free=100, handed=handed)
    dispatcher._filled = clock.now
    dispatcher._on_idle()
    assert handed == []
    dispatcher.offer("http", handed.append)
    dispatcher._on_idle()
    assert len(handed) == 64 - 32
    dispatcher._on_idle()
    assert len(handed) == 64 - 32


def test_more_is_in_flight_where_a_loop_that_is_behind_has_nothing_to_read_for_a_while(clock: Clock) -> None:
    """Then the target has become slower, and needs more in flight for the same throughput: a quarter more each time."""
    handed: list[float] = []
    dispatcher = overdue(clock, users=164, free=100, handed=handed)
    dispatcher._on_idle()
    assert len(handed) == 16
    clock.now += 0.0011
    assert dispatcher.take("http", clock.now) is None
    dispatcher._on_idle()
    assert len(handed) == 16 + 20


def test_a_crowd_that_was_in_flight_when_a_loop_fell_behind_becomes_smaller(clock: Clock) -> None:
    """It is no measure of what is needed: the target may have stood still."""
    handed: list[float] = []
    dispatcher = overdue(clock, users=600, free=100, handed=handed)
    clock.now += 0.0005
    dispatcher._on_idle()
    assert handed == []


def test_where_no_answers_come_what_is_due_goes_out_whatever_is_in_flight(clock: Clock) -> None:
    handed: list[float] = []
    dispatcher = overdue(clock, users=600, free=100, handed=handed)
    clock.now += 0.0011
    dispatcher._on_idle()
    dispatcher._on_idle()
    assert len(handed) == 100


def test_a_target_that_is_slow_as_a_rule_has_as_much_in_flight_when_the_loop_was_late(clock: Clock) -> None:
    """200 in flight are what it takes: to have 64 would only be the slower."""
    dispatcher = Dispatcher(iter([0.001 * (number + 1) for number in range(5000)]), {"http": 1})
    dispatcher.begin({"http": 200})
    clock.now += 1e-6
    for _ in range(1000):
        dispatcher._hand_out_due()
        clock.now += 0.001
        assert dispatcher.take("http", clock.now) is not None
    handed: list[float] = []
    for _ in range(200):
        dispatcher.offer("http", handed.append)
    clock.now += 0.2
    assert dispatcher.take("http", clock.now) is None
    dispatcher._on_idle()
    assert 150 < len(handed) <= 200
