"""One round after the other: faults in, somebody killed, and nothing left when their time is over."""

import asyncio
import time
import uuid
from collections.abc import Callable

from demo.kubectl import get
from stresscampaigns.adapters.kubernetes_api import KubernetesApi
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.manifests.names import container_prefix
from tests.e2e.campaigns import NAMESPACE
from tests.torture.campaigned import Campaigned
from tests.torture.choice import Kill, Round, chosen, lasts
from tests.torture.direct import Direct
from tests.torture.lookout import Lookout
from tests.torture.others import in_force, told_apart
from tests.torture.result import MOST_OVERRUN, Result, Summary, came_to
from tests.torture.rollouts import Rollouts
from tests.torture.surroundings import fresh_pods, troubles, whole
from tests.torture.targets import targets
from tests.torture.traces import traces
from tests.torture.victims import kill_when_due

LEAD = 1.5
"""Seconds before the faults' start at which their sidecars are asked for: one takes 0.2 s on an idle machine."""
_LOOKS = 10
"""So often a sidecar is asked for what it came to, each time for a moment: its node may be slow."""
_FRESH_EVERY = 20
Say = Callable[[str], None]


async def torture(rounds: int, seed: int, say: Say, first: int = 1) -> Summary:
    """So many rounds, each told; and their summary, also where the cluster does not come back."""
    summary = Summary(seed)
    plans = [chosen(seed, number) for number in range(first, first + rounds)]
    types = {fault.type for plan in plans for fault in plan.faults}
    api = await KubernetesApi.connect()
    try:
        with targets(types), Lookout() as lookout:
            await fresh_pods()
            for plan in plans:
                result = await _Run(KubernetesStaging(api), lookout, plan).whole_round()
                summary.results.append(result)
                say(result.line())
                if plan.number % _FRESH_EVERY == 0:
                    await fresh_pods()
            await fresh_pods()
    finally:
        await api.close()
        say(summary.text())
    return summary


class _Run:
    """One round."""

    def __init__(self, staging: KubernetesStaging, lookout: Lookout, plan: Round) -> None:
        self._staging = staging
        self._lookout = lookout
        self._plan = plan

    async def whole_round(self) -> Result:
        """From a whole cluster to a whole cluster."""
        await whole()
        began = time.monotonic()
        rollouts = await self._rollouts()
        campaigned = Campaigned(self._plan) if self._plan.by_operator else None
        if campaigned:
            uid, start = await campaigned.begin()
            work = None
        else:
            uid, start = str(uuid.uuid4()), time.time() + LEAD
            work = asyncio.create_task(Direct(self._staging, uid).put_in(self._plan.faults, start))
        killed, overrun = await self._kill_and_look(container_prefix(uid), start, rollouts)
        end = start + self._plan.seconds
        await asyncio.sleep(max(0.0, end + MOST_OVERRUN - time.time()))
        looked, found = time.time(), await self._lookout.ask("scan")
        await whole()
        known = (await asyncio.to_thread(get, "-A", "stressruns") or {}).get("items", [])
        leaks, others = told_apart(found["leaks"], in_force(known, uid, looked))
        leaks += await troubles(self._lookout)
        in_the_way = await work if work else ()
        outcomes = (*await self._outcomes(uid), *in_the_way)
        if campaigned:
            outcomes += await campaigned.rolled_out()
            leaks += await campaigned.gone()
        leaks += [left for one in rollouts.values() for left in await one.left()]
        took = time.monotonic() - began
        return Result(
            self._plan, killed, outcomes, overrun, tuple(leaks), found["inert"], took, tuple(others)
        )

    async def _rollouts(self) -> dict[str, Rollouts]:
        """The Deployments, as they are before it, by the faults that are to change them."""
        named = [(one.name, one.deployment) for one in self._plan.faults if one.deployment]
        return {fault: await asyncio.to_thread(Rollouts, deployment) for fault, deployment in named}

    async def _kill_and_look(
        self, prefix: str, start: float, rollouts: dict[str, Rollouts]
    ) -> tuple[tuple[Kill, ...], float]:
        """Who was really killed; and how long after its deadline nothing of a fault was seen any more, in seconds."""
        kills = asyncio.gather(*(kill_when_due(one, start, prefix) for one in self._plan.kills))
        looks = asyncio.gather(
            *(
                rollouts[one.name].overrun(start + lasts(one))
                if one.rolls_out
                else self._overrun(one, prefix, start)
                for one in self._plan.faults
            )
        )
        killed, overruns = await kills, await looks
        return tuple(one for one in killed if one), max(overruns)

    async def _overrun(self, fault: Fault, prefix: str, start: float) -> float:
        end = start + lasts(fault)
        words = traces(fault, prefix, end)
        watched = await self._lookout.ask("scan", "watch", str(end), str(end + MOST_OVERRUN), *words)
        gone_at: float = watched["at"]
        return gone_at - end

    async def _outcomes(self, uid: str) -> tuple[str, ...]:
        for _ in range(_LOOKS):
            found = await self._staging.sidecars(NAMESPACE, container_prefix(uid))
            if not any(one.unheard for one in found):
                break
        return tuple(came_to(one) for one in found)
