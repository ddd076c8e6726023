"""Drives runs: observe, decide, act, write down; and lets go of a deleted run once nothing of it is left."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from stresscampaigns.api.base import CAMPAIGN_LABEL, FINALIZER
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.load_pod import PLAN_LIMIT
from stresscampaigns.api.run import StressRunStatus
from stresscampaigns.core import injection, runs
from stresscampaigns.core.actions import (
    Action,
    Announcement,
    CreateLoad,
    DeleteLoad,
    EndFault,
    InjectFault,
    KeepRecord,
    KillPod,
    RollBack,
    RollOut,
    StartInTarget,
)
from stresscampaigns.core.plan import load_plan
from stresscampaigns.core.progress import Decision, RunView, inconclusive, marked, shortened
from stresscampaigns.manifests.load import Images, Manifest, Owner, Sources, load_manifests
from stresscampaigns.manifests.record import record_manifests
from stresscampaigns.manifests.sidecar import burn_command, sidecar
from stresscampaigns.runtime import parsing
from stresscampaigns.runtime.observing import Observer
from stresscampaigns.runtime.ports import (
    Away,
    Clock,
    Conflict,
    Leadership,
    Refusal,
    Resources,
    Staging,
)
from stresscampaigns.runtime.store import Body, Key, Store

AT_ONCE = 16
"""So many faults are told to end at a time."""
AGAIN = 1.0
"""Seconds after which a run that is under way is looked at again where somebody did not answer, however often: with
longer and longer pauses, a consent that is withdrawn meanwhile would be seen late."""
_LONGEST_WORDS = 500
log = logging.getLogger(__name__)
_ENDS = (EndFault, RollBack, DeleteLoad)
Hindrances = Mapping[str, str]
"""Fault → why it could not be put in for now."""


class NotLeading(Exception):
    """The Lease is another's: nothing may be done."""


