"""A campaign's words → the plan that the load pods follow, and the windows that checks look at."""

import math
import zlib
from collections.abc import Iterator, Sequence

from stresscampaigns.api.abort_rule import AbortRule
from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.capacity_spec import Capacity
from stresscampaigns.api.check_spec import EVERY, LatencyQuestion, RecoveryQuestion
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.header_spec import Header, SecretKeyRef
from stresscampaigns.api.load_plan import (
    ALL_STAGES,
    CONNECT_SECONDS,
    WHOLE,
    CapacitySearch,
    LoadPlan,
    PlannedAbortRule,
    PlannedRecoveryRule,
    TrialBound,
)
from stresscampaigns.api.load_pod import ANSWERS_FILE
from stresscampaigns.api.load_spec import DataSource, Load, Scenario
from stresscampaigns.api.locustfile_spec import DEFAULT_KEY, LocustfileSource
from stresscampaigns.api.stage_spec import Stage
from stresscampaigns.api.units import seconds, threshold_value, together
from stresscampaigns.core.capacity.criteria import trial_bounds, unseen_by_load
from stresscampaigns.core.sizing import workers_of
from stresscampaigns.stats.recovery import Span, before

CA_FOLDER = "/etc/stresscampaigns-ca"
CA_KEY = "ca.crt"
MAX_IN_FLIGHT = 1000
LOCUSTFILE_FOLDER = "/etc/stresscampaigns-locustfile"
DATA_FOLDER = "/etc/stresscampaigns-data"
HEADERS_FOLDER = "/etc/stresscampaigns-headers"


def data_file(data: DataSource) -> str:
    """Where a scenario's data lie below `DATA_FOLDER`."""
    return f"{data.config_map}/{data.key}"


def secret_file(source: SecretKeyRef) -> str:
    """Where a header's value lies below `HEADERS_FOLDER`, in the workers alone."""
    return f"{source.name}/{source.key}"


def after_window(fault: str) -> str:
    """Name of the window from a fault's end to the load's end. No stage or fault can be called so."""
    return f"after:{fault}"


def named_windows(template: RunTemplate) -> dict[str, tuple[float, float]]:
    """Faults and what comes after them: name → (start, end) in seconds from the start of the load."""
    total = template.load.total_seconds
    faults = template.faults or []
    during = {fault.name: (fault.start_seconds, fault.end_seconds) for fault in faults}
    after = {after_window(fault.name): (fault.end_seconds, total) for fault in faults}
    return during | after


def stage_windows(template: RunTemplate) -> dict[str, tuple[float, float]]:
    """Stages: name → (start, end) in seconds from the start of the load."""
    windows: dict[str, tuple[float, float]] = {}
    start = 0.0
    for stage in template.load.course:
        end = together(start, seconds(stage.duration))
        windows[stage.name] = (start, end)
        start = end
    return windows


def window_bounds(template: RunTemplate, name: str) -> tuple[float, float]:
    """Any window by its name but a trial of a search, `whole` and all stages together among them."""
    if name in (WHOLE, ALL_STAGES):
        return 0.0, template.load.total_seconds
    return (stage_windows(template) | named_windows(template))[name]


def under_load(load: Load) -> Iterator[Span]:
    """The stretches with users or arrivals, in seconds from the start of the load."""
    start, before = 0.0, 0.0
    for stage in load.course:
        level = stage.users or stage.rate or 0.0
        end, ramp = together(start, seconds(stage.duration)), seconds(stage.ramp or "0s")
        if level:
            yield start, end
        elif before and ramp:
            yield start, start + ramp
        start, before = end, level


def looked_at(fault: Fault) -> Span:
    """The seconds before a fault in which the service must be good, from the start of the load."""
    return before((fault.start_seconds, fault.end_seconds), ())


def capacity_search(
    capacity: Capacity, bounds: Sequence[TrialBound] = (), answers: str | None = None
) -> CapacitySearch:
    """The search, in plain numbers.

    Args:
        bounds: what its trials are judged by; its times do not depend on them.
        answers: the file of the operator's answers; only `between` depends on it.
    """
    return CapacitySearch(
        lowest=capacity.lowest,
        highest=capacity.highest,
        duration=seconds(capacity.trial),
        confirm_duration=seconds(capacity.confirm),
        confirmations=capacity.confirmations,
        most_trials=capacity.most_trials,
        settle=seconds(capacity.settle),
        bounds=list(bounds),
        answers=answers,
    )


def planned_search(template: RunTemplate) -> CapacitySearch | None:
    """The search as the load is told it; None where there is none."""
    search = template.load.search
    if search is None:
        return None
    answers = ANSWERS_FILE if unseen_by_load(template) else None
    return capacity_search(search, trial_bounds(template), answers)


