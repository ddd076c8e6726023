"""What Prometheus is asked about the target's pods, in PromQL.

Names are those of cAdvisor (kubelet, /metrics/cadvisor) and of Prometheus' client libraries (process_*), with the
labels `namespace` and `pod`, as Prometheus' discovery in Kubernetes is commonly set up to give them.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from stresscampaigns.api.campaign import RunTemplate

MOST_PODS = 50
"""So many pods' names go into a query: it travels in a URL."""
MOST_STEPS = 1_000
OWN_CONTAINERS = f"stress-{'[0-9a-f]' * 8}-.+"
"""Names of the sidecars that hold faults, as a pattern."""
_RATE_WINDOWS = ("15s", "1m", "4m")
"""The shortest in which there are two samples is taken: what a scrape interval allows."""
_PERIOD_WINDOWS = ("1m", "4m")


@dataclass(frozen=True)
class Question:
    """A query over the time of the load; times in epoch seconds, `step` in seconds."""

    query: str
    start: float
    end: float
    step: int

    @property
    def standing(self) -> str:
        """What is asked, whenever it is."""
        return f"{self.end - self.start:.3f}/{self.step}/{self.query}"


def step_of(start: float, end: float) -> int:
    """Seconds from one sample to the next: never more than a thousand samples."""
    return max(1, math.ceil((end - start) / MOST_STEPS))


def questions(
    template: RunTemplate, namespace: str, pods: Sequence[str], start: float, end: float
) -> dict[str, Question]:
    """Every question by its key, `resource/used`, and so on with `limit`, `waiting`, `waitTime`."""
    step = step_of(start, end)
    asked = _built_in(selector(namespace, pods), step) | _of_the_service(template, step)
    return {key: Question(query, start, end, step) for key, query in asked.items()}


def parts_of(template: RunTemplate, namespace: str, pods: Sequence[str], resource: str) -> dict[str, str]:
    """Of one resource what is in use and, where Prometheus knows it, its limit: part → query, for every second."""
    asked = _built_in(selector(namespace, pods), step=1) | _of_the_service(template, step=1)
    found = {part: asked.get(f"{resource}/{part}") for part in ("used", "limit")}
    return {part: query for part, query in found.items() if query}


def _built_in(pods: str, step: int) -> dict[str, str]:
    used = {
        "memory": memory(pods),
        "cpu": _shortest([cores(pods, window) for window in _RATE_WINDOWS]),
        "cpu-throttling": _shortest([_throttled(pods, window) for window in _PERIOD_WINDOWS]),
        "file-descriptors": f"process_open_fds{{{pods}}}",
        "rate-limit": _shortest(
            [f'sum by (pod) (http_requests_total{{{pods},{label}="429"}})' for label in ("status", "code")]
        ),
    }
    limits = {"file-descriptors/limit": f"process_max_fds{{{pods}}}"}
    return {f"{name}/used": _highest(query, step) for name, query in used.items()} | limits


def _of_the_service(template: RunTemplate, step: int) -> dict[str, str]:
    asked = {}
    for one in template.saturation or []:
        asked[f"{one.name}/used"] = _highest(one.used, step)
        asked[f"{one.name}/limit"] = one.limit
        for part, query in (("waiting", one.waiting), ("waitTime", one.wait_time)):
            if query:
                asked[f"{one.name}/{part}"] = _highest(query, step)
    return asked


def memory(pods: str) -> str:
    """Bytes by pod and container; where there is no cAdvisor, of the process that serves its own metrics.

    cAdvisor's samples have times of their own: what a container used before it was started anew stands for five minutes
    beside what it uses now.
    """
    every = f"container_memory_working_set_bytes{{{_containers(pods)}}}"
    newest = f"timestamp({every}) == on (pod, container) group_left () max by (pod, container) (timestamp({every}))"
    cadvisor = f"max by (pod, container) ({every} and ({newest}))"
    return f"{cadvisor} or on (pod) max by (pod) (process_resident_memory_bytes{{{pods}}})"


def cores(pods: str, window: str) -> str:
    """Cores in use, on average over so long, by pod and container; else of the process, as above.

    What two jobs scrape, or two Prometheus write, is there twice, and is no more in use for that.
    """
    cadvisor = f"rate(container_cpu_usage_seconds_total{{{_containers(pods)}}}[{window}])"
    process = f"rate(process_cpu_seconds_total{{{pods}}}[{window}])"
    return f"max by (pod, container) (sum without (cpu) ({cadvisor})) or on (pod) max by (pod) ({process})"


def _throttled(pods: str, window: str) -> str:
    """Share of periods in which the container wanted more than its limit; 0 where no period has passed."""
    throttled, periods = (
        f"sum by (pod, container) (rate(container_cpu_cfs_{what}_total{{{_containers(pods)}}}[{window}]))"
        for what in ("throttled_periods", "periods")
    )
    return f"{throttled} / ({periods} > 0) or {periods} * 0"


def _shortest(queries: Sequence[str]) -> str:
    """The first that has an answer, moment by moment and pod by pod."""
    return " or on (pod) ".join(f"({query})" for query in queries)


def _highest(query: str, step: int) -> str:
    """Where samples are far apart, the highest value in between: a peak must not fall through."""
    return _extreme("max", query, step) if step > 1 else query


def _extreme(which: str, query: str, step: int) -> str:
    return f"{which}_over_time(({query}\n)[{step}s:{max(1, step // 10)}s])"


def extremes(asked: Question, which: Literal["max", "min"]) -> list[Question]:
    """What a question in steps of more than a second does not see in between; nothing of what is before its start."""
    if asked.step == 1:
        return []
    return [replace(asked, query=_extreme(which, asked.query, asked.step), start=asked.start + asked.step)]


def selector(namespace: str, pods: Sequence[str]) -> str:
    """The labels of these pods' series, without braces."""
    names = "|".join(re.escape(name) for name in sorted(pods)[:MOST_PODS])
    return f"namespace={quoted(namespace)},pod=~{quoted(names)}"


def _containers(pods: str) -> str:
    """Without the pause container and the sum over the pod, which cAdvisor tells beside them; and without our sidecars,
    which have no limit and are no part of the target."""
    return f'{pods},container!~"|POD|{OWN_CONTAINERS}"'


def quoted(text: str) -> str:
    """As a string in PromQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
