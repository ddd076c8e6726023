"""Abort rules that Prometheus answers: a query, and the share of a resource's limit that is in use.

One holds when a series was out of bounds at every step of the last `for` of the load. Where Prometheus says nothing,
or says it of another time, for its clock is apart, none does.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

from stresscampaigns.api.abort_rule import AbortRule
from stresscampaigns.api.units import threshold_value
from stresscampaigns.core.checks.answer import show_number, show_ratio
from stresscampaigns.core.clocks import skews
from stresscampaigns.core.observation import LEAST_COVERED, History, Observation, Pod, Series
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.saturation.questions import Question, parts_of
from stresscampaigns.core.saturation.uses import use_of

_MOST_STEPS = 600
_MILLISECOND = 0.001
"""Prometheus knows no less."""


def questions(run: RunView, pods: Sequence[Pod], end: float) -> dict[str, Question]:
    """What to ask: the last `for` of the load until `end`, once it has been on for so long."""
    load = run.status.load
    if load is None or load.started_at is None:
        return {}
    known = {one.name for one in run.status.target_pods or []} | {pod.name for pod in pods}
    asked = {}
    for rule in run.template.abort_when or []:
        # Answers of one look are laid side by side, series by series: at whole seconds they are of the same moments.
        until = float(math.floor(end)) if rule.saturation else end
        if until - rule.length >= load.started_at:
            for key, query in _queries(run, rule, sorted(known)).items():
                asked[key] = Question(query, until - rule.length, until, _step(rule))
    return asked


def holding(run: RunView, seen: Observation, end: float) -> str | None:
    """The first rule that holds, with its number, in words.

    Args:
        end: of the load, epoch seconds; what comes then tells nothing of it.
    """
    for rule in run.template.abort_when or []:
        for one in _history(run, rule, seen).series:
            value = _lasting(rule, one, end)
            if value is not None:
                return f"{rule.name}: {_what(rule, one, value)}, {bound_words(rule)}"
    return None


def blind(run: RunView, seen: Observation) -> Iterator[tuple[str, str]]:
    """Names of rules of which nobody knows whether they hold, and why."""
    for rule in run.template.abort_when or []:
        if error := _history(run, rule, seen).error:
            yield rule.name, error


def bound_words(rule: AbortRule) -> str:
    """As it was written, like `above 50% for 1m`."""
    bound = f"above {rule.above}" if rule.above is not None else f"below {rule.below}"
    return f"{bound} for {rule.lasts}"


def _queries(run: RunView, rule: AbortRule, pods: Sequence[str]) -> dict[str, str]:
    """By the key of the answer; no rule's name has a slash in it."""
    if rule.query:
        return {rule.name: rule.query}
    if not rule.saturation:
        return {}
    parts = parts_of(run.template, run.target_namespace, pods, rule.saturation.resource)
    return {f"{rule.name}/{part}": query for part, query in parts.items()}


def _history(run: RunView, rule: AbortRule, seen: Observation) -> History:
    """What is known of the last `for`; nothing, where not all answers are there yet."""
    if (rule.query or rule.saturation) and (apart := skews(run.status.clocks).prometheus):
        return History(error=apart)
    if rule.saturation is None:
        return seen.abort_answers.get(rule.name, History())
    answers = {
        part: seen.abort_answers.get(f"{rule.name}/{part}")
        for part in parts_of(run.template, run.target_namespace, (), rule.saturation.resource)
    }
    known = {part: answer for part, answer in answers.items() if answer is not None}
    return (
        _shares(rule.saturation.resource, known, seen.target_pods)
        if len(known) == len(answers)
        else History()
    )


def _shares(resource: str, answers: Mapping[str, History], pods: Sequence[Pod]) -> History:
    """Of each place's limit, how much was in use."""
    histories = {f"{resource}/{part}": answer for part, answer in answers.items()}
    use = use_of(resource, histories, pods, (), 0.0)
    series = tuple(
        Series(
            {"where": line.where}, tuple((one.t, one.used / one.limit) for one in line.samples if one.limit)
        )
        for line in use.lines
    )
    seen = any(one.points for one in series)
    return History(series, None if seen or not use.gaps else "; ".join(use.gaps))


def _what(rule: AbortRule, series: Series, value: float) -> str:
    if rule.saturation:
        where = series.labels["where"]
        return (
            f"{rule.saturation.resource} at {show_ratio(value)} of its limit{f' in {where}' if where else ''}"
        )
    share = str(rule.above if rule.above is not None else rule.below).endswith("%")
    return f"query {show_ratio(value) if share else show_number(value)}"


def _step(rule: AbortRule) -> int:
    """Seconds from one sample to the next."""
    return max(1, math.ceil(rule.length / _MOST_STEPS))


def _lasting(rule: AbortRule, series: Series, end: float) -> float | None:
    """The last value of a series that was out of bounds at every step."""
    steps = int(rule.length // _step(rule)) + 1
    values = [value for at, value in series.points if at <= end + _MILLISECOND]
    if len(values) >= LEAST_COVERED * steps and all(_out_of_bounds(rule, value) for value in values):
        return values[-1]
    return None


def _out_of_bounds(rule: AbortRule, value: float) -> bool:
    """NaN is out of no bound, nor is what was divided by 0, such as by the limit of who has none."""
    if not math.isfinite(value):
        return False
    over = rule.above is not None and value > threshold_value(rule.above)
    return over or (rule.below is not None and value < threshold_value(rule.below))
