"""The resource metrics API, metrics.k8s.io/v1beta1, as `kubectl top` asks it: metrics-server's, or another's."""

import re
from collections.abc import Iterator

from kubernetes.utils.quantity import parse_quantity

from stresscampaigns.adapters.bodies import ContainerMetrics, PodMetrics
from stresscampaigns.adapters.kubernetes_api import ClusterError, KubernetesApi
from stresscampaigns.adapters.kubernetes_errors import NotAllowed, NotFound
from stresscampaigns.core.clocktime import from_rfc3339
from stresscampaigns.core.observation import ContainerUse, LiveUse

_PATH = "/apis/metrics.k8s.io/v1beta1/namespaces/{}/pods"
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = re.compile(r"([0-9.]+)(ms|us|µs|ns|h|m|s)")


async def live_use(api: KubernetesApi, namespace: str, selector: str) -> LiveUse:
    """Memory and CPU of pods' containers; a failure is part of the answer."""
    try:
        return LiveUse(tuple(_all(await api.items(_PATH.format(namespace), labelSelector=selector))))
    except NotFound:
        return LiveUse(problem="the cluster does not serve metrics.k8s.io: it has no metrics-server")
    except NotAllowed as error:
        return LiveUse(problem=f"no right to ask metrics.k8s.io: {str(error)[:200]}")
    except ClusterError as error:
        return LiveUse(problem=f"metrics.k8s.io does not answer: {str(error)[:200]}")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return LiveUse(problem=f"metrics.k8s.io answers nonsense: {type(error).__name__} {str(error)[:200]}")


def _all(pods: list[PodMetrics]) -> Iterator[ContainerUse]:
    for pod in pods:
        at, window = from_rfc3339(pod["timestamp"]), go_seconds(pod["window"])
        for container in pod["containers"]:
            yield _container(pod["metadata"]["name"], container, at, window)


def _container(pod: str, body: ContainerMetrics, at: float, window: float) -> ContainerUse:
    used = body["usage"]
    memory, cores = (float(parse_quantity(one)) for one in (used["memory"], used["cpu"]))
    return ContainerUse(pod, body["name"], at, window, memory, cores)


def go_seconds(text: str) -> float:
    """A duration as Go writes it, like `15.064s` or `1m0.5s`.

    Raises:
        ValueError: it is none.
    """
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
