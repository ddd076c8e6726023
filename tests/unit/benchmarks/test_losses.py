"""How long a loss goes unnoticed: what was not measured is no time, least of all a negative one."""

import time
from typing import Any

import pytest
from benchmarks.contest import losses
from benchmarks.contest.losses import Target


class Coordinator:
    """Once it is killed, its workers send what is left to them."""

    def __init__(self, requests: list[float]) -> None:
        self._requests = requests

    def kill(self) -> None:
        """Each request comes so many seconds later."""
        for later in self._requests:
            Target.last = time.monotonic() + later


class Load:
    """Its workers have ended."""

    def __init__(self, *requests: float) -> None:
        self.coordinator, self.workers = Coordinator(list(requests)), list[Any]()


@pytest.fixture(autouse=True)
def request_of_the_round_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Target, "last", time.monotonic())


def test_a_load_goes_on_until_its_last_request() -> None:
    load: Any = Load(1.0, 3.0)
    assert 3.0 <= losses._until_silent(load) < 4.0


def test_where_no_request_came_any_more_nothing_was_measured() -> None:
    load: Any = Load()
    with pytest.raises(RuntimeError, match="no request came after the coordinator was killed"):
        losses._until_silent(load)
