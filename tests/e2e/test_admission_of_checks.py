"""A malformed check is refused at apply, and one on what is not there; a good one is not."""

import pytest

from tests.e2e.admission import FAULT, POOL, Wrong, by_profile, expected, offer, one_check, refused, staged
from tests.e2e.campaigns import campaign

NEIGHBOUR = {"name": "api", "selector": {"matchLabels": {"app": "api"}}}

WRONG: dict[str, Wrong] = {
    "a data loss check of a load that writes nothing": (
        {"checks": one_check(dataLoss={}, max=0)},
        "spec.checks",
        "needs the scenario set-writes",
    ),
    "a share of lost writes": (
        {"load": staged(scenarios=[{"name": "set-writes"}]), "checks": one_check(dataLoss={}, max="1%")},
        "spec.checks[0].max",
        "is how many, like 0",
    ),
    "a window of a check that has its own": (
        {"faults": [FAULT], "checks": one_check(restarts={"fault": "cut"}, max=0, during="only")},
        "spec.checks[0]",
        "leave out during and after",
    ),
    "restarts under a fault that is not there": (
        {"faults": [FAULT], "checks": one_check(restarts={"fault": "other"}, max=0)},
        "spec.checks",
        "names a fault that is not in faults",
    ),
    "recovery of every fault where there is none": (
        {"checks": one_check(recovery={"fault": "*"}, max="5s")},
        "spec.checks",
        "names a fault that is not in faults",
    ),
    "containment without neighbours": (
        {"faults": [FAULT], "checks": one_check(containment={"fault": "*"}, max=0)},
        "spec.checks",
        "needs neighbours",
    ),
    "containment of a neighbour that is not there": (
        {
            "faults": [FAULT],
            "neighbours": [NEIGHBOUR],
            "checks": one_check(containment={"fault": "cut", "neighbours": ["mail"]}, max=0),
        },
        "spec.checks",
        "must be among them",
    ),
    "a number of seconds until pods are ready": (
        {"faults": [FAULT], "checks": one_check(podsReady={"fault": "cut"}, max=5)},
        "spec.checks[0].max",
        "is a duration",
    ),
    "a capacity check without a search": (
        {"checks": one_check(capacity={}, min=20)},
        "spec.checks",
        "a capacity check needs a search",
    ),
    "a check during a stage of another profile": (
        {"load": by_profile("light"), "checks": one_check(errorRate={}, max="1%", during="baseline")},
        "spec.checks",
        "neither a stage nor a fault",
    ),
    "a check during a stage that expected traffic does not have": (
        {"load": expected(), "checks": one_check(errorRate={}, max="1%", during="steady")},
        "spec.checks",
        "neither a stage nor a fault",
    ),
    "a saturation check of a resource that nobody named": (
        {"checks": one_check(saturation={"resource": "db-pool"}, max="90%")},
        "spec.checks",
        "neither in saturation nor one of memory, cpu",
    ),
    "a saturation check with a duration for a bound": (
        {"checks": one_check(saturation={"resource": "cpu"}, max="90s")},
        "spec.checks[0].max",
        "is a ratio, like 1% or 0",
    ),
    "a check on a scenario that is not there": (
        {"checks": one_check(errorRate={"scenario": "http"}, max="5%")},
        "spec.checks",
        "names a scenario that is not in load.scenarios",
    ),
    "a check on a fault that is not there": (
        {"checks": one_check(recovery={"fault": "gone"}, max="5s")},
        "spec.checks",
        "names a fault that is not in faults",
    ),
    "a check during what is not there": (
        {"checks": one_check(errorRate={}, max="1%", during="never")},
        "spec.checks",
        "neither a stage nor a fault",
    ),
    "a check compared to what is not there": (
        {"checks": one_check(throughput={}, min="90%", after="cut", comparedTo="never"), "faults": [FAULT]},
        "spec.checks",
        "`comparedTo` of a check names neither a stage nor a fault",
    ),
    "a check compared to itself": (
        {"checks": one_check(throughput={}, min="90%", during="only", comparedTo="only")},
        "spec.checks[0].comparedTo",
        "needs another window",
    ),
    "a whole run compared to a part of it": (
        {"checks": one_check(throughput={}, min="90%", comparedTo="only")},
        "spec.checks[0].comparedTo",
        "needs another window",
    ),
    "a comparison by a number that is no share": (
        {"checks": one_check(latency={"percentile": 95}, max="1s", after="cut", comparedTo="only")},
        "spec.checks[0].max",
        "is a share of what was there",
    ),
    "a comparison of error rates": (
        {"checks": one_check(errorRate={}, max="120%", after="cut", comparedTo="only"), "faults": [FAULT]},
        "spec.checks[0].comparedTo",
        "is for latency, throughput and query checks",
    ),
    "a check without a question": ({"checks": one_check(max="5s")}, "spec.checks[0]", "exactly one question"),
    "a check without a threshold": (
        {"checks": one_check(errorRate={})},
        "spec.checks[0]",
        "needs a threshold",
    ),
    "a latency that is no duration": (
        {"checks": one_check(latency={"percentile": 95}, max="5%")},
        "spec.checks[0].max",
        "is a duration",
    ),
    "a threshold that is empty": (
        {"checks": one_check(query="max(x)", max="")},
        "spec.checks[0].max",
        "at least 1",
    ),
    "an error rate that is no ratio": (
        {"checks": one_check(errorRate={}, max="5s")},
        "spec.checks[0].max",
        "is a ratio",
    ),
    "an error rate of more than all requests": (
        {"checks": one_check(errorRate={}, max="5")},
        "spec.checks[0].max",
        "is a ratio, like 1% or 0",
    ),
    "a share of a throughput that is compared to nothing": (
        {"checks": one_check(throughput={}, min="90%")},
        "spec.checks[0].min",
        "name that one in comparedTo",
    ),
    "a capacity in percent": (
        {"load": by_profile("capacity"), "checks": one_check(capacity={}, min="90%")},
        "spec.checks[0].min",
        "is a plain number, like 5",
    ),
    "no check": ({"checks": []}, "spec.checks", "at least 1"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused_with_the_field_and_what_is_wrong(wrong: str) -> None:
    refused(WRONG[wrong])


def test_one_window_may_be_compared_to_another() -> None:
    drift = one_check(latency={"percentile": 95}, max="120%", after="cut", comparedTo="only")
    offer(campaign("drift", faults=[FAULT], checks=drift))


def test_resources_that_can_saturate_are_accepted() -> None:
    asked = one_check(saturation={"resource": "db-pool"}, max="90%")
    offer(campaign("saturation", saturation=[POOL], checks=asked))
