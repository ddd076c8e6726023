"""Throughput by core and by gigabyte: what the target's pods used in the last trial at the lower bound."""

import math
from collections.abc import Mapping, Sequence

from stresscampaigns.api.load_result import CapacityResult, CapacityTrial
from stresscampaigns.core.capacity.bounds import sustained
from stresscampaigns.core.checks.answer import show_rate
from stresscampaigns.core.observation import History
from stresscampaigns.core.saturation.questions import Question, cores, memory, selector

CORES, MEMORY = "capacity/cores", "capacity/memory"
"""Keys of the questions; behind the slash of a resource of a campaign there are only the names of its queries."""
_GIGABYTE = 1e9


def efficiency_questions(
    found: CapacityResult | None, namespace: str, pods: Sequence[str], origin: float
) -> dict[str, Question]:
    """One value for each pod, over the whole seconds of that trial; the load began at `origin`, epoch seconds."""
    trials = sustained(found) if found else []
    start, end = (math.ceil(origin + trials[-1].start), int(origin + trials[-1].end)) if trials else (0, 0)
    if end - start < 1:
        return {}
    picked, window = selector(namespace, pods), f"{end - start}s"
    queries = {
        CORES: f"sum by (pod) ({cores(picked, window)})",
        MEMORY: f"sum by (pod) (avg_over_time(({memory(picked)})[{window}:1s]))",
    }
    return {key: Question(query, end, end, 1) for key, query in queries.items()}


def per_core(found: CapacityResult, histories: Mapping[str, History], pods: Sequence[str]) -> str:
    """In words; `pods` were there all the time, and each must be in the answer."""
    return _by(found, histories.get(CORES), pods, 1.0, "core", "cores")


def per_gigabyte(found: CapacityResult, histories: Mapping[str, History], pods: Sequence[str]) -> str:
    """In words, as above."""
    return _by(found, histories.get(MEMORY), pods, _GIGABYTE, "GB", "GB")


def _by(
    found: CapacityResult, history: History | None, pods: Sequence[str], unit: float, one: str, many: str
) -> str:
    trials = sustained(found)
    if not trials:
        return "unknown: no load was sustained"
    used = _used(history, pods)
    return used if isinstance(used, str) else _words(trials[-1], used / unit, one, many)


def _words(trial: CapacityTrial, used: float, one: str, many: str) -> str:
    return f"{show_rate(trial.throughput / used)} per {one} ({used:.3g} {many} in use at {trial.users} users)"


def _used(history: History | None, pods: Sequence[str]) -> float | str:
    """The sum over all pods, or why there is none."""
    if history is None or history.error:
        return f"unknown: {(history and history.error) or 'Prometheus was not asked'}"[:200]
    last = {one.labels.get("pod"): one.points[-1][1] for one in history.series if one.points}
    missing = [pod for pod in pods if pod not in last]
    if missing or not last:
        return f"unknown: Prometheus has no number for {', '.join(missing[:3]) or 'any pod'} in that trial"
    total = sum(last.values())
    return total if 0 < total < math.inf else f"unknown: Prometheus answers {total:g}"
