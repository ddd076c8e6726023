"""The score follows its formula, and there is none where anything that goes into it is not known."""

from typing import Any

import pytest

from stresscampaigns.api.recovery_record import Resilience
from stresscampaigns.api.written_set import WrittenSet
from stresscampaigns.core.clocks import Skews
from stresscampaigns.core.recovery.records import fault_record
from stresscampaigns.core.recovery.resilience import resilience
from tests.unit.core.builders import CUT, ERRORS, template
from tests.unit.core.measurements import ended_pod, result, seconds
from tests.unit.core.measurements import fault_record as cut_record
from tests.unit.core.recovery.two_faults import SLOW, WELL, measured, picture, slow_record
from tests.unit.core.recovery.watches import harm, watch

API = {"name": "api", "selector": {"match_labels": {"app": "api"}}}
BESIDE_API = template(faults=[CUT, SLOW], checks=[ERRORS], neighbours=[API])


def scored(
    shown: str, *records: Any, invalid: tuple[str, ...] = (), rehearsal: bool = False, **changes: Any
) -> Resilience:
    of = measured(shown, *records, **({"watch": watch()} | changes))
    found = resilience([fault_record(record, of, None) for record in of.faults], of, invalid, rehearsal)
    assert found is not None
    return found


def test_a_service_that_nothing_harms_has_all_points() -> None:
    assert scored(WELL).score == 100


def test_the_score_can_be_made_again_from_its_parts() -> None:
    found = scored(picture((51, 63), (76, 100)), template=BESIDE_API)
    parts = {part.fault: (part.recovered, part.served, part.contained) for part in found.faults or []}
    assert parts == {"cut": (1, 0.5385, 1), "slow": (0, 0.52, 1)}
    cut, slow = 0.5 + 0.3 * 0.5385 + 0.2, 0.3 * 0.52 + 0.2
    assert found.score == pytest.approx(100 * (cut + slow) / 2, abs=0.05)


def test_a_harmed_neighbour_costs_a_fifth() -> None:
    over = watch(harm("Gone", 55, group="neighbour:api"))
    assert scored(WELL, cut_record(), watch=over, template=BESIDE_API).score == 80


def test_where_no_neighbour_is_named_containment_earns_nothing() -> None:
    found = scored(picture((51, 63), (76, 100)))
    assert [part.contained for part in found.faults or []] == [None, None]
    cut, slow = (0.5 + 0.3 * 0.5385) / 0.8, 0.3 * 0.52 / 0.8
    assert found.score == pytest.approx(100 * (cut + slow) / 2, abs=0.05)
    assert found.reason == "mean of 2 faults, without containment: no neighbours are named"


def test_lost_writes_are_worth_nothing() -> None:
    written = WrittenSet(attempted=9, acknowledged=9, kept=8, lost=1)
    found = scored("", result=result(seconds=seconds(WELL), written=written))
    assert (found.score, found.reason) == (0, "1 acknowledged writes were lost")


@pytest.mark.parametrize(
    ("shown", "changes", "reason"),
    [
        (WELL, {"invalid": ("1 of 2 workers were lost",)}, "1 of 2 workers were lost"),
        (WELL, {"rehearsal": True}, "a rehearsal is no evidence"),
        (WELL, {"skews": Skews(load="the coordinator's clock is off")}, "the coordinator's clock is off"),
        (WELL, {"skews": Skews(faults="a node's clock is off")}, "a node's clock is off"),
        (WELL, {"watch": None}, "nobody has looked at the pods"),
        (
            picture((70, 72)),
            {},
            "whether fault slow was recovered from is not known: the service was not steady",
        ),
        (picture((76, 100))[:82], {}, "whether fault slow was recovered from is not known: not good again"),
        (
            "",
            {"result": result(seconds=seconds(WELL), written=WrittenSet(attempted=3, unknown=3))},
            "what was written could not be read back: nothing was acknowledged",
        ),
    ],
)
def test_without_all_that_goes_into_it_there_is_no_score(shown: str, changes: Any, reason: str) -> None:
    found = scored(shown, **changes)
    assert found.score is None
    assert found.reason.startswith(f"no score: {reason}")


@pytest.mark.parametrize("pod", [{"outcome": "Lost"}, {"outcome": "Aborted"}, {"ended_at": None}])
def test_a_fault_that_is_not_proven_to_have_ended_leaves_no_score(pod: dict[str, Any]) -> None:
    found = scored(WELL, cut_record(ended_pod(), ended_pod(pod="postgres-1", **pod)), slow_record())
    assert (found.score, found.reason) == (None, "no score: not proven to have ended: fault cut")


def test_without_a_fault_there_is_nothing_to_score() -> None:
    assert resilience([], measured(WELL), (), False) is None
