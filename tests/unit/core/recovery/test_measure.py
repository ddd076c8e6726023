"""Recovery after several faults: each is measured from a steady state, and none is blamed for another's harm."""

import pytest

from stresscampaigns.api.run import FaultRecord
from stresscampaigns.api.status import CheckResult
from stresscampaigns.core.checks import judge
from stresscampaigns.core.recovery.measure import measure, outcome, question_of
from stresscampaigns.core.recovery.records import fault_record, summary
from tests.unit.core.builders import CUT, T0, check, template
from tests.unit.core.measurements import ended_pod, evidence, result, seconds
from tests.unit.core.measurements import fault_record as cut_record
from tests.unit.core.recovery.two_faults import SLOW, WELL, measured, picture, slow_record


def asked(shown: str, fault: str, *records: object, bound: str = "10s") -> CheckResult:
    wanted = check(recovery={"fault": fault}, max=bound)
    return judge(wanted, measured(shown, *records))  # type: ignore[arg-type]


def test_a_fault_that_did_no_harm_is_not_blamed_for_that_of_the_next() -> None:
    shown = picture((76, 83))
    assert asked(shown, "cut").value == "0ms"
    assert asked(shown, "slow").value == "3s"


@pytest.mark.parametrize(("second", "verdict"), [(44, "Passed"), (45, "Inconclusive"), (49, "Inconclusive")])
def test_the_five_seconds_before_a_fault_must_be_good(second: int, verdict: str) -> None:
    assert asked(picture((second, second + 1)), "cut").verdict == verdict


def test_what_was_wrong_before_the_fault_is_told_in_numbers() -> None:
    assert asked(picture((47, 49)), "cut").message == (
        "it: no answer: the service was not steady before the fault: 2 of the 5 seconds before it were bad, the last "
        "of them 48: 10 completed, 5 of them failed, p95 10ms"
    )


@pytest.mark.parametrize(
    ("model", "level", "shown"),
    [
        ("open", "rate", "+" * 64 + "." * 20 + "+" * 16),
        ("closed", "users", "+" * 64 + ".." + " " * 18 + "+" * 16),
    ],
    ids=["open", "closed"],
)
def test_a_stage_without_load_says_nothing_of_the_service(model: str, level: str, shown: str) -> None:
    """From 64s to 84s. Users of an open load are there all the time, those of a closed one seem to be for a while."""
    lengths = {"on": (10, "64s"), "off": (0, "20s"), "again": (10, "16s")}
    stages = [{"name": name, level: number, "duration": length} for name, (number, length) in lengths.items()]
    load = {"stages": stages, "scenarios": [{"name": "http"}]}
    paused = template(load=load, checks=[{"name": "it", "recovery": {"fault": "cut"}, "max": "10s"}])

    def told(picture: str) -> CheckResult:
        found = result(model=model, seconds=seconds(picture))
        return judge(paused.checks[0], evidence(template=paused, result=found))

    assert (told(shown).verdict, told(shown).value) == ("Passed", "0ms")
    assert told("+" * 61 + "." * 39).verdict == "Failed"


def test_a_fault_at_the_very_start_of_the_load_has_nothing_to_be_compared_with() -> None:
    early = cut_record(ended_pod(injected_at=None))
    assert asked(WELL, "slow", early, slow_record(start=0.5, end=5)).message == (
        "it: no answer: nothing was seen of the service before the fault: let it begin later"
    )


def test_the_seconds_before_do_not_reach_back_into_another_fault() -> None:
    assert asked(picture((50, 60)), "slow", cut_record(), slow_record(62.5, 80)).verdict == "Passed"


def test_of_faults_that_overlap_the_steady_state_is_that_before_the_first() -> None:
    assert asked(picture((51, 63)), "slow", cut_record(), slow_record(58, 62)).value == "1s"
    assert asked(picture((46, 47)), "slow", cut_record(), slow_record(58, 62)).verdict == "Inconclusive"


