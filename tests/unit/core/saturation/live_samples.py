"""What metrics.k8s.io tells of the target, every 15 s, in a load of ten minutes."""

from collections.abc import Iterable
from typing import Any

from stresscampaigns.api.live_use import UseRecord
from stresscampaigns.core.observation import ContainerUse, History, LiveUse, Pod
from stresscampaigns.core.saturation.assessment import Assessment, assess
from stresscampaigns.core.saturation.live_record import noted
from stresscampaigns.core.saturation.live_use import or_live
from stresscampaigns.core.saturation.uses import Use, all_uses
from tests.unit.core.builders import T0, template
from tests.unit.core.saturation.histories import MIB, PODS

EVERY, LENGTH = 15.0, 600.0
MOMENTS = [EVERY * number for number in range(1, 41)]
"""Windows that end then fill the load without a hole."""


def sample(
    at: float,
    memory: float = 50.0,
    cores: float = 0.1,
    window: float = EVERY,
    pod: str = "agents-0",
    container: str = "agents",
) -> ContainerUse:
    """Of a window that ends `at`, seconds from the start of the load; memory in MiB of 100, of half a core."""
    return ContainerUse(pod, container, T0 + at, window, memory * MIB, cores)


def record(samples: Iterable[ContainerUse], end: float | None = None, **how: Any) -> UseRecord | None:
    """What is noted of them, told one after the other."""
    found: UseRecord | None = None
    for one in samples:
        found = noted(found, LiveUse((one,)), T0, end, **how)
    return found


def use(
    name: str,
    kept: UseRecord | None,
    pods: tuple[Pod, ...] = PODS,
    steady: tuple[str, ...] = ("agents-0",),
    **told: History,
) -> Use:
    """A resource of which Prometheus tells nothing, but for what is `told`."""
    histories = {f"{name}/{part}": one for part, one in told.items()}
    found = next(one for one in all_uses(template(), histories, pods, steady, T0) if one.name == name)
    return or_live(found, kept, pods)


def assessed(one: Use, start: float = 0.0, end: float = LENGTH) -> Assessment:
    """The resource in a stretch of the load."""
    return assess(one, start, end, 1)
