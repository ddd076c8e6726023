"""When is a fault really in force, and when has it really ended? As the target's own traffic shows it.

The end is measured with everything of ours killed: the operator, the fault's holders, the load.
"""

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks import fault_sidecar, fault_types
from benchmarks.fault_probe import Probes, Seen, refusal
from benchmarks.figure import Figure, quantile
from demo.kubectl import run
from stresscampaigns.api.base import ALLOWED_LABEL
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, start, status_of
from tests.e2e.node import fresh_operator, kill
from tests.e2e.waiting import eventually
from tests.stress.fault_runs import fresh

FAULTS, ENDS = 10, 2
"""So many faults one after the other in three pods; and so many rounds of each way to end."""
_LEAD, _APART, _LASTS = 10.0, 3.0, 1.0
_TICK = 0.01
"""Seconds: a turn of the kernel's slowest clock (100 Hz). What ends sooner than its deadline by more ends too soon."""
_OURS = ("stresscampaigns.faults", "stresscampaigns.handlers", "stresscampaigns.load")


def measure() -> list[Figure]:
    """Every sample is one fault in one pod, that keeps what is left of no other bench's sidecars (docs/faults.md)."""
    fresh("agents")
    warm = _warm()
    cold, memory = fault_sidecar.cold(), fault_sidecar.memory()
    ends = [seconds for number in range(ENDS) for seconds in _ended_with_all_killed(number)]
    aborts = {
        how: [seconds for number in range(ENDS) for seconds in _aborted(f"{how}-{number}", ask)]
        for how, ask in _WAYS.items()
    }
    worst = "the worst of "
    return [
        Figure("fault: scheduled → in force, warm, p99", quantile(warm, 0.99), 0.3, "s", _span(warm)),
        Figure("fault: created → in force, cold", quantile(cold, 1), 2.0, "s", worst + _span(cold)),
        Figure(
            "fault: deadline → gone, all of ours killed", quantile(ends, 1), 0.5, "s", worst + _span(ends)
        ),
        *(
            Figure(f"fault: {_WORDS[how]} → gone", quantile(found, 1), 2.0, "s", worst + _span(found))
            for how, found in aborts.items()
        ),
        Figure("fault: memory of an idle sidecar", memory.working_set, 20, "MB", memory.beside),
        *fault_types.measure(),
    ]


def _span(values: Sequence[float]) -> str:
    middle = quantile(values, 0.5)
    return f"{len(values)} faults, a probe every 10 ms; median {middle:.3f} s, {min(values):.3f} to {max(values):.3f}"


def _warm() -> list[float]:
    """Their sidecars wait in the pods when their time comes."""
    at = [_LEAD + number * _APART for number in range(FAULTS)]
    length = at[-1] + _LASTS + 2
    name = "bench-fault-warm"
    run_name = _begin(name, [refusal(f"no-{number}", when, _LASTS) for number, when in enumerate(at)], length)
    with Probes(length + 5) as probes:
        status = finished(run_name, length + 120)
        seen = probes.seen()
    delete(name)
    starts = [fault["startsAt"] for fault in status["faults"]]
    return [_at_least_seen(seconds, _LASTS) for start in starts for seconds in seen.cut_after(start)]


def _at_least_seen(seconds: float, within: float) -> float:
    """A fault that was not seen within its own time is not in force, whatever the next one does."""
    return seconds if seconds <= within else math.inf


def _ended_with_all_killed(number: int) -> list[float]:
    fresh_operator()
    name, lasts = f"bench-fault-killed-{number}", 8.0
    run_name = _begin(name, [refusal("no", _LEAD, lasts)], _LEAD + lasts + 4)
    with Probes(_LEAD + lasts + 10) as probes:
        _in_force(run_name, len(probes.pods))
        for part in _OURS:
            kill(part)
        fault = finished(run_name, 180)["faults"][0]
        seen = probes.seen()
    delete(name)
    return _ends(seen, fault["startsAt"], fault["endsAt"])


def _annotated(run_name: str) -> None:
    run("kubectl", "-n", NAMESPACE, "annotate", "stressrun", run_name, "stresscampaigns.dev/abort=enough")


def _deleted(run_name: str) -> None:
    run("kubectl", "-n", NAMESPACE, "delete", "stressrun", run_name, "--wait=false")


def _label_taken_away(_: str) -> None:
    run("kubectl", "label", "namespace", NAMESPACE, f"{ALLOWED_LABEL}-")


_WAYS: Mapping[str, Callable[[str], None]] = {
    "aborted": _annotated,
    "deleted": _deleted,
    "closed": _label_taken_away,
}
_WORDS = {"aborted": "abort asked for", "deleted": "run deleted", "closed": "label taken away"}


def _aborted(name: str, ask: Callable[[str], None]) -> list[float]:
    """From when kubectl was started to do so."""
    name = f"bench-fault-{name}"
    run_name = _begin(name, [refusal("no", _LEAD, 300)], 400)
    try:
        with Probes(_LEAD + 15) as probes:
            _in_force(run_name, len(probes.pods))
            began = status_of(run_name)["faults"][0]["startsAt"]
            asked = time.time()
            ask(run_name)
            seen = probes.seen()
    finally:
        run("kubectl", "label", "namespace", NAMESPACE, f"{ALLOWED_LABEL}=true", "--overwrite")
        delete(name)
    return _ends(seen, began, asked)


def _ends(seen: Seen, start: float, end: float) -> list[float]:
    """Of pods that really were cut off, from the end to when they no longer were."""
    cut, good = seen.cut_after(start), seen.good_for_good(end)
    found = [
        seconds if before < end - start and seconds > -_TICK else math.inf
        for before, seconds in zip(cut, good, strict=True)
    ]
    if math.inf in found:
        print(f"a fault from {start:.3f} to {end:.3f}, and its pods: {seen}", file=sys.stderr, flush=True)
    return found


def _begin(name: str, faults: list[dict[str, Any]], seconds: float) -> str:
    """A run whose load has begun."""
    load = {
        "workers": 1,
        "stages": [{"name": "only", "users": 1, "duration": f"{seconds:g}s"}],
        "scenarios": [{"name": "agent-workflow"}],
    }
    run_name = start(campaign(name, load=load, faults=faults))
    eventually(lambda: (status_of(run_name).get("load") or {}).get("startedAt"), 150, "the load is on")
    return run_name


def _in_force(run_name: str, pods: int) -> None:
    """In every one of them."""

    def look() -> bool:
        known = [pod for fault in status_of(run_name).get("faults") or [] for pod in fault.get("pods") or []]
        return sum("injectedAt" in pod for pod in known) == pods

    eventually(look, 60, "the fault is in force in every pod")
