"""What a run's status says of its faults, one by one and together."""

from typing import Any

import pytest

from stresscampaigns.api.recovery_record import RecoverySummary
from stresscampaigns.api.run import FaultRecord
from stresscampaigns.api.slots import SlotRequests, Slots
from stresscampaigns.api.written_set import WrittenElement, WrittenSet
from stresscampaigns.core.clocks import Skews
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.recovery.detection import Detection
from stresscampaigns.core.recovery.records import data_loss, fault_record, summary
from tests.unit.core.builders import FAULT_START, T0
from tests.unit.core.measurements import ended_pod, result, seconds
from tests.unit.core.measurements import fault_record as cut_record
from tests.unit.core.recovery.two_faults import WELL, measured, picture, slow_record
from tests.unit.core.recovery.watches import harm, watch


def told(of: Evidence, detection: Detection | None = None) -> FaultRecord:
    """Of the fault `cut`."""
    return fault_record(of.faults[0], of, detection)


def together(shown: str, *records: FaultRecord) -> RecoverySummary:
    of = measured(shown, *records)
    found = summary([fault_record(record, of, None) for record in of.faults], of)
    assert found is not None
    return found


def test_every_moment_is_told() -> None:
    record = told(measured(picture((51, 63))), Detection(T0 + 54, "4s after it was in force"))
    moments = record.moments.model_dump() if record.moments else {}
    assert {name: at - T0 for name, at in moments.items()} == {
        "injected": 50,
        "acknowledged": 50,
        "broken": 51,
        "detected": 54,
        "ended": 60,
        "recovered": 63,
    }
    assert (record.broken_after, record.recovered_from_start, record.recovered_from_end) == (
        "1s",
        "13s",
        "3s",
    )
    assert (record.outcome, record.detection) == ("Recovered", "4s after it was in force")


def test_a_service_that_was_never_broken_has_no_moment_of_recovery() -> None:
    record = told(measured(WELL))
    assert record.moments is not None
    assert (record.moments.broken, record.moments.recovered) == (None, None)
    assert (record.outcome, record.detail, record.recovered_from_end) == (
        "Recovered",
        "the service stayed good",
        "0ms",
    )


def test_a_bad_second_long_before_a_fault_is_not_told_of() -> None:
    assert told(measured(picture((20, 21)))).detail == "the service stayed good"


def test_a_fault_that_has_not_ended_in_every_pod_has_no_end() -> None:
    record = told(measured(WELL, cut_record(ended_pod(), ended_pod(pod="postgres-1", ended_at=None))))
    assert record.moments is not None
    assert record.moments.ended is None


def test_harm_counts_from_the_first_pod_on_though_that_was_lost_and_another_has_taken_its_place() -> None:
    lost = ended_pod(outcome="Lost", ended_at=None, harmed=None)
    fresh = ended_pod(pod="postgres-1", uid="uid-postgres-1", injected_at=FAULT_START + 6)
    of = measured(picture((51, 63)), cut_record(lost, fresh), watch=watch(harm("Gone", 52)))
    record = told(of)
    assert record.moments is not None
    assert record.moments.broken == T0 + 51
    assert record.impact is not None
    assert (record.impact.failed, record.impact.pods) == (12 * 5, ["agents-0 is gone"])


def test_without_a_steady_state_there_is_no_time_of_recovery() -> None:
    record = told(measured(picture((48, 50), (51, 63))))
    assert (record.outcome, record.broken_after, record.recovered_from_end) == ("Unsteady", None, None)
    assert (record.detail or "").startswith("the service was not steady before the fault: 2 of the 5 seconds")


def test_a_recovery_that_was_not_seen_is_told_with_its_least() -> None:
    record = told(measured(picture((51, 100))))
    assert (record.outcome, record.recovered_from_end) == ("NotRecovered", None)
    assert (record.detail or "").startswith(
        "not good again when the next fault began, 15s at least from its end; the last bad second, 74: "
    )


@pytest.mark.parametrize(
    "doubt",
    [
        {"untrusted": ("a clock jumped",)},
        {"skews": Skews(load="the coordinator's is off")},
        {"skews": Skews(faults="a node's is off")},
    ],
)
def test_numbers_that_cannot_be_trusted_tell_nothing_of_recovery(doubt: dict[str, Any]) -> None:
    record = told(measured(WELL, **doubt))
    assert (record.outcome, record.recovered_from_end, record.impact) == (None, None, None)
    assert record.moments is not None
    assert record.moments.acknowledged == T0 + 50


def test_a_fault_is_not_blamed_for_what_another_did_that_was_lost() -> None:
    lost = slow_record(ended_at=None, harmed=None, outcome="Lost")
    record = told(measured(picture((76, 100)), cut_record(), lost))
    assert (record.outcome, record.recovered_from_end) == ("Recovered", "0ms")


