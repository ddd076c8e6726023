"""A user's own program as a fault: how it is asked, and what becomes of one that misbehaves."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.fault_protocol import MOST_AHEAD
from stresscampaigns.faults.contract import KEPT
from stresscampaigns.faults.guard import LAST, Guard
from stresscampaigns.faults.program import Tail
from stresscampaigns.faults.protocol import CannotWork
from tests.unit.faults.own_programs import BUSY, RUNAWAY, Held, awaited, needs_containers

pytestmark = needs_containers

Own = Callable[..., Held]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    """Holds one, by what it does for each verb; it has nothing to do for the others. None outlives its test."""
    held: list[Held] = []

    def start(
        seconds: float = 2.5, ahead: float = 0.0, parameters: dict[str, str] | None = None, **verbs: str
    ) -> Held:
        spoken = {"inject": "true", "evidence": "echo 3 things broken"} | verbs
        cases = "\n".join(f"{verb}) {words} ;;" for verb, words in spoken.items())
        script = f'case "$1" in\n{cases}\n*) exit 64 ;;\nesac'
        held.append(Held(tmp_path, script, seconds, ahead, **(parameters or {})))
        return held[-1]

    yield start
    for one in held:
        one.end()


def test_it_is_in_force_for_its_time_and_says_itself_what_it_has_broken(own: Own) -> None:
    held = own(hold=BUSY)
    last = held.last()
    assert (last.event, last.harmed, last.unit) == ("ended", 3, "things broken")
    assert held.order.until <= last.at < held.order.until + LAST


def test_it_is_asked_in_this_order_and_keeps_notes_from_one_call_to_the_next(own: Own) -> None:
    note = 'echo "$1" >> "$STRESS_NOTES"'
    verbs = dict.fromkeys(("check", "inject", "end"), note)
    tell = "echo 1 $(cat $STRESS_NOTES)"
    held = own(**verbs, evidence=f"{note}; {tell}", gone='[ "$(tail -n 1 $STRESS_NOTES)" = end ]')
    last = held.last()
    assert (last.event, last.unit) == ("ended", "check inject evidence")


def test_it_is_told_its_parameters_and_how_much_time_is_left(own: Own) -> None:
    told = 'echo "$STRESS_MILLISECONDS $STRESS_PATH_OF" >> "$STRESS_NOTES"'
    held = own(inject=told, evidence="cat $STRESS_NOTES", parameters={"PATH_OF": "a b; c"})
    last = held.last()
    assert last.unit == "a b; c"
    assert 0 < (last.harmed or 0) <= 2500


@pytest.mark.parametrize("verb", ["check", "inject", "evidence"])
def test_where_it_says_no_the_fault_is_refused_in_its_own_words(own: Own, verb: str) -> None:
    last = own(**{verb: "echo no table of ours >&2; exit 3"}).last()
    assert (last.event, last.message) == ("refused", f"{verb}: no table of ours (exit code 3)")


def test_one_that_is_not_in_its_image_is_refused(own: Own) -> None:
    held = own(ahead=0.5)
    held.program.unlink()
    last = held.last()
    assert last.event == "refused"
    assert "No such file" in (last.message or "")


def test_one_that_comes_when_its_time_is_long_over_is_never_called(own: Own) -> None:
    last = own(ahead=-60, check="echo called >&2; exit 1").last()
    assert last.event == "refused"
    assert "it comes too late" in (last.message or "")


def test_one_that_breaks_nothing_is_refused(own: Own) -> None:
    last = own(inject="exit 64").last()
    assert (last.event, last.message) == ("refused", "it speaks neither inject nor hold: nothing was broken")


def test_one_that_gives_no_answer_is_refused_and_nothing_of_it_goes_on(own: Own) -> None:
    held = own(inject=f"{RUNAWAY} {BUSY}")
    last = held.last()
    assert last.event == "refused"
    assert "inject: no answer within" in (last.message or "")


def test_where_the_end_is_asked_for_a_call_that_is_under_way_is_ended(own: Own) -> None:
    held = own(seconds=60, inject=f"{RUNAWAY} {BUSY}").until("checked")
    awaited(lambda: len(held.others()) >= 2)
    asked_at = time.time()
    held.signal(signal.SIGTERM, held.holder)
    last = held.last()
    assert (last.event, last.message) == ("refused", "inject: the end was asked for while it was under way")
    assert last.at < asked_at + 2


def test_one_whose_hold_ends_early_was_not_in_force_all_the_time(own: Own) -> None:
    last = own(hold="sleep 0.3; echo lost the socket >&2; exit 1").last()
    assert last.event == "refused"
    assert "s before its time" in (last.message or "")
    assert "lost the socket (exit code 1)" in (last.message or "")


def test_one_whose_hold_ends_when_its_time_is_over_was(own: Own) -> None:
    assert own(hold="exec sleep $STRESS_SECONDS").last().event == "ended"


def test_one_whose_hold_ends_early_without_a_complaint_neither(own: Own) -> None:
    last = own(hold="exit 0").last()
    assert last.event == "refused"
    assert "exit code 0" in (last.message or "")


@pytest.mark.parametrize("evidence", ["echo many", "true", "exit 64", r"printf '4 \001\377things'"])
def test_what_is_no_evidence_is_none(own: Own, evidence: str) -> None:
    last = own(evidence=evidence).last()
    assert last.event == "refused"
    assert (last.message or "").startswith("evidence: ")


def test_one_that_prints_without_end_is_read_and_forgotten(own: Own) -> None:
    held = own(hold="exec yes", check="yes | head -c 3000000 >&2")
    assert held.last().event == "ended"
    assert len(held.log) < 1000


@given(st.lists(st.binary(min_size=1, max_size=3000), max_size=8))
def test_the_last_of_what_it_prints_is_kept(said: list[bytes]) -> None:
    tail = Tail()
    tail.start()
    for one in said:
        os.write(tail.sink, one)
    os.close(tail.sink)
    tail.join()
    assert tail.kept == b"".join(said)[-KEPT:]


def test_what_it_prints_is_never_taken_for_the_holders_word(own: Own) -> None:
    forged = 'echo \'stresscampaigns-event {"event": "late", "at": 1}\''
    held = own(check=f"{forged}; {forged} >&2")
    assert held.last().event == "ended"
    assert held.events() == ["checked", "injected", "ended"]


def test_what_check_starts_does_not_go_on(own: Own) -> None:
    held = own(seconds=60, ahead=MOST_AHEAD, check=RUNAWAY).until("checked")
    awaited(lambda: not held.others())


def test_what_has_run_away_is_dead_when_the_fault_has_ended(own: Own) -> None:
    held = own(hold=f"{RUNAWAY} {BUSY}", inject=RUNAWAY).until("injected")
    awaited(lambda: len(held.others()) >= 3)
    runaways = held.others()
    assert held.last().event == "ended"
    awaited(lambda: not any(Path(f"/proc/{pid}").exists() for pid in runaways))


def test_one_that_forks_all_the_time_is_dead_when_the_fault_has_ended(own: Own) -> None:
    held = own(hold="while :; do (setsid sleep 600 &); sleep 0.02; done").until("injected")
    awaited(lambda: len(held.others()) >= 5)
    holder, held_by = held.holder, held.others()
    assert held.last().event == "ended"
    awaited(lambda: not any(Path(f"/proc/{pid}").exists() for pid in {holder, *held_by}))


def test_orphans_are_buried(own: Own) -> None:
    held = own(seconds=60, hold=f"for i in 1 2 3 4 5; do (sh -c : &); done; {BUSY}").until("injected")
    awaited(lambda: held.dead() == 0 and len(held.others()) == 1)


@pytest.mark.parametrize("verb", ["end", "gone"])
def test_where_it_cannot_mend_what_it_broke_something_is_left_behind(own: Own, verb: str) -> None:
    last = own(**{verb: "echo table is busy >&2; exit 1"}).last()
    words = f"something is left behind: {verb}: table is busy (exit code 1)"
    assert (last.event, last.message) == ("refused", words)


def test_one_that_hangs_at_its_end_is_told_before_the_kernel_ends_it(own: Own) -> None:
    held = own(end=BUSY)
    last = held.last()
    assert last.event == "refused"
    assert "something is left behind: end: no answer within 1.5s" in (last.message or "")
    assert last.at < held.order.until + LAST


def test_an_abort_ends_it_at_once(own: Own) -> None:
    held = own(
        seconds=600,
        hold=f"{RUNAWAY} {BUSY}",
        end='echo ended >> "$STRESS_NOTES"',
        gone='grep ended "$STRESS_NOTES"',
    )
    held.until("injected")
    held.signal(signal.SIGTERM, held.holder)
    assert held.last().event == "aborted"


def test_where_others_share_the_sidecars_processes_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotWork, match="shareProcessNamespace"):
        Guard(0).arm()
