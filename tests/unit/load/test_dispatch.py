"""Arrivals are handed out, dropped or missed: each is counted."""

import gevent

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