@pytest.mark.parametrize(
    ("shown", "bound", "verdict", "words"),
    [
        (
            picture((51, 73)),
            "10s",
            "Inconclusive",
            "good again after 0ms at least and 13s at most, against <= 10s",
        ),
        (picture((51, 73)), "13s", "Passed", "13s since end of cut keeps <= 13s"),
        (picture((51, 62)), "5s", "Passed", "2s since end of cut keeps <= 5s"),
        (picture((58, 100)), "10s", "Inconclusive", "not good again when another fault was in force"),
        (picture((71, 100)), "10s", "Inconclusive", "not good again when another fault was in force"),
    ],
    ids=["while the other was", "in time all the same", "under the other", "never", "only after both"],
)
def test_a_fault_is_not_failed_by_what_was_bad_while_another_outlasted_it(
    shown: str, bound: str, verdict: str, words: str
) -> None:
    """`cut` from 50 s to 60 s, `slow` from 58 s to 70 s, which answers for what comes then."""
    both = cut_record(), slow_record(58, 70)
    told = asked(shown, "cut", *both, bound=bound)
    assert (told.verdict, words in told.message) == (verdict, True), told.message
    late = asked(picture((51, 100)), "slow", *both)
    assert (late.verdict, late.value) == ("Failed", "not recovered")


def test_a_fault_within_another_is_not_failed_by_that_one() -> None:
    shown, both = picture((51, 63)), (cut_record(), slow_record(52, 54))
    assert asked(shown, "slow", *both, bound="5s").verdict == "Inconclusive"
    assert asked(shown, "cut", *both, bound="5s").value == "3s"


def test_what_was_bad_for_too_long_before_the_next_began_fails_however_near_that_was() -> None:
    told = asked(picture((51, 80)), "cut", cut_record(), slow_record(61.5, 70), bound="500ms")
    assert told.verdict == "Failed"


def test_of_faults_that_end_together_each_is_to_be_recovered_from() -> None:
    both = cut_record(), slow_record(50.2, 60.9)
    for fault in ("cut", "slow"):
        assert asked(picture((51, 80)), fault, *both).verdict == "Failed"


def test_how_long_a_recovery_took_under_another_fault_is_in_no_mean() -> None:
    of = measured(picture((51, 73)), cut_record(), slow_record(58, 70))
    found = summary([fault_record(one, of, None) for one in of.faults], of)
    assert found is not None
    assert (found.recovered, found.median_from_end, found.worst_from_end) == (2, "3s of 1", "at least 3s")
    cut = fault_record(of.faults[0], of, None)
    assert (cut.outcome, cut.recovered_from_end) == ("Recovered", None)
    assert "another fault was in force meanwhile" in (cut.detail or "")


def test_a_service_that_is_still_broken_when_the_next_fault_begins_was_looked_at_for_too_short() -> None:
    shown = picture((51, 100))
    told = asked(shown, "cut", bound="20s")
    assert told.verdict == "Inconclusive"
    assert "not good again when the next fault began; it takes 15s at least" in told.message
    assert asked(shown, "cut", bound="14s").verdict == "Failed"


@pytest.mark.parametrize("shown", [WELL[:61], picture((51, 62))[:63], picture((51, 75)), WELL])
@pytest.mark.parametrize("slow", [slow_record(), slow_record(58, 70)], ids=["later", "meanwhile"])
@pytest.mark.parametrize("bound", [None, "1s", "2s", "15s"])
@pytest.mark.parametrize("since", ["faultEnd", "faultStart"])
def test_a_check_and_the_record_of_its_fault_say_the_same(
    shown: str, slow: FaultRecord, bound: str | None, since: str
) -> None:
    bounds = {"min": "0s"} | ({"max": bound} if bound else {})
    wanted = check(recovery={"fault": "cut", "since": since}, **bounds)
    known = template(faults=[CUT, SLOW], checks=[wanted.to_wire()])
    of = measured(shown, cut_record(), slow, template=known)
    told = judge(wanted, of).verdict
    record = fault_record(of.faults[0], of, None).outcome
    assert (told == "Inconclusive") == (record == "Censored")
    assert record != "NotRecovered" or told == "Failed"