def abort_rule(rule: AbortRule) -> PlannedAbortRule:
    """A rule on requests, in plain numbers: the load watches it itself."""
    asked, latency = rule.requests, rule.latency or LatencyQuestion(percentile=95)
    return PlannedAbortRule.model_validate(
        {
            "name": rule.name,
            "kind": rule.kind,
            "percentile": latency.percentile,
            "request": asked.name if asked else None,
            "scenario": asked.scenario if asked else None,
            "above": None if rule.above is None else threshold_value(rule.above),
            "below": None if rule.below is None else threshold_value(rule.below),
            "seconds": math.ceil(rule.length),
        }
    )


def recovery_rule(template: RunTemplate, name: str, asked: RecoveryQuestion) -> PlannedRecoveryRule:
    """A rule on recovery: the load tells which of its seconds are not good by these words."""
    faults = [fault for fault in template.faults or [] if asked.fault in (fault.name, EVERY)]
    return PlannedRecoveryRule(
        name=name,
        start=min((fault.start_seconds for fault in faults), default=0.0),
        max_error_ratio=threshold_value(asked.good_error_rate),
        max_p95_us=seconds(asked.good_p95) * 1e6,
        good_seconds=asked.good_seconds,
    )


def longest_load(load: Load) -> float:
    """Seconds that the load takes at most: its stages, and a search after them."""
    return load.total_seconds + (capacity_search(load.search).longest if load.search else 0.0)


def between_trials(template: RunTemplate) -> float:
    """Seconds that a search may take beyond `longest_load`: the users of each trial must be there first, and what the
    operator says of it may be waited for."""
    search = planned_search(template)
    return search.between if search else 0.0


def locustfile_path(source: LocustfileSource) -> str:
    """Where the load pods find the Locust file: in their image, or where its ConfigMap is mounted."""
    return source.path or f"{LOCUSTFILE_FOLDER}/{source.key or DEFAULT_KEY}"


def load_plan(template: RunTemplate, run: str, campaign: str, namespace: str) -> LoadPlan:
    """What the coordinator and the workers do."""
    load, workers = template.load, workers_of(template.load)
    return LoadPlan.model_validate(
        {
            "run": run,
            "campaign": campaign,
            "namespace": namespace,
            **_requests(template),
            "workers": workers,
            "stages": [_stage(stage) for stage in load.course],
            "scenarios": [_scenario(scenario) for scenario in load.scenarios or []],
            "capacity": planned_search(template),
            "abort_rules": [abort_rule(rule) for rule in template.abort_when or [] if rule.requests],
            "recovery_rules": [
                recovery_rule(template, rule.name, rule.recovery)
                for rule in template.abort_when or []
                if rule.recovery
            ],
            "before_faults": _before_faults(template),
            "arrivals": load.arrivals or "even",
            "max_in_flight": max(load.max_in_flight or MAX_IN_FLIGHT, workers),
            "seed": zlib.crc32(run.encode()),
            # A run waits for its pods as long as it was told to; a coordinator that gave up before would not know why.
            "connect_timeout": max(CONNECT_SECONDS, seconds(template.start_timeout)),
            "locustfile": locustfile_path(load.locustfile) if load.locustfile else None,
            "windows": [
                {"name": name, "start": start, "end": end}
                for name, (start, end) in named_windows(template).items()
                if end > start
            ],
        }
    )


def _requests(template: RunTemplate) -> dict[str, object]:
    """Where they go, on which way, and what goes with each of them."""
    load = template.load
    return {
        "url": template.target.url,
        "verify": not (load.tls and load.tls.insecure_skip_verify),
        "ca_file": f"{CA_FOLDER}/{CA_KEY}" if load.tls and load.tls.ca_secret else None,
        "proxy": load.proxy,
        "headers": [_header(header) for header in load.headers or []],
    }


def _stage(stage: Stage) -> dict[str, object]:
    return {
        "name": stage.name,
        "users": stage.users or 0,
        "rate": stage.rate,
        "ramp": seconds(stage.ramp) if stage.ramp else 0.0,
        "duration": seconds(stage.duration),
    }


def _before_faults(template: RunTemplate) -> list[dict[str, object]]:
    asked = [(fault.name, looked_at(fault)) for fault in template.faults or [] if fault.needs_steady_state]
    return [{"name": name, "start": start, "end": end} for name, (start, end) in asked if end > start]


def _header(header: Header) -> dict[str, str | None]:
    source = header.value_from.secret_key_ref if header.value_from else None
    file = f"{HEADERS_FOLDER}/{secret_file(source)}" if source else None
    return {"name": header.name, "value": header.value, "file": file}


def _scenario(scenario: Scenario) -> dict[str, object]:
    data = scenario.data
    planned = {"file": f"{DATA_FOLDER}/{data_file(data)}", "order": data.order} if data else None
    return {**scenario.to_wire(), "data": planned}
