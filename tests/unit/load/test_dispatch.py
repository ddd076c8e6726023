"""Arrivals are handed out, dropped or missed: each is counted."""

import time
from collections import Counter

import gevent
import pytest

from stresscampaigns.load import dispatch
from stresscampaigns.load.dispatch import Dispatcher


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


def test_a_user_that_comes_free_takes_what_is_due_without_waiting() -> None:
    dispatcher = Dispatcher(iter([0.0, 0.0, 900.0]), {"http": 1})
    assert dispatcher.take("http") is None
    dispatcher.begin()
    first, second = dispatcher.take("http"), dispatcher.take("http")
    assert first is not None
    assert first == second
    assert dispatcher.take("http") is None
    assert (dispatcher.arrived, dispatcher.delays().get_total_count()) == (2, 2)


def test_an_arrival_of_one_scenario_is_not_taken_by_a_user_of_another() -> None:
    """By their weights both arrivals are drawn for the first."""
    dispatcher = Dispatcher(iter([0.0, 0.0]), {"http": 1, "rate-limiter": 0})
    dispatcher.begin()
    assert dispatcher.take("rate-limiter") is None
    assert dispatcher.take("http") is not None


def test_arrivals_are_shared_by_the_users_that_the_worker_has_not_by_weights_that_hold_of_all() -> None:
    """Of the first scenario, which has all the weight, all users are with another worker."""
    dispatcher = Dispatcher(iter([0.0, 0.0]), {"http": 1, "rate-limiter": 0})
    dispatcher.begin({"http": 0, "rate-limiter": 5})
    assert dispatcher.take("http") is None
    assert dispatcher.take("rate-limiter") is not None


@pytest.mark.parametrize("users", [None, {"http": 6, "rate-limiter": 2}])
@pytest.mark.parametrize("seed", range(4))
def test_arrivals_are_drawn_for_the_scenarios_by_their_weights(
    seed: int, users: dict[str, int] | None
) -> None:
    """4,000 arrivals, 3:1: within 4 standard deviations; each worker draws by its own seed."""
    dispatcher = Dispatcher(iter([0.0] * 4000), {"http": 3, "rate-limiter": 1}, seed)
    dispatcher.begin(users)
    taken: Counter[str] = Counter()
    while taken.total() < 4000:
        taken.update(name for name in ("http", "rate-limiter") if dispatcher.take(name) is not None)
    assert taken["http"] == pytest.approx(3000, abs=4 * (4000 * 0.75 * 0.25) ** 0.5)
    assert dispatcher.arrived == 4000


def test_an_arrival_is_late_from_a_twentieth_of_a_second() -> None:
    dispatcher = Dispatcher(iter([-1.0, -0.04]), {"http": 1})
    dispatcher.begin()
    assert dispatcher.take("http") is not None
    assert dispatcher.late == 1
    assert dispatcher.take("http") is not None
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


def test_a_loop_that_is_behind_waits_for_answers_that_keep_coming_but_not_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dispatcher = Dispatcher(iter([-0.005, 900.0]), {"http": 1, "rate-limiter": 0})
    late: list[float] = []
    dispatcher.offer("http", lambda intended: late.append(time.perf_counter() - intended), ready=False)
    turn_again = dispatcher._ticker.set

    def turn(seconds: float) -> None:
        dispatcher.offer("rate-limiter", lambda _: None)  # an answer to somebody else
        turn_again(seconds)

    dispatcher.begin()
    monkeypatch.setattr(dispatcher._ticker, "set", turn)
    gevent.sleep(0.1)
    assert len(late) == 1
    assert late[0] >= 0.02


def test_where_no_answers_come_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is the target that is slow, and what is due must go out."""
    turns: list[float] = []
    dispatcher = Dispatcher(iter([-0.005, 900.0]), {"http": 1})
    dispatcher.offer("http", turns.append, ready=False)
    dispatcher.begin()
    again = dispatcher._ticker.set
    waits: list[float] = []

    def counted(seconds: float) -> None:
        waits.append(seconds)
        again(seconds)

    monkeypatch.setattr(dispatcher._ticker, "set", counted)
    gevent.sleep(0.05)
    assert len(turns) == 1
    assert len(waits) == 2, "one turn to read what has come, and the next arrival's time"


class HandClock:
    """Time that goes on when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


def test_of_many_that_are_due_at_once_few_have_a_connection_opened_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rest waits for who comes free, until it is overdue: then nothing is waited for any more."""
    clock, handed = HandClock(), list[float]()
    monkeypatch.setattr(dispatch, "time", clock)
    dispatcher = Dispatcher(iter([0.0] * 10), {"http": 1})
    for _ in range(12):
        dispatcher.offer("http", handed.append, ready=False)
    dispatcher.begin()
    seen = []
    for _ in range(3):
        dispatcher._hand_out_due()
        seen.append(len(handed))
        clock.now += 0.0005
    assert seen == [0, 2, 4]
    dispatcher.offer("http", handed.append)
    dispatcher._hand_out_due()
    assert len(handed) == 5
    clock.now += 0.03
    dispatcher._hand_out_due()
    assert (len(handed), dispatcher.dropped) == (10, 0)
    dispatcher.stop()
