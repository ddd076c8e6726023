"""Check, inject, tell, hold, end, prove: in this order, whatever happens."""

import os
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.fault_protocol import MOST_AHEAD, FaultEvent, report_of
from stresscampaigns.faults.protocol import CannotWork, Times, hold

TIMES = Times(start=100.0, end=130.0, max_late=5.0)


@dataclass
class FakeClock:
    """Waiting takes no time; `aborted_at` is when somebody asks for the end."""

    moment: float = 90.0
    aborted_at: float | None = None

    def now(self) -> float:
        return self.moment

    def wait_until(self, moment: float) -> bool:
        if self.aborted_at is not None and self.aborted_at < moment:
            self.moment = max(self.moment, self.aborted_at)
            return False
        self.moment = max(self.moment, moment)
        return True


@dataclass
class FakeFault:
    """Notes what is done to it."""

    unit = "packets dropped"
    cannot: str | None = None
    cannot_inject: str | None = None
    cannot_tell: str | None = None
    breaks_at: str | None = None
    leaves_something: bool = False
    leaves: str | None = None
    done: list[str] = field(default_factory=list)
    seconds: float | None = None

    def _note(self, step: str) -> None:
        self.done.append(step)
        if step == self.breaks_at:
            raise OSError(f"{step} broke")

    def check(self) -> None:
        self._note("check")
        if self.cannot:
            raise CannotWork(self.cannot)

    def inject(self, seconds: float) -> None:
        self.seconds = seconds
        self._note("inject")
        if self.cannot_inject:
            raise CannotWork(self.cannot_inject)

    def evidence(self) -> int:
        self._note("evidence")
        if self.cannot_tell:
            raise CannotWork(self.cannot_tell)
        return 42

    def end(self) -> None:
        self._note("end")

    def gone(self) -> bool:
        if self.leaves:
            raise CannotWork(self.leaves)
        return not self.leaves_something


def lived(fault: FakeFault, clock: FakeClock, times: Times = TIMES) -> tuple[int, list[FaultEvent]]:
    told: list[FaultEvent] = []
    return hold(lambda: fault, times, clock, told.append), told


def test_a_fault_is_injected_held_and_proven_ended() -> None:
    fault = FakeFault()
    code, told = lived(fault, FakeClock())
    assert code == 0
    assert told == [
        FaultEvent("checked", 90, pid=os.getpid()),
        FaultEvent("injected", 100),
        FaultEvent("ended", 130, 42, "packets dropped"),
    ]
    assert fault.done == ["check", "inject", "evidence", "end"]


@pytest.mark.parametrize(("now", "seconds"), [(90.0, 30.0), (100.0, 30.0), (104.0, 26.0)])
def test_the_kernel_is_told_only_the_time_that_is_left(now: float, seconds: float) -> None:
    fault = FakeFault()
    lived(fault, FakeClock(now))
    assert fault.seconds == seconds


@dataclass
class SteppedBack(FakeClock):
    """While it waits for the fault's time somebody sets the node's clock back, by an hour."""

    def wait_until(self, moment: float) -> bool:
        waited = super().wait_until(moment)
        self.moment -= 3600 if moment == TIMES.start else 0
        return waited


def test_a_clock_that_was_set_back_makes_no_fault_longer_than_was_asked_for() -> None:
    fault, clock = FakeFault(), SteppedBack()
    lived(fault, clock)
    assert fault.seconds == 30.0
    assert clock.now() == TIMES.start - 3600 + 30.0


def test_on_a_node_whose_clock_is_behind_no_fault_begins_when_nobody_expects_it_any_more() -> None:
    fault, punctual = FakeFault(), FakeFault()
    code, told = lived(fault, FakeClock(TIMES.start - MOST_AHEAD - 3600))
    assert (code, fault.done) == (3, [])
    assert "3613.0s away by this node's clock" in (told[-1].message or "")
    assert lived(punctual, FakeClock(TIMES.start - MOST_AHEAD))[0] == 0


def test_a_fault_that_cannot_work_is_refused_and_nothing_is_broken() -> None:
    fault = FakeFault(cannot="no NET_ADMIN here")
    code, told = lived(fault, FakeClock())
    assert code == 3
    assert told == [FaultEvent("refused", 90, message="no NET_ADMIN here")]
    assert fault.done == ["check"]


