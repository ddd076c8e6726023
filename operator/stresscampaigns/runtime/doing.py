"""Does what a decision about a run asks for, one action at a time, and only while the Lease is ours."""

from dataclasses import dataclass

from stresscampaigns.api.base import CAMPAIGN_LABEL
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.load_pod import PLAN_LIMIT
from stresscampaigns.core.actions import (
    Action,
    Announcement,
    AnswerTrials,
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
from stresscampaigns.core.progress import RunView
from stresscampaigns.manifests.answers import answer_command
from stresscampaigns.manifests.load import Images, Owner, Sources, load_manifests
from stresscampaigns.manifests.manifest import Manifest
from stresscampaigns.manifests.record import record_manifests
from stresscampaigns.manifests.sidecar import burn_command, sidecar
from stresscampaigns.runtime.ports import Leadership, Refusal, Resources, Staging
from stresscampaigns.runtime.store import Body


class NotLeading(Exception):
    """The Lease is another's: nothing may be done."""


@dataclass(frozen=True)
class Doing:
    """Each action is safe to repeat."""

    resources: Resources
    staging: Staging
    leadership: Leadership
    images: Images

    async def do(self, run: RunView, body: Body, action: Action) -> None:
        """One action.

        Raises:
            NotLeading: nothing was done.
            Refusal: the API server will not have it.
            Away: who was asked does not answer now.
        """
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
                await self._end(body, action)
            case AnswerTrials():
                await self._answer(run, body, action)
            case KeepRecord():
                await self.staging.keep(self._record(run, body, action), instead=action.load is not None)

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

    async def _end(self, body: Body, action: EndFault) -> None:
        """Likewise tried again; at its deadline it ends by itself."""
        try:
            await self.staging.end_fault(action.namespace, action.pod, action.container)
        except Refusal as error:
            await self.resources.announce(body, Announcement("Warning", "EndRefused", str(error)))

    async def _answer(self, run: RunView, body: Body, action: AnswerTrials) -> None:
        """Where that is refused, the search ends by what the load itself knows, and is judged then."""
        try:
            await self.staging.tell_load(run.namespace, run.name, answer_command(action.answers))
        except Refusal as error:
            words = f"the load is not told what its trials broke: {error}"
            await self.resources.announce(body, Announcement("Warning", "AnswersRefused", words))

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


def _where(run: RunView, fault: str) -> str:
    return run.namespace_of(_fault(run, fault))


def _fault(run: RunView, name: str) -> Fault:
    return next(fault for fault in run.template.faults or [] if fault.name == name)
