"""A campaign that names no Prometheus is refused at apply where it asks what only that could answer."""

import pytest

from tests.e2e.admission import FAULT, POOL, Wrong, offer, one_check, refused_with, staged
from tests.e2e.campaigns import without_prometheus

FULL = {"resource": "memory"}
WRONG: dict[str, Wrong] = {
    "a query": ({"checks": one_check(query="up", min=1)}, "spec.checks", "a query check"),
    "throttling": (
        {"checks": one_check(saturation={"resource": "cpu-throttling"}, max="5%")},
        "spec.checks",
        "a saturation check of anything but memory and cpu",
    ),
    "a pool": ({"saturation": [POOL]}, "spec.saturation", "a resource of the service's own"),
    "a rule on memory": (
        {"abortWhen": [{"name": "full", "saturation": FULL, "above": "90%"}]},
        "spec.abortWhen",
        "an abort rule on a query or on saturation",
    ),
    "who noticed a fault": (
        {"faults": [FAULT | {"detected": "ALERTS"}]},
        "spec.faults",
        "`detected` of a fault",
    ),
    "the target's own count": (
        {"load": staged(serverCounter={"series": "served_total"})},
        "spec.load",
        "load.serverCounter",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused_with_the_field_and_what_is_missing(wrong: str) -> None:
    changes, field, words = WRONG[wrong]
    refused_with(without_prometheus("malformed", **changes), field, f"{words} needs `prometheus`")


def test_memory_and_cpu_can_be_asked_for() -> None:
    checks = [{"name": name, "saturation": {"resource": name}, "max": "90%"} for name in ("memory", "cpu")]
    rule = {"name": "meltdown", "errorRate": {}, "above": "50%"}
    offer(without_prometheus("good", checks=checks, abortWhen=[rule], faults=[FAULT]))
