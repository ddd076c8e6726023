"""What Prometheus tells of the target in a load of 100 s, and its pods."""

from collections.abc import Callable
from typing import Any

from stresscampaigns.core.observation import Container, History, Pod, Series
from stresscampaigns.core.saturation.uses import Use, all_uses
from tests.unit.core.builders import T0, template

MIB = 2.0**20
LABELS = {"pod": "agents-0", "container": "agents"}
POOL = {
    "name": "db-pool",
    "used": "sum(in_use)",
    "limit": "sum(size)",
    "waiting": "sum(waiting)",
    "wait_time": "max(wait_seconds)",
}


def series(value: Callable[[int], float] | float, seconds: range = range(101), **labels: str) -> Series:
    """A sample each second of the load."""
    at = value if callable(value) else lambda _: value
    return Series(labels or LABELS, tuple((T0 + second, float(at(second))) for second in seconds))


def history(value: Callable[[int], float] | float, seconds: range = range(101), **labels: str) -> History:
    """One series alone."""
    return History((series(value, seconds, **labels),))


def pod(name: str = "agents-0", **container: Any) -> Pod:
    """With one container, limited to 100 MiB and half a core."""
    fields: dict[str, Any] = {"name": "agents", "memory_limit": 100 * MIB, "cpu_limit": 0.5}
    return Pod(name, f"uid-{name}", ready=True, containers=(Container(**(fields | container)),))


CALM: dict[str, History] = {
    "memory/used": history(50 * MIB),
    "cpu/used": history(0.1),
    "cpu-throttling/used": history(0.0),
    "file-descriptors/used": history(40, pod="agents-0"),
    "file-descriptors/limit": history(1024, pod="agents-0"),
    "db-pool/used": history(2, app="agents"),
    "db-pool/limit": history(8, app="agents"),
}
"""Nothing is near its limit."""
PODS = (pod(),)


def use(name: str, pods: tuple[Pod, ...] = PODS, steady: tuple[str, ...] = (), **changes: History) -> Use:
    """One resource; `used`, `limit`, `waiting` and `waitTime` change what is calm."""
    changed = {f"{name}/{part}": one for part, one in changes.items()}
    found = all_uses(template(saturation=[POOL]), CALM | changed, pods, steady, T0)
    return next(one for one in found if one.name == name)
