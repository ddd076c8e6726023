"""`python -m stresscampaigns.handlers.leave`: what `helm uninstall` runs before it takes the operator away.

It aborts every run that is under way, in every namespace, and waits until the operator has ended all of its load and
faults. Where that takes more than four minutes it says what is left and fails, and Helm takes nothing away.
"""

import argparse
import asyncio
import sys

from stresscampaigns.adapters.clock import SystemClock
from stresscampaigns.adapters.kubernetes_api import (
    ClusterError,
    KubernetesApi,
    read_as_deep_as_kubernetes,
)
from stresscampaigns.adapters.resources import KubernetesResources
from stresscampaigns.runtime.leaving import leave

_WHAT_NEXT = """Is the operator running? It alone ends them: see its log, then uninstall again.
Without it: helm uninstall --no-hooks. Faults end at their deadlines; a bad revision that a BadRollout has rolled out
stays, and a run that is left can be deleted once its finalizer is taken off by hand."""


async def _leave() -> int:
    api, clock = await KubernetesApi.connect(), SystemClock()
    try:
        left = await leave(KubernetesResources(api, clock), clock, lambda words: print(words, flush=True))
    except ClusterError as error:
        left = str(error)
    finally:
        await api.close()
    print(f"still left: {left}\n{_WHAT_NEXT}" if left else "no run is under way any more", flush=True)
    return 1 if left else 0


def main() -> None:
    """0: nothing is left; 1: something is."""
    argparse.ArgumentParser(
        prog="python -m stresscampaigns.handlers.leave",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    read_as_deep_as_kubernetes()
    sys.exit(asyncio.run(_leave()))


if __name__ == "__main__":
    main()