def test_of_all_faults_the_worst_counts() -> None:
    told = asked(picture((51, 63), (76, 87)), "*")
    assert (told.verdict, told.value) == ("Passed", "7s (slow)")
    assert told.message == "it: 7s since end of slow keeps <= 10s, the worst of 2"


def test_of_all_faults_one_that_was_not_recovered_from_fails_whatever_the_others_were() -> None:
    told = asked(picture((51, 100)), "*", bound="14s")
    assert (told.verdict, told.value) == ("Failed", "not recovered (cut)")
    assert told.message.startswith("it: cut: not good again when the next fault began")
    assert "; slow: no answer: the service was not steady before the fault" in told.message
    assert told.message.endswith("; 0 of 2 faults recovered from in time")


def test_of_all_faults_one_of_which_nothing_is_known_leaves_no_answer() -> None:
    told = asked(WELL, "*", cut_record(), slow_record(outcome="Refused", ended_at=None, injected_at=None))
    assert told.verdict != "Failed"
    assert asked(picture((70, 72)), "*", bound="15s").verdict == "Inconclusive"


@pytest.mark.parametrize(
    ("shown", "bound", "told"),
    [
        (picture((51, 63)), 10.0, "Recovered"),
        (WELL, None, "Recovered"),
        (picture((51, 75)), None, "NotRecovered"),
        (picture((51, 75)), 14.0, "NotRecovered"),
        (picture((51, 75)), 15.0, "Censored"),
        (WELL[:61], None, "Censored"),
        (picture((51, 63), length=63), None, "NotRecovered"),
        (picture((51, 62), length=62), None, "Censored"),
        (picture((48, 50)), None, "Unsteady"),
    ],
)
def test_what_came_of_a_fault_in_one_word(shown: str, bound: float | None, told: str) -> None:
    question, _ = question_of([], "cut")
    assert outcome(measure(measured(shown), question), question, bound) == told
    assert outcome(None, question, bound) == "NotInForce"


def test_without_a_steady_state_there_is_no_time() -> None:
    found = measure(measured(picture((48, 50), (51, 63))), question_of([], "cut")[0])
    assert found is not None
    assert (found.from_start, found.from_end) == (None, None)


def test_a_faults_own_check_says_what_good_means_before_the_one_for_all() -> None:
    every = check(recovery={"fault": "*", "good_p95": "2s"}, max="9s")
    own = check(recovery={"fault": "cut", "good_p95": "3s"}, max="5s")
    assert question_of([every, own], "cut")[0].good_p95 == "3s"
    found, bound = question_of([every, own], "slow")
    assert (found.fault, found.good_p95, bound) == ("slow", "2s", every)
    assert question_of([], "cut")[1] is None


def test_a_bad_second_long_after_a_fault_is_not_its_doing_and_is_told_of() -> None:
    shown = picture((90, 91))
    wanted = check(recovery={"fault": "cut", "breaks_within": "30s"}, max="10s")
    of = measured(shown, cut_record(), template=template(faults=[CUT], checks=[wanted.to_wire()]))
    assert judge(wanted, of).verdict == "Passed"
    assert fault_record(of.faults[0], of, None).detail == (
        "the service stayed good; second 90: 10 completed, 5 of them failed, p95 10ms, is too late to be its doing"
    )
    assert asked(shown, "cut", cut_record()).value == "31s"


def test_a_fault_that_was_lost_in_one_pod_and_ended_early_in_another_counts_as_in_force_until_it_was_to_end() -> (
    None
):
    """In the one that was lost the kernel ends it, at its deadline: until then nothing is to be recovered from."""
    early = ended_pod(ended_at=T0 + 52, outcome="Aborted")
    lost = ended_pod(pod="postgres-1", ended_at=None, outcome="Lost")
    assert asked(picture((51, 63)), "cut", cut_record(early, lost), slow_record(), bound="5s").value == "3s"
    goes_on = picture((51, 54), (57, 63))
    assert asked(goes_on, "cut", cut_record(early, lost), slow_record(), bound="2s").verdict == "Failed"
