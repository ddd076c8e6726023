"""Settings of the built-in scenarios: what is wrong is named."""

import pytest
from pydantic.alias_generators import to_camel

from stresscampaigns.api.load_plan import PlannedScenario
from stresscampaigns.api.load_spec import Scenario
from stresscampaigns.load.parameters import (
    AgentWorkflowParameters,
    DatabasePoolParameters,
    HttpParameters,
    MemoryPressureParameters,
    RateLimiterParameters,
    ScenarioError,
    SetWritesParameters,
    parsed,
)
from stresscampaigns.load.scenarios import user_classes


def scenario(name: str = "http", weight: int = 1, **parameters: object) -> PlannedScenario:
    return PlannedScenario.model_validate({"name": name, "weight": weight, "parameters": parameters})


def test_times_are_written_as_durations_or_seconds() -> None:
    found = parsed(HttpParameters, scenario(thinkTime="150ms", timeout=3))
    assert (found.think_time, found.timeout) == (0.15, 3.0)


def test_what_is_left_out_has_a_default() -> None:
    assert parsed(AgentWorkflowParameters, scenario("agent-workflow")) == AgentWorkflowParameters()


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"thinktime": 1}, "thinktime: there is no such parameter; there are body, .*, thinkTime, timeout$"),
        ({"headers": {}, "pth": "/"}, "pth: there is no such parameter"),
        ({"thinkTime": "soon"}, "thinkTime: 'soon' is not a duration"),
        ({"thinkTime": -1}, "thinkTime: .*greater than or equal to 0"),
        ({"expectedStatus": 99}, "expectedStatus: .*100"),
        ({"headers": {"X-Many": 5}}, "headers.X-Many: "),
        ({"path": "@dns.kube-system:53/"}, "path: .* has to begin with /"),
        ({"path": ".kube-system"}, "path: '.kube-system' has to begin with /"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_scenario(parameters: dict[str, object], words: str) -> None:
    with pytest.raises(ScenarioError, match=rf"^scenario http: parameters: {words}"):
        parsed(HttpParameters, scenario(**parameters))


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("agent-workflow", AgentWorkflowParameters),
        ("http", HttpParameters),
        ("database-pool", DatabasePoolParameters),
        ("rate-limiter", RateLimiterParameters),
        ("set-writes", SetWritesParameters),
        ("memory-pressure", MemoryPressureParameters),
    ],
)
def test_kubectl_explain_tells_the_parameters_that_there_are(name: str, model: type[HttpParameters]) -> None:
    common, *each = str(Scenario.model_fields["parameters"].description).rstrip(".").split("; ")
    told = {one.partition(": ")[0]: one.partition(": ")[2].split(", ") for one in each}
    there = {to_camel(field) for field in model.model_fields}
    assert {*common.rpartition(": ")[2].split(", "), *told[name]} == there


def test_every_wrong_parameter_is_named() -> None:
    with pytest.raises(ScenarioError, match=r"readRatio: .*; nonsense: "):
        parsed(AgentWorkflowParameters, scenario("agent-workflow", readRatio=2, nonsense=1))


def test_an_unknown_scenario_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        ScenarioError, match="'http2' is unknown; built in are agent-workflow, database-pool, http"
    ):
        user_classes([scenario("http2")])


def test_scenarios_become_user_classes_with_their_weights_and_settings() -> None:
    slow, fast = user_classes([scenario(weight=3, timeout="2s"), scenario(weight=1, path="/fast")])
    assert (slow.weight, fast.weight) == (3, 1)
    assert (slow.settings.timeout, fast.settings.path) == (2.0, "/fast")
    assert slow.__name__ != fast.__name__


def test_a_scenario_of_weight_nought_is_left_out() -> None:
    (only,) = user_classes([scenario(weight=0), scenario("agent-workflow")])
    assert only.__name__ == "agent-workflow"


def test_a_scenario_that_is_listed_again_gets_a_name_of_its_own() -> None:
    listed = [
        scenario("agent-workflow"),
        scenario(),
        scenario("agent-workflow", weight=0),
        scenario("agent-workflow"),
    ]
    assert [one.__name__ for one in user_classes(listed)] == ["agent-workflow", "http", "agent-workflow-3"]
