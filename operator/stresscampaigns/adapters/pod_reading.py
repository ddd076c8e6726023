"""Pods of a namespace, and what their containers have said."""

from stresscampaigns.adapters.bodies import PodBody
from stresscampaigns.adapters.kubernetes_api import KubernetesApi
from stresscampaigns.adapters.kubernetes_errors import NotAllowed, NotFound, Refused, Unavailable

_LONGEST_LOG = 64 * 1024 * 1024
"""Bytes."""


async def shown_pods(api: KubernetesApi, namespace: str, **query: str) -> list[PodBody]:
    """Who asks has the right to see them: an API server that has just begun refuses it for a moment, which says nothing
    of what there is.

    Raises:
        Unavailable: it does, or does not answer.
    """
    try:
        return await api.items(f"/api/v1/namespaces/{namespace}/pods", **query)
    except NotAllowed as error:
        raise Unavailable(f"refused, though we have the right: {error}") from error


async def container_log(api: KubernetesApi, namespace: str, pod: str, container: str, **query: str) -> str:
    """Empty while there is none."""
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
    try:
        query = {"limitBytes": str(_LONGEST_LOG), **query}
        return await api.text(path, container=container, **query)
    except (NotFound, Refused):
        return ""
