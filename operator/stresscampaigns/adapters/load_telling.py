"""The operator speaks to a load that is on: by a command in its coordinator's container."""

import asyncio
from collections.abc import Sequence

from stresscampaigns.adapters.bodies import PodBody
from stresscampaigns.adapters.kubernetes_api import KubernetesApi
from stresscampaigns.adapters.kubernetes_errors import ClusterError, NotAllowed, NotFound
from stresscampaigns.api.base import ROLE_LABEL
from stresscampaigns.api.load_pod import HEARD
from stresscampaigns.core.actions import TAKES_AT_MOST
from stresscampaigns.manifests.names import run_selector
from stresscampaigns.runtime.ports import Away, Refusal

_COORDINATOR = "coordinator"
_LONGEST = 300
"""Characters of what the command says instead."""


async def tell_load(api: KubernetesApi, namespace: str, run: str, command: Sequence[str]) -> None:
    """Run the command there; done is what says `HEARD`.

    Raises:
        Refusal: we may not.
        Away: there is no such pod now, its node does not answer, or the command has failed.
    """
    try:
        async with asyncio.timeout(TAKES_AT_MOST):
            said = await _said(api, namespace, run, command)
    except NotAllowed as error:
        raise Refusal(str(error)) from error
    except TimeoutError as error:
        raise Away(f"the coordinator's node has not answered within {TAKES_AT_MOST:g}s") from error
    except ClusterError as error:
        raise Away(str(error)) from error
    if HEARD not in said.splitlines():
        raise Away(f"the coordinator did not take it: {said[:_LONGEST]}")


async def _said(api: KubernetesApi, namespace: str, run: str, command: Sequence[str]) -> str:
    selector = f"{run_selector(run)},{ROLE_LABEL}={_COORDINATOR}"
    pods: list[PodBody] = await api.items(f"/api/v1/namespaces/{namespace}/pods", labelSelector=selector)
    if not pods:
        raise NotFound("there is no coordinator")
    return await api.execute(namespace, pods[0]["metadata"]["name"], _COORDINATOR, command)
