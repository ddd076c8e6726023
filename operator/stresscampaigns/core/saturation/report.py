"""What a run writes down about the target's resources: the bottleneck in a sentence, each resource, incidents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.saturation import RATE_LIMIT, Incident, ResourceRecord
from stresscampaigns.core.observation import Observation
from stresscampaigns.core.plan import load_plan
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.saturation import rate_limit
from stresscampaigns.core.saturation.assessment import Assessment, assess
from stresscampaigns.core.saturation.bottleneck import sentence
from stresscampaigns.core.saturation.growth import Growth, growth
from stresscampaigns.core.saturation.incidents import incidents, oom_kills
from stresscampaigns.core.saturation.load_then import LoadAt, is_steady, load_then
from stresscampaigns.core.saturation.questions import step_of
from stresscampaigns.core.saturation.records import resource_record
from stresscampaigns.core.saturation.uses import Use

MEMORY = "memory"
BottleneckOf = Callable[[float, float], str]
"""The bottleneck of a stretch, seconds from the start of the load, as a sentence."""


@dataclass(frozen=True)
class Report:
    """The bottleneck, each resource, and what happened to the pods."""

    bottleneck: str
    records: list[ResourceRecord]
    incidents: list[Incident]
    bottleneck_of: BottleneckOf

    @property
    def alarm(self) -> list[str]:
        """What nobody may overlook: pods that were killed or restarted while the load was on."""
        words = ", ".join(one.message for one in self.incidents[:3])
        return [f"while the load was on: {words}"] if words else []


def report(run: RunView, seen: Observation, result: LoadResult, uses: Sequence[Use]) -> Report:
    """Everything about saturation that the status holds."""
    start, end = run.started_at, result.finished
    stages = load_plan(run.template, run.name, run.spec.campaign, run.namespace).stages

    def load_at(t: float) -> str:
        return load_then(result, stages, t)

    found = assessments(uses, seen, start, (0.0, end - start), step_of(start, end))

    def bottleneck_of(since: float, until: float) -> str:
        return sentence(assessments(uses, seen, start, (since, until), step_of(start, end)), load_at)

    half = (end - start) / 2
    memory = next((growth(use, half, end - start) for use in uses if use.name == MEMORY), None)
    limiter = _limiter(seen, result, start, load_at)
    words = sentence(found, load_at, limiter)
    if memory and memory.material and is_steady(result, stages, half, end - start):
        words += f"; {_leak(memory)}"
    records = [resource_record(one, load_at, memory if one.name == MEMORY else None) for one in found]
    happened = incidents(run.status.target_pods or [], seen.target_pods, start, end)
    return Report(words, [*records, limiter.record], happened, bottleneck_of)


def assessments(
    uses: Sequence[Use], seen: Observation, start: float, window: tuple[float, float], step: int
) -> list[Assessment]:
    """Each resource in a window, seconds from the start of the load; a container that was OOM-killed had no memory."""
    kills = [at - start for at in oom_kills(seen.target_pods)]
    first = min((max(0.0, at) for at in kills if window[0] - 1 <= at <= window[1]), default=None)
    return [_with_kill(assess(use, *window, step), first) for use in uses]


def _with_kill(found: Assessment, at: float | None) -> Assessment:
    if found.name != MEMORY or at is None:
        return found
    reached = at if found.reached is None else min(at, found.reached)
    return replace(found, state="Saturated", reached=reached, killed=True)


def _limiter(seen: Observation, result: LoadResult, start: float, load_at: LoadAt) -> rate_limit.Refusals:
    first = rate_limit.began(seen.histories.get(f"{RATE_LIMIT}/used"), start)
    return rate_limit.Refusals(*rate_limit.counted(result), first, None if first is None else load_at(first))


def _leak(found: Growth) -> str:
    return f"memory of {found.where} grows by {found.words} while the load does not: a leak, or a cache that fills"
