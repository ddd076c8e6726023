"""A worker's reports: made in pieces, sent in their order, each whole by its own word."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import gevent

from stresscampaigns.load.recorder import Counted, Recorder
from stresscampaigns.load.watch import LOOK_SECONDS, LoopWatch
from stresscampaigns.load.worker import _one_report_at_a_time, _Worker


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


class Time:
    """Of a worker, in seconds since its load began."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class SlowRecorder(Recorder):
    """Making the report takes so long that a second ends meanwhile, in which one more request is counted."""

    def __init__(self, time: Time, loop: LoopWatch) -> None:
        super().__init__(time)
        self._time, self._loop = time, loop

    def take(self, pause: Callable[[], object] = lambda: None) -> dict[int, list[Counted]]:
        taken = super().take()
        self.count(("http", "GET /"), self._time.now, 0.01)
        self._time.now += LOOK_SECONDS
        self._loop.look()
        return taken


def test_a_second_is_called_over_only_with_all_that_was_counted_in_it() -> None:
    """Whoever waits for that word judges the second by what has come by then."""
    time = Time()
    worker = _Worker(SimpleNamespace(model="closed"), None, None, Recorder())  # type: ignore[arg-type]
    worker._loop = LoopWatch(time, lambda: 0.0, lambda: 0.0)
    worker._recorder = SlowRecorder(time, worker._loop)
    worker._recorder.start(at=0.0)
    time.now = 0.95
    report: dict[str, Any] = {}
    worker._on_report("worker", report)
    assert (report["stress"]["strain"], report["stress"]["seconds"]) == ([], {})
    worker._on_report("worker", report)
    assert [second for second, *_ in report["stress"]["strain"]] == [0]
    assert list(report["stress"]["seconds"]) == ["0"]
