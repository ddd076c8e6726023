"""An abort rule may ask what can be judged while the load is on; any other is refused with what to do instead."""

from typing import Any

import pytest

from tests.e2e.admission import FAULT, POOL, Wrong, offer, refused
from tests.e2e.campaigns import campaign

NEIGHBOURS = [{"name": "api", "selector": {"matchLabels": {"app": "api"}}}]
CUT = {"fault": "cut"}


def rule(**fields: Any) -> dict[str, Any]:
    """A campaign's changes: one rule, with all that it may name."""
    there = {"faults": [FAULT], "neighbours": NEIGHBOURS, "saturation": [POOL]}
    return there | {"abortWhen": [{"name": "r", **fields}]}


WRONG: dict[str, Wrong] = {
    "data loss": (
        rule(dataLoss={}, above=0),
        "spec.abortWhen[0].dataLoss",
        "read back when the load is over",
    ),
    "capacity": (rule(capacity={}, below=20), "spec.abortWhen[0].capacity", "known when the search is over"),
    "drift": (
        rule(latency={"percentile": 95}, comparedTo="only", above="1s"),
        "spec.abortWhen[0].comparedTo",
        "give a fixed bound",
    ),
    "too few restarts": (rule(restarts=CUT, below=1), "spec.abortWhen[0].below", "ask min in checks"),
    "restarts for a while": (
        rule(restarts=CUT, above=0, **{"for": "5s"}),
        "spec.abortWhen[0].for",
        "leave out for",
    ),
    "recovery for a while": (
        rule(recovery=CUT, above="5s", **{"for": "5s"}),
        "spec.abortWhen[0].for",
        "leave out for",
    ),
    "pods ready after longer than anybody looks": (
        rule(podsReady=CUT, above="5m"),
        "spec.abortWhen[0].above",
        "less than 5m",
    ),
    "a share of restarts": (rule(restarts=CUT, above="5%"), "spec.abortWhen[0].above", "is how many"),
    "a share of throughput": (
        rule(throughput={}, below="50%"),
        "spec.abortWhen[0].below",
        "is a plain number",
    ),
    "a number of recovery": (rule(recovery=CUT, above=5), "spec.abortWhen[0].above", "is a duration"),
    "a duration of memory": (
        rule(saturation={"resource": "memory"}, above="5s"),
        "spec.abortWhen[0].above",
        "is a ratio",
    ),
    "a fault that is not there": (
        rule(recovery={"fault": "other"}, above="5s"),
        "spec.abortWhen",
        "names a fault that is not in faults",
    ),
    "a resource that is not there": (
        rule(saturation={"resource": "threads"}, above="90%"),
        "spec.abortWhen",
        "neither in saturation nor one of",
    ),
    "a neighbour that is not there": (
        rule(containment={"fault": "*", "neighbours": ["mail"]}, above=0),
        "spec.abortWhen",
        "must be among them",
    ),
    "two questions": (rule(restarts=CUT, query="up", above=0), "spec.abortWhen[0]", "exactly one question"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused_with_the_field_and_what_to_do_instead(wrong: str) -> None:
    refused(WRONG[wrong])


def test_what_can_be_judged_while_the_load_is_on_is_accepted() -> None:
    rules = [
        {"name": "full", "saturation": {"resource": "memory"}, "above": "95%", "for": "5s"},
        {"name": "pool", "saturation": {"resource": "db-pool"}, "above": "95%"},
        {"name": "heals", "recovery": {"fault": "*"}, "above": "1m30s"},
        {"name": "falls", "restarts": CUT, "above": 2},
        {"name": "ready", "podsReady": CUT, "above": "4m"},
        {"name": "contained", "containment": {"fault": "*", "neighbours": ["api"]}, "above": 0},
    ]
    offer(campaign("guarded", **rule() | {"abortWhen": rules}))
