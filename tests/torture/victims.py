"""Who can be killed, by their command lines in the node."""

import asyncio
import time

from tests.e2e.node import NobodyThere, kill
from tests.torture.choice import Kill, Victim

_LINES: dict[Victim, str] = {
    "operator": "stresscampaigns.handlers",
    "coordinator": "stresscampaigns.load coordinator",
    "kubelet": "^/usr/bin/kubelet ",
    "API server": "^kube-apiserver ",
}


async def kill_when_due(one: Kill, start: float, sidecars: str) -> Kill | None:
    """SIGKILL at its moment; None where there was nobody to be killed.

    Args:
        start: of the faults, epoch seconds.
        sidecars: every fault of this round has these words in its holder's command line.
    """
    await asyncio.sleep(max(0.0, start + one.at - time.time()))
    line = f"stresscampaigns.faults hold .*{sidecars}" if one.victim == "sidecar" else _LINES[one.victim]
    try:
        await asyncio.to_thread(kill, line)
    except NobodyThere:
        return None
    return one