@dataclass
class RunDriver:
    """Takes one run one step further; safe to call at any time, and again after a crash."""

    store: Store
    resources: Resources
    staging: Staging
    observer: Observer
    clock: Clock
    leadership: Leadership
    images: Images

    async def reconcile(self, key: Key) -> float | None:
        """One step; in how many seconds the next is due."""
        body = self.store.get(key)
        if body is None:
            return None
        try:
            run, problem = parsing.run_view(body), None
        except parsing.InvalidObject as error:
            run, problem = parsing.run_shell(body), str(error)
        try:
            if "deletionTimestamp" in body["metadata"]:
                return await self._let_go(key, body, run)
            return await self._step(key, body, run, problem)
        except Conflict:
            return await self._refresh(key)
        except Away as error:
            if run.status.phase not in runs.UNDER_WAY:
                raise
            log.warning("%s: %s; looked at again in %.0f s", key, error, AGAIN)
            return AGAIN

    async def _step(self, key: Key, body: Body, run: RunView, problem: str | None) -> float | None:
        if run.status.phase == "Finished":
            return None
        decision = await self._decide(run, body, problem)
        if CreateLoad() in decision.actions:
            await self._make_sure(key, body)
        try:
            hindrances = await self._act(run, body, decision.actions)
            decision = _told(decision, hindrances)
        except Refusal as error:
            decision = marked(run, runs.refused(run, self.clock.now(), str(error)))
        await self._write(key, body, run, decision)
        for announcement in decision.said:
            await self.resources.announce(body, announcement)
        return decision.wait

    async def _decide(self, run: RunView, body: Body, problem: str | None) -> Decision:
        if problem and run.status.verdict is None:
            return inconclusive(run, self.clock.now(), "InvalidRun", problem)
        return runs.decide(run, await self.observer.observe(run, body))

    async def _make_sure(self, key: Key, body: Body) -> None:
        """A watch that fell silent may hide that the run is over, or gone: such a one gets no load any more."""
        current = await self.resources.read(key)
        if current is None or current["metadata"]["resourceVersion"] != body["metadata"]["resourceVersion"]:
            raise Conflict(f"{key} has changed")
        finalizers = body["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            # Somebody made it by hand, or took it out: deleted, it would be gone while its faults are in force.
            version = body["metadata"]["resourceVersion"]
            await self.resources.hold_with(key, version, [*finalizers, FINALIZER])
            raise Conflict(f"{key} has a finalizer by now")

    async def _let_go(self, key: Key, body: Body, run: RunView) -> float | None:
        """A deleted run stops its load and its faults first."""
        finalizers = body["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            return None
        actions = runs.leftovers(run, await self.observer.leftovers(run))
        if actions:
            await self._act(run, body, actions)
            return 0.5
        rest = [name for name in finalizers if name != FINALIZER]
        await self.resources.hold_with(key, body["metadata"]["resourceVersion"], rest)
        return None

    async def _act(self, run: RunView, body: Body, actions: tuple[Action, ...]) -> Hindrances:
        """All of it; which faults could not be put in for now, and why."""
        hindrances: dict[str, str] = {}
        for ends, some in groupby(actions, key=lambda action: isinstance(action, _ENDS)):
            if ends:
                await self._all_at_once(run, body, list(some))
                continue
            for action in some:
                if not isinstance(action, InjectFault):
                    await self._held(run, body, action)
                elif action.fault not in hindrances:
                    # Else its other pods at the next look: each may take long to fail.
                    hindrances |= await self._tried(run, body, action)
        return hindrances

    async def _tried(self, run: RunView, body: Body, action: InjectFault) -> Hindrances:
        """What is in the way of one fault is in the way of no other, nor of the run's end."""
        try:
            await self._held(run, body, action)
        except Away as error:
            return {action.fault: str(error)}
        return {}

    async def _all_at_once(self, run: RunView, body: Body, actions: list[Action]) -> None:
        """What ends: one after the other would take too long, and where one fails the others end all the same."""
        few = asyncio.Semaphore(AT_ONCE)

        async def one(action: Action) -> None:
            async with few:
                await self._held(run, body, action)

        found = await asyncio.gather(*map(one, actions), return_exceptions=True)
        for failed in filter(None, found):
            raise failed

    async def _held(self, run: RunView, body: Body, action: Action) -> None:
        if not self.leadership.held():
            raise NotLeading(f"run {run.name}: the Lease is lost, nothing was done")
        await self._one(run, body, action)

    async def _one(self, run: RunView, body: Body, action: Action) -> None:
        match action:
            case CreateLoad():
                await self.staging.create(self._load(run))
            case DeleteLoad():
                await self.staging.delete_load(run.namespace, run.name)
            case InjectFault():
                await self._inject(run, action)
            case StartInTarget():
                await self._start(run, action)
            case KillPod():
                await self.staging.kill_pod(_where(run, action.fault), action.pod, action.uid)
            case RollOut():
                where = _where(run, action.rollback.fault)
                await self.staging.roll_out(where, action.seen, action.rollback)
            case RollBack():
                await self._roll_back(run, body, action)
            case EndFault():
                await self.staging.end_fault(action.namespace, action.pod, action.container)
            case KeepRecord():
                await self.staging.keep(self._record(run, body, action))

    async def _inject(self, run: RunView, action: InjectFault) -> None:
        fault = _fault(run, action.fault)
        container = sidecar(run.uid, fault, self.images, action.start, action.end, action.peers, action.into)
        await self.staging.inject(run.namespace_of(fault), action.pod, action.uid, container)

    async def _start(self, run: RunView, action: StartInTarget) -> None:
        into, fault = action.container, _fault(run, action.fault)
        command = burn_command(fault, into, action.sidecar_pid, action.start, action.end)
        await self.staging.start_in_target(run.namespace_of(fault), action.pod, into.name, command)

    async def _roll_back(self, run: RunView, body: Body, action: RollBack) -> None:
        """Where that is refused, the run goes on: it is tried again at the next look."""
        try:
            where = _where(run, action.rollback.fault)
            await self.staging.roll_back(where, action.seen, action.rollback)
        except Refusal as error:
            await self.resources.announce(body, Announcement("Warning", "RollbackRefused", str(error)))

    def _load(self, run: RunView) -> list[Manifest]:
        owner = Owner(run.name, run.uid, run.namespace, run.spec.campaign)
        plan = load_plan(run.template, run.name, run.spec.campaign, run.namespace)
        size = len(plan.model_dump_json().encode())
        if size > PLAN_LIMIT:
            raise Refusal(
                f"spec.load comes to {size} bytes, of which a load pod takes {PLAN_LIMIT}: shorten the "
                "scenarios' parameters, or take what differs from a ConfigMap (`data`)"
            )
        return load_manifests(owner, plan, self.images, Sources.of(run.template.load))

    def _record(self, run: RunView, body: Body, action: KeepRecord) -> list[Manifest]:
        """Of what the API server holds: even where it could not be read."""
        campaign = (body["metadata"].get("labels") or {}).get(CAMPAIGN_LABEL, "")
        owner = Owner(run.name, run.uid, run.namespace, campaign)
        return record_manifests(owner, body["spec"], action.status, action.load, self.images)

    async def _write(self, key: Key, body: Body, run: RunView, decision: Decision) -> None:
        status = decision.status.model_copy(update={"observed_generation": run.generation})
        if status != run.status:
            self.store.update(key, await self._written(key, body, run, status))

    async def _written(self, key: Key, body: Body, run: RunView, status: StressRunStatus) -> Body:
        """Of a status that cannot be written, because it is too large for instance, why: else nothing could be decided
        any more, not even that the run is aborted."""
        version = body["metadata"]["resourceVersion"]
        try:
            return await self.resources.write_status(key, version, status.to_wire())
        except Refusal as error:
            if run.status.verdict is not None:
                raise
            words = shortened(str(error), _LONGEST_WORDS)
            least = marked(run, inconclusive(run, self.clock.now(), "StatusRefused", words))
            return await self.resources.write_status(key, version, least.status.to_wire())

    async def _refresh(self, key: Key) -> float | None:
        body = await self.resources.read(key)
        if body is None:
            self.store.remove(key)
            return None
        self.store.update(key, body)
        return 0.0


def _told(decision: Decision, hindrances: Hindrances) -> Decision:
    """With what was in the way of its faults."""
    status, said = decision.status, decision.said
    for fault, why in hindrances.items():
        status = injection.hindered(status, fault, why)
        said = (*said, Announcement("Warning", "FaultHindered", why))
    return replace(decision, status=status, said=said)


def _where(run: RunView, fault: str) -> str:
    return run.namespace_of(_fault(run, fault))


def _fault(run: RunView, name: str) -> Fault:
    return next(fault for fault in run.template.faults or [] if fault.name == name)
