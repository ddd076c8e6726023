"""A worker's reports: made in pieces, sent in their order."""

import gevent

from stresscampaigns.load.worker import _one_report_at_a_time


class SlowReporter:
    """As Locust's runner: each report takes a number, is made while others go on, and is sent."""

    def __init__(self) -> None:
        self.sent: list[int] = []
        self._made = 0

    def _send_stats(self) -> None:
        self._made += 1
        number = self._made
        for _ in range(10 - number):  # the later ones are made in fewer pieces
            gevent.sleep(0)
        self.sent.append(number)


def test_no_report_overtakes_another() -> None:
    runner = SlowReporter()
    _one_report_at_a_time(runner)
    gevent.joinall([gevent.spawn(runner._send_stats) for _ in range(5)], raise_error=True)
    assert runner.sent == [1, 2, 3, 4, 5]
