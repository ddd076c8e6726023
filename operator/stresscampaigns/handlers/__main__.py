"""The operator: it watches StressCampaigns and StressRuns, and carries them out until it is told to stop.

It takes no arguments. Its cluster is that of its service account or, outside of one, of the kubeconfig; its settings
are variables, which the chart sets:

  POD_NAMESPACE                      its own namespace, which no campaign may touch (stresscampaigns)
  POD_NAME                           who holds the Lease (the host's name)
  STRESSCAMPAIGNS_LEASE_NAME         the Lease that lets one operator work at a time (stresscampaigns)
  STRESSCAMPAIGNS_LOAD_IMAGE         of the load's pods (stresscampaigns/load:dev)
  STRESSCAMPAIGNS_FAULT_IMAGE        of the faults' sidecars (stresscampaigns/fault:dev)
  STRESSCAMPAIGNS_IMAGE_PULL_POLICY  of both (IfNotPresent)
  STRESSCAMPAIGNS_HEALTH_PORT        /healthz and /readyz (8080)
  STRESSCAMPAIGNS_METRICS_PORT       /metrics (9090)
"""

import argparse
import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import kopf

from stresscampaigns.adapters.kubernetes_api import read_as_deep_as_kubernetes
from stresscampaigns.adapters.resources import AT_A_TIME
from stresscampaigns.api.base import GROUP, VERSION
from stresscampaigns.handlers.operator import Operator
from stresscampaigns.handlers.settings import Settings
from stresscampaigns.runtime.store import Key, Kind

registry = kopf.OperatorRegistry()
_KINDS: dict[str, Kind] = {"stresscampaigns": "StressCampaign", "stressruns": "StressRun"}


@kopf.on.login(registry=registry)
def login(**arguments: Any) -> kopf.ConnectionInfo | None:
    """By the pod's service account, else by the user's kubeconfig."""
    return kopf.login_with_service_account(**arguments) or kopf.login_with_kubeconfig(**arguments)


@kopf.on.startup(registry=registry)
async def start(settings: kopf.OperatorSettings, memo: kopf.Memo, **_: object) -> None:
    """Set kopf up as a watch and nothing more, then start working."""
    settings.posting.enabled = False
    # kopf takes its finalizer off whatever it finds it on: it must not be ours, which holds until all has stopped.
    settings.persistence.finalizer = f"{GROUP}/never-used-by-kopf"
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 330
    settings.watching.chunk_size = AT_A_TIME
    settings.networking.request_timeout = 30
    # A worker for each object that changes, gone soon: with a limit, the next object waits until one is idle.
    settings.queueing.idle_timeout = 0.5
    settings.execution.max_workers = 2
    memo.operator = await Operator.build(Settings.from_environment())
    await memo.operator.start()


@kopf.on.cleanup(registry=registry)
async def stop(memo: kopf.Memo, **_: object) -> None:
    """Stop working before kopf stops watching."""
    await memo.operator.stop()


@kopf.on.event(GROUP, VERSION, kopf.EVERYTHING, registry=registry)
async def seen(
    event: kopf.RawEvent,
    resource: kopf.Resource,
    namespace: str | None,
    name: str,
    memo: kopf.Memo,
    **_: object,
) -> None:
    """An object of ours was added, changed, or is gone."""
    key = Key(_KINDS[resource.plural], namespace or "", name)
    if event["type"] == "DELETED":
        memo.operator.controller.gone(key, event["object"]["metadata"]["uid"])
    else:
        memo.operator.controller.seen(key, event["object"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m stresscampaigns.handlers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args(arguments)
    read_as_deep_as_kubernetes()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("kopf").setLevel(logging.WARNING)
    asyncio.run(kopf.operator(registry=registry, clusterwide=True, standalone=True, memo=kopf.Memo()))


if __name__ == "__main__":
    main()