def test_one_that_cannot_be_injected_after_all_is_refused_with_the_reason_and_cleared_away() -> None:
    fault = FakeFault(cannot_inject="no such set")
    code, told = lived(fault, FakeClock())
    assert code == 3
    assert told[-1] == FaultEvent("refused", 100, message="no such set")
    assert fault.done == ["check", "inject", "end"]


@pytest.mark.parametrize("why", [{"cannot_inject": "no such set"}, {"cannot_tell": "its reader died"}])
@pytest.mark.parametrize("leaves", [False, True])
def test_it_is_told_to_be_refused_only_once_it_has_ended_and_whether_anything_is_left(
    why: dict[str, str], leaves: bool
) -> None:
    fault, done_when_told = FakeFault(**why, leaves_something=leaves), dict[str, list[str]]()
    words: list[str | None] = []

    def tell(event: FaultEvent) -> None:
        done_when_told[event.event] = list(fault.done)
        words.append(event.message)

    assert hold(lambda: fault, TIMES, FakeClock(), tell) == 3
    assert done_when_told["refused"][-1] == "end"
    (reason,) = why.values()
    assert words[-1] == (f"{reason}; something is left behind" if leaves else reason)


@pytest.mark.parametrize("now", [105.1, 129.0, 130.0, 500.0])
def test_a_fault_that_would_begin_too_late_does_not_begin(now: float) -> None:
    fault = FakeFault()
    code, told = lived(fault, FakeClock(now))
    assert code == 4
    assert told[-1].event == "late"
    assert f"{now - 100:.1f}s late" in (told[-1].message or "")
    assert fault.done == ["check", "end"]


def test_a_short_fault_whose_time_is_over_does_not_begin_though_it_is_hardly_late() -> None:
    fault = FakeFault()
    code, _ = lived(fault, FakeClock(103), Times(start=100, end=102, max_late=5))
    assert code == 4
    assert fault.done == ["check", "end"]


def test_one_that_is_aborted_before_its_time_breaks_nothing_and_what_waits_for_it_is_called_off() -> None:
    fault = FakeFault()
    code, told = lived(fault, FakeClock(aborted_at=95))
    assert code == 5
    assert told[-1] == FaultEvent("aborted", 95, message="aborted before it began")
    assert fault.done == ["check", "end"]


def test_one_that_is_aborted_while_in_force_ends_at_once() -> None:
    fault = FakeFault()
    code, told = lived(fault, FakeClock(aborted_at=110))
    assert code == 5
    assert told[-1] == FaultEvent("aborted", 110, 42, "packets dropped", "ended before its time")
    assert fault.done[-1] == "end"


@pytest.mark.parametrize("aborted_at", [None, 110])
def test_something_left_behind_is_never_an_end(aborted_at: float | None) -> None:
    code, told = lived(FakeFault(leaves_something=True), FakeClock(aborted_at=aborted_at))
    assert code == 3
    assert told[-1].event == "refused"
    assert told[-1].message == "something is left behind"
    assert report_of(told).left
    assert not report_of(lived(FakeFault(cannot_tell="its reader died"), FakeClock())[1]).left


def test_where_it_is_known_what_is_left_behind_it_is_said() -> None:
    code, told = lived(FakeFault(leaves="the table is busy"), FakeClock())
    assert (code, told[-1].message) == (3, "something is left behind: the table is busy")


@pytest.mark.parametrize("step", ["inject", "evidence"])
def test_whatever_breaks_the_fault_is_ended_and_nobody_is_told_that_all_is_well(step: str) -> None:
    fault, told = FakeFault(breaks_at=step), list[FaultEvent]()
    with pytest.raises(OSError, match=f"{step} broke"):
        hold(lambda: fault, TIMES, FakeClock(), told.append)
    assert fault.done[-1] == "end"
    assert {event.event for event in told} <= {"checked", "injected"}


@given(st.floats(TIMES.start - MOST_AHEAD, 200), st.none() | st.floats(0, 200), st.booleans())
def test_a_fault_that_could_work_is_ended_in_every_life(
    now: float, aborted_at: float | None, leaves: bool
) -> None:
    fault = FakeFault(leaves_something=leaves)
    code, told = lived(fault, FakeClock(now, aborted_at))
    assert fault.done[-1] == "end"
    assert (code == 0) == (told[-1].event == "ended")
    assert fault.seconds is None or 0 < fault.seconds <= 30
