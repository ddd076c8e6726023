"""Pods of a namespace, and what their containers have said."""

from stresscampaigns.adapters.bodies import PodBody
from stresscampaigns.adapters.kubernetes_api import KubernetesApi
from stresscampaigns.adapters.kubernetes_errors import NotAllowed, NotFound, Refused, Unavailable

LONGEST_LOG = 16 * 1024 * 1024
"""Bytes. A kubelet lets a log grow to 10 MiB, unless it is told otherwise."""


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


async def container_log(
    api: KubernetesApi, namespace: str, pod: str, container: str, most: int = LONGEST_LOG, **query: str
) -> str:
    """Its first bytes, at most so many: a program of a user's own may have much to say. Empty while there is none."""
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}/log"
    try:
        return await api.text(path, container=container, limitBytes=str(most), **query)
    except (NotFound, Refused):
        return ""
