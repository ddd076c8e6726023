"""Which pods a fault goes into. The same campaign, seed and pods: the same choice, whoever asks and whenever."""

import hashlib
import math
from collections.abc import Iterable, Sequence

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core.observation import Pod


def choose(fault: Fault, pods: Iterable[Pod]) -> list[Pod]:
    """Of the ready ones as many as the fault's mode says: by name, or in the order that its seed draws."""
    ready = _in_order(fault.seed, [pod for pod in pods if pod.ready])
    return ready[: _count(fault, len(ready))]


def replacements(fault: Fault, hit: Sequence[str], pods: Sequence[Pod]) -> list[Pod]:
    """Pods that have come up in place of some that were hit and are gone.

    Args:
        hit: UIDs of the pods that the fault was put into so far.
    """
    ready = [pod for pod in pods if pod.ready]
    still_there = sum(pod.uid in hit for pod in pods if not pod.deleting)
    missing = min(len(hit), _count(fault, len(ready))) - still_there
    fresh = _in_order(fault.seed, [pod for pod in ready if pod.uid not in hit])
    return fresh[: max(0, missing)]


def _in_order(seed: int, pods: list[Pod]) -> list[Pod]:
    if seed == 0:
        return sorted(pods, key=lambda pod: pod.name)
    return sorted(pods, key=lambda pod: hashlib.sha256(f"{seed}/{pod.name}".encode()).digest())


def _count(fault: Fault, ready: int) -> int:
    value = fault.value or 0
    if fault.rolls_out:
        return ready
    if fault.mode in ("one", "all"):
        return min(1, ready) if fault.mode == "one" else ready
    if fault.mode == "fixed":
        return min(value, ready)
    most = math.ceil(ready * value / 100)
    return most if fault.mode == "fixed-percent" else min(ready, 1 + _drawn(fault.seed, most))


def _drawn(seed: int, below: int) -> int:
    """From 0 to below - 1."""
    return int.from_bytes(hashlib.sha256(f"{seed}".encode()).digest()[:8]) % max(1, below)
