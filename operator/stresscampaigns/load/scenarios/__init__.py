"""The built-in scenarios, as Locust user classes: one module each."""

from collections.abc import Iterable

from stresscampaigns.api.load import PlannedScenario
from stresscampaigns.load.parameters import ScenarioError, parsed
from stresscampaigns.load.scenarios.agent_workflow import AgentWorkflow
from stresscampaigns.load.scenarios.database_pool import DatabasePool
from stresscampaigns.load.scenarios.http import Http
from stresscampaigns.load.scenarios.memory_pressure import MemoryPressure
from stresscampaigns.load.scenarios.rate_limiter import RateLimiter
from stresscampaigns.load.users import ScenarioUser

UserClass = type[ScenarioUser]

_BUILT_IN: dict[str, UserClass] = {
    "agent-workflow": AgentWorkflow,
    "database-pool": DatabasePool,
    "http": Http,
    "memory-pressure": MemoryPressure,
    "rate-limiter": RateLimiter,
}


def user_classes(scenarios: Iterable[PlannedScenario]) -> list[UserClass]:
    """One user class a scenario; those of weight 0 are left out.

    Raises:
        ScenarioError: a scenario is unknown, or a parameter is wrong.
    """
    return [_user_class(number, scenario) for number, scenario in enumerate(scenarios) if scenario.weight > 0]


def _user_class(number: int, scenario: PlannedScenario) -> UserClass:
    base = _BUILT_IN.get(scenario.name)
    if base is None:
        raise ScenarioError(
            f"scenario {scenario.name!r} is unknown; built in are {', '.join(sorted(_BUILT_IN))}"
        )
    settings = parsed(type(base.settings), scenario)
    name = f"{scenario.name}-{number}" if number else scenario.name
    fields = {"abstract": False, "settings": settings, "scenario": name, "weight": scenario.weight}
    return type(name, (base,), fields)
