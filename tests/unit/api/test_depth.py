"""Where anything may stand, how deep it may be is bounded: the API server takes more levels than the load can read."""

from typing import Any

import pytest
from pydantic import ValidationError

from stresscampaigns.api.depth import DEEPEST, within_depth
from stresscampaigns.api.load_plan import LoadPlan, PlannedScenario, PlannedStage
from stresscampaigns.api.load_spec import Scenario


def nested(levels: int, inner: Any = 1) -> Any:
    for level in range(levels):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


@pytest.mark.parametrize("levels", [0, 1, 7])
def test_levels_are_counted(levels: int) -> None:
    assert within_depth(nested(levels), levels)
    assert levels == 0 or not within_depth([1, "x" * 99, nested(levels)], levels)


def test_a_body_that_can_be_planned_can_be_read_by_the_load() -> None:
    scenario = Scenario.model_validate({"name": "http", "parameters": nested(DEEPEST - 1, {})})
    plan = LoadPlan(
        run="r",
        campaign="c",
        namespace="n",
        url="http://a",
        stages=[PlannedStage(name="s", users=1, duration=1)],
        scenarios=[PlannedScenario(name="http", parameters=scenario.parameters or {})],
    )
    assert LoadPlan.model_validate_json(plan.model_dump_json()) == plan


@pytest.mark.parametrize("levels", [DEEPEST + 1, 300, 5_000])
def test_a_deeper_one_is_refused_in_few_words(levels: int) -> None:
    with pytest.raises(ValidationError) as refusal:
        Scenario.model_validate({"name": "http", "parameters": {"body": nested(levels)}})
    (error,) = refusal.value.errors(include_input=False)
    assert error["loc"] == ("parameters",)
    assert "nested more than 100 deep" in error["msg"]
