"""The built-in scenarios, as Locust user classes: one module each."""

from collections.abc import Iterable

from stresscampaigns.api.load_plan import PlannedScenario
from stresscampaigns.api.scenario_names import scenario_names
from stresscampaigns.api.written_set import SET_WRITES
from stresscampaigns.load.parameters import ScenarioError, parsed
from stresscampaigns.load.rows import ALL, Share
from stresscampaigns.load.scenario_data import rows_of
from stresscampaigns.load.scenarios.agent_workflow import AgentWorkflow
from stresscampaigns.load.scenarios.database_pool import DatabasePool
from stresscampaigns.load.scenarios.http import Http
from stresscampaigns.load.scenarios.memory_pressure import MemoryPressure
from stresscampaigns.load.scenarios.rate_limiter import RateLimiter
from stresscampaigns.load.scenarios.set_writes import SetWrites
from stresscampaigns.load.users import ScenarioUser

UserClass = type[ScenarioUser]

_BUILT_IN: dict[str, UserClass] = {
    "agent-workflow": AgentWorkflow,
    "database-pool": DatabasePool,
    "http": Http,
    "memory-pressure": MemoryPressure,
    "rate-limiter": RateLimiter,
    SET_WRITES: SetWrites,
}


def user_classes(scenarios: Iterable[PlannedScenario], share: Share = ALL) -> list[UserClass]:
    """One user class a scenario; those of weight 0 are left out.

    Args:
        share: which of the rows of their data are taken.

    Raises:
        ScenarioError: a scenario is unknown, or a parameter or its data are wrong.
    """
    listed = list(scenarios)
    named = zip(scenario_names(listed), listed, strict=True)
    return [_user_class(name, scenario, share) for name, scenario in named if scenario.weight > 0]


def _user_class(name: str, scenario: PlannedScenario, share: Share) -> UserClass:
    base = _BUILT_IN.get(scenario.name)
    if base is None:
        raise ScenarioError(
            f"scenario {scenario.name!r} is unknown; built in are {', '.join(sorted(_BUILT_IN))}"
        )
    settings = parsed(type(base.settings), scenario)
    rows = rows_of(name, scenario.data, settings, share) if scenario.data else None
    fields = {
        "abstract": False,
        "settings": settings,
        "scenario": name,
        "weight": scenario.weight,
        "rows": rows,
    }
    return type(name, (base,), fields)
