"""What a load's scenarios are called in its counts."""

from collections import Counter
from collections.abc import Iterable

from stresscampaigns.api.written_set import Weighed


def scenario_names(scenarios: Iterable[Weighed]) -> list[str]:
    """The name of each, in their order: one that is listed again is called NAME-2, NAME-3, …."""
    times: Counter[str] = Counter()
    names = []
    for scenario in scenarios:
        times[scenario.name] += 1
        again = times[scenario.name]
        names.append(scenario.name if again == 1 else f"{scenario.name}-{again}")
    return names
