"""A malformed load is refused at apply, whatever it is made of; a good one is not."""

from typing import Any

import pytest

from tests.e2e.admission import (
    DATA,
    FAULT,
    STAGE,
    Wrong,
    by_profile,
    expected,
    offer,
    one_check,
    own_file,
    refused,
    staged,
)
from tests.e2e.campaigns import campaign

WRONG: dict[str, Wrong] = {
    "a wrong type": ({"load": staged(workers="many")}, "spec.load.workers", "integer"),
    "a bad duration": (
        {"load": staged(stages=[{**STAGE, "duration": "6 s"}])},
        "spec.load.stages[0].duration",
        "should match",
    ),
    "negative users": (
        {"load": staged(stages=[{**STAGE, "users": -3}])},
        "spec.load.stages[0].users",
        "greater",
    ),
    "no users at all": (
        {"load": staged(stages=[{**STAGE, "users": 0}])},
        "spec.load.stages",
        "no stage has any load",
    ),
    "a server counter that is no series": (
        {"load": staged(serverCounter={"series": "sum(rate(http_requests_total[5s]))"})},
        "spec.load.serverCounter.series",
        "without functions",
    ),
    "users and a rate in one stage": (
        {"load": staged(stages=[{**STAGE, "rate": 5}])},
        "spec.load.stages[0]",
        "either users (closed model",
    ),
    "neither users nor a rate": (
        {"load": staged(stages=[{"name": "only", "duration": "6s"}])},
        "spec.load.stages[0]",
        "or rate (open model",
    ),
    "users in one stage and a rate in another": (
        {"load": staged(stages=[STAGE, {"name": "other", "rate": 5, "duration": "6s"}])},
        "spec.load.stages",
        "stages mix users",
    ),
    "a negative rate": (
        {"load": staged(stages=[{"name": "only", "rate": -1, "duration": "6s"}])},
        "spec.load.stages[0].rate",
        "greater",
    ),
    "a search that begins above its end": (
        {"load": staged(capacity={"lowest": 50, "highest": 20})},
        "spec.load.capacity",
        "lowest must not be more than highest",
    ),
    "a search for users in an open model": (
        {"load": staged(stages=[{"name": "only", "rate": 5, "duration": "6s"}], capacity={"highest": 20})},
        "spec.load",
        "capacity is searched in users",
    ),
    "a bound of the open model in a closed one": (
        {"load": staged(maxInFlight=50)},
        "spec.load",
        "belong to the open model",
    ),
    "a stage of no time": (
        {"load": staged(stages=[STAGE, {**STAGE, "name": "none", "duration": "0s"}])},
        "spec.load.stages[1].duration",
        "more than 0s",
    ),
    "a stage that goes backwards": (
        {"load": staged(stages=[{**STAGE, "duration": "-6s"}])},
        "spec.load.stages[0].duration",
        "should match",
    ),
    "a ramp that goes backwards": (
        {"load": staged(stages=[{**STAGE, "ramp": "-1s"}])},
        "spec.load.stages[0].ramp",
        "should match",
    ),
    "two stages with one name": (
        {"load": staged(stages=[STAGE, STAGE])},
        "spec.load.stages",
        "two stages have the same name",
    ),
    "scenarios that nobody chooses": (
        {"load": staged(scenarios=[{"name": "http", "weight": 0}, {"name": "agent-workflow", "weight": 0}])},
        "spec.load.scenarios",
        "every scenario has weight 0",
    ),
    "a weight below nought": (
        {"load": staged(scenarios=[{"name": "http", "weight": -1}])},
        "spec.load.scenarios[0].weight",
        "greater",
    ),
    "a profile that nobody knows": (
        {"load": by_profile("enormous")},
        "spec.load.profile",
        '"light", "medium"',
    ),
    "a profile and stages": (
        {"load": staged(profile="light")},
        "spec.load",
        "exactly one of profile, stages",
    ),
    "neither a profile nor stages nor traffic": (
        {"load": {"scenarios": [{"name": "http"}]}},
        "spec.load",
        "exactly one of profile, stages, expected",
    ),
    "users beside stages": ({"load": staged(users=5)}, "spec.load", "change those of a profile"),
    "a spike too small for its baseline": (
        {"load": by_profile("spike", users=5)},
        "spec.load.users",
        "10 times its baseline",
    ),
    "a profile of seconds": ({"load": by_profile(duration="30s")}, "spec.load.duration", "1m or more"),
    "a length for a search": (
        {"load": by_profile("capacity", duration="5m")},
        "spec.load.duration",
        "as long as its trials",
    ),
    "a search whose end is given twice": (
        {"load": by_profile("capacity", users=50, capacity={"highest": 60})},
        "spec.load.users",
        "given twice",
    ),
    "a factor of less than what is expected": (
        {"load": expected(factor="99%")},
        "spec.load.expected.factor",
        "300% is three times as much",
    ),
    "a factor without its sign": (
        {"load": expected(factor="3")},
        "spec.load.expected.factor",
        "should match",
    ),
    "more than anybody sends": (
        {"load": expected(users=50000)},
        "spec.load.expected.factor",
        "more than 100000 users",
    ),
    "expected users and a rate": (
        {"load": expected(rate=5)},
        "spec.load.expected",
        "either users (closed model",
    ),
    "arrivals of expected users": (
        {"load": {**expected(), "arrivals": "even"}},
        "spec.load",
        "belong to the open model",
    ),
    "a ramp longer than its stage": (
        {"load": staged(stages=[{**STAGE, "ramp": "7s"}])},
        "spec.load.stages[0].ramp",
        "ramp must not be longer",
    ),
    "a scenario that nobody knows": (
        {"load": staged(scenarios=[{"name": "agents"}])},
        "spec.load.scenarios[0].name",
        '"agent-workflow", "database-pool"',
    ),
    "data that are neither CSV nor lines of JSON": (
        {"load": staged(scenarios=[{"name": "http", "data": {"configMap": "items", "key": "items.txt"}}])},
        "spec.load.scenarios[0].data.key",
        "CSV with a header row, called *.csv",
    ),
    "data in an order that nobody knows": (
        {"load": staged(scenarios=[{"name": "http", "data": {**DATA, "order": "backwards"}}])},
        "spec.load.scenarios[0].data.order",
        '"sequential", "random"',
    ),
    "data without a key": (
        {"load": staged(scenarios=[{"name": "http", "data": {"configMap": "items"}}])},
        "spec.load.scenarios[0].data.key",
        "Required",
    ),
    "scenarios and a Locust file": (
        {"load": staged(locustfile={"configMap": "mine"})},
        "spec.load",
        "either scenarios or locustfile",
    ),
    "a Locust file in no place": (
        {"load": own_file(image="mine:1")},
        "spec.load.locustfile",
        "either configMap (it holds the Locust file) or path",
    ),
    "a Locust file in two places": (
        {"load": own_file(image="mine:1", path="/locust/a.py", configMap="mine")},
        "spec.load.locustfile",
        "either configMap (it holds the Locust file) or path",
    ),
    "a Locust file in an image that is not named": (
        {"load": own_file(path="/locust/a.py")},
        "spec.load.locustfile.path",
        "give image, too",
    ),
    "a Locust file where a folder will be mounted": (
        {"load": own_file(image="mine:1", path="/tmp/a.py")},
        "spec.load.locustfile.path",
        "/tmp is an empty folder",
    ),
    "a Locust file whose path is not absolute": (
        {"load": own_file(image="mine:1", path="locust/a.py")},
        "spec.load.locustfile.path",
        "should match",
    ),
    "a key of no ConfigMap": (
        {"load": own_file(image="mine:1", path="/locust/a.py", key="a.py")},
        "spec.load.locustfile.key",
        "key is one of a ConfigMap",
    ),
    "a proxy that is spoken to in TLS": (
        {"load": staged(proxy="https://proxy:3128")},
        "spec.load.proxy",
        "write it like http://proxy:3128",
    ),
    "a proxy with credentials": (
        {"load": staged(proxy="http://me:word@proxy:3128")},
        "spec.load.proxy",
        "without credentials",
    ),
    "a stage called as the whole": (
        {"load": staged(stages=[{**STAGE, "name": "whole"}])},
        "spec.load.stages",
        "no stage can be called whole",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_it_is_refused_with_the_field_and_what_is_wrong(wrong: str) -> None:
    refused(WRONG[wrong])


@pytest.mark.parametrize("data", [DATA, {**DATA, "key": "items.jsonl", "order": "random"}])
def test_data_are_accepted(data: dict[str, str]) -> None:
    offer(campaign("data", load=staged(scenarios=[{"name": "http", "data": data}])))


def test_a_search_for_the_capacity_is_accepted() -> None:
    offer(campaign("capacity", load=staged(capacity={"highest": 200}), checks=one_check(capacity={}, min=20)))


@pytest.mark.parametrize(
    ("load", "stage"),
    [
        (by_profile("light"), "steady"),
        (by_profile("heavy", users=2000, duration="2h"), "ramp"),
        (by_profile("spike", users=1000), "after"),
        (by_profile("endurance", duration="48h"), "last"),
        (by_profile("capacity"), "warm-up"),
        (by_profile("medium", capacity={"highest": 200}), "steady"),
        (expected(), "expected"),
        ({**expected(users=None, rate=12.5), "maxInFlight": 50}, "buffer"),
    ],
)
def test_a_load_by_name_is_accepted_and_its_stages_can_be_looked_at(load: dict[str, Any], stage: str) -> None:
    checks = one_check(errorRate={}, max="1%", during=stage)
    fault = {**FAULT, "at": "20s", "duration": "10s"}
    offer(campaign("by-name", load=load, checks=checks, faults=[fault]))


def test_the_profile_capacity_is_a_search() -> None:
    offer(campaign("search", load=by_profile("capacity", users=300), checks=one_check(capacity={}, min=20)))


@pytest.mark.parametrize(
    "source",
    [
        {"configMap": "mine", "key": "shop.py"},
        {"configMap": "mine", "image": "registry.example:5000/mine/load:1"},
        {"path": "/locust/locustfile.py", "image": f"mine/load@sha256:{'0' * 64}"},
    ],
)
def test_a_locust_file_in_a_config_map_or_in_an_image_is_accepted(source: dict[str, str]) -> None:
    offer(campaign("own", load=own_file(**source)))


def test_a_proxy_is_accepted() -> None:
    offer(campaign("proxy", load=staged(proxy="http://proxy:3128")))


def test_an_open_model_is_accepted() -> None:
    stages = [{"name": "only", "rate": 12.5, "ramp": "1s", "duration": "6s"}]
    offer(campaign("open", load=staged(stages=stages, arrivals="poisson", maxInFlight=50)))