NEVER = cut_record(ended_pod(injected_at=None, ended_at=None, outcome="Refused"))


@pytest.mark.parametrize("pod", [{"injected_at": None, "outcome": "Refused"}, {"ended_at": None}])
def test_a_fault_that_was_not_in_force_or_has_no_proven_end_is_told_so(pod: dict[str, Any]) -> None:
    record = told(measured(WELL, cut_record(ended_pod(**pod))))
    assert (record.outcome, record.recovered_from_end, record.impact) == ("NotInForce", None, None)


def slots() -> Slots:
    def one(name: str, failures: dict[int, int]) -> SlotRequests:
        counts = [failures.get(second, 0) for second in range(100)]
        return SlotRequests(scenario="http", name=name, counts=[10] * 100, failures=counts, histograms="")

    return Slots(
        length=1, number=100, requests=[one("GET /a", {55: 3, 62: 2, 70: 9}), one("GET /b", {49: 4})]
    )


def test_requests_are_harmed_from_the_faults_start_to_the_recovery() -> None:
    known = result(seconds=seconds(picture((51, 63))), slots=slots())
    impact = told(measured("", result=known)).impact
    assert impact is not None
    assert (impact.requests, impact.failed, impact.share) == (130, 60, "46.2%")
    assert impact.failed_by_name == {"http: GET /a": 5}


def test_harmed_pods_are_told_apart_from_harmed_neighbours() -> None:
    over = watch(harm("Unready", 55), harm("Gone", 56, group="neighbour:api", pod="api-0"))
    impact = told(measured(WELL, watch=over)).impact
    assert impact is not None
    assert (impact.pods, impact.neighbours, impact.unknown) == (
        ["agents-0 was not ready"],
        ["api-0 is gone"],
        None,
    )


def test_what_was_not_recovered_from_is_in_no_mean_and_stands_beside_it() -> None:
    found = together(picture((51, 63), (76, 100)))
    assert (found.recovered, found.not_recovered, found.success_rate) == (1, 1, "1 of 2")
    assert (found.median_from_end, found.worst_from_end) == ("3s of 1, 1 not recovered", "not recovered")


def test_of_the_worst_no_more_is_said_than_is_known() -> None:
    known, open_ = (measured(picture((51, 63))).faults[0] for _ in range(2))
    records = [
        known.model_copy(update={"outcome": "Recovered"}),
        open_.model_copy(update={"outcome": "Censored"}),
    ]
    found = summary(records, measured(picture((51, 63))))
    assert found is not None
    assert (found.median_from_end, found.worst_from_end) == ("3s of 1, 1 censored", "at least 3s")


def test_where_all_was_recovered_from_the_median_and_the_worst_are_told() -> None:
    found = together(picture((51, 63), (76, 85)))
    assert (found.success_rate, found.median_from_end, found.worst_from_end) == ("2 of 2", "4s of 2", "5s")
    assert (found.median_from_start, found.worst_from_start) == ("11.5s of 2", "13s")


def test_what_nobody_could_tell_is_counted_by_itself() -> None:
    found = together(picture((51, 63), (76, 100))[:82])
    assert (found.recovered, found.censored, found.success_rate) == (1, 1, "1 of 1")
    found = together(WELL, NEVER, slow_record())
    assert (found.recovered, found.unknown, found.success_rate) == (1, 1, "1 of 1")
    found = together(picture((70, 72)))
    assert (found.recovered, found.unknown, found.success_rate) == (1, 1, "1 of 1")


def test_without_faults_there_is_nothing_to_sum_up() -> None:
    assert summary([], measured(WELL)) is None


def test_lost_elements_are_listed_in_the_status() -> None:
    lost = [WrittenElement(element="w-1", after=48, before=56)]
    counts: dict[str, Any] = {"attempted": 5, "acknowledged": 4, "unknown": 1, "kept": 3, "lost": 1}
    record = data_loss(WrittenSet(**counts, lost_elements=lost))
    assert record is not None
    assert (record.lost, record.lost_elements) == (1, ["w-1 (written 48s to 56s into the load)"])
    assert data_loss(None) is None


def test_of_more_than_a_status_can_name_the_first_are_named_and_all_are_counted() -> None:
    gone = [WrittenElement(element=f"w-{number:03}", after=48, before=56) for number in range(80)]
    counts: dict[str, Any] = {"attempted": 80, "acknowledged": 80, "lost": 80, "duplicated": 80}
    record = data_loss(WrittenSet(**counts, lost_elements=gone, duplicated_elements=gone))
    assert record is not None
    assert (record.lost, record.duplicated) == (80, 80)
    first = [f"w-{number:03} (written 48s to 56s into the load)" for number in range(50)]
    assert (record.lost_elements, record.duplicated_elements) == (first, first)
