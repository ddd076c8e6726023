"""Drives campaigns: what is due is started, what became of it is written down."""

from dataclasses import dataclass

from stresscampaigns.api.campaign import StressCampaignSpec, StressCampaignStatus
from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.campaign_status import campaign_status, invalid_status, next_look
from stresscampaigns.core.campaigns import CampaignView, NewRun, Plan, RunView, plan_runs, runs_to_drop
from stresscampaigns.core.clocktime import from_rfc3339
from stresscampaigns.core.schedule import ScheduleError
from stresscampaigns.manifests.run import run_manifest
from stresscampaigns.runtime import parsing
from stresscampaigns.runtime.ports import Away, Clock, Conflict, Refusal, Resources
from stresscampaigns.runtime.store import Body, Key, Store

RETRY = 5.0
"""Seconds until a run that could not be created is tried again."""


@dataclass
class CampaignDriver:
    """Brings one campaign up to date; safe to call at any time."""

    store: Store
    resources: Resources
    clock: Clock

    async def reconcile(self, key: Key) -> float | None:
        """One pass; in how many seconds the next is due."""
        body = self.store.get(key)
        if body is None or "deletionTimestamp" in body["metadata"]:
            return None
        try:
            return await self._advance_or_reject(key, body)
        except Conflict:
            await self._refresh(key)
            return 0.0

    async def _advance_or_reject(self, key: Key, body: Body) -> float | None:
        try:
            return await self._advance(key, body, parsing.campaign_view(body))
        except (parsing.InvalidObject, ScheduleError) as error:
            await self._reject(key, body, str(error))
            return None

    async def _advance(self, key: Key, body: Body, campaign: CampaignView) -> float | None:
        now = self.clock.now()
        runs = [parsing.run_summary(run) for run in self._runs(campaign)]
        plan = plan_runs(campaign, runs, now)
        if plan.run:
            try:
                await self._create(campaign, plan.run)
            except Refusal as error:
                await self._obstructed(key, body, campaign, runs, str(error))
                return RETRY
            runs = [parsing.run_summary(run) for run in self._runs(campaign)]
        status = campaign_status(campaign, plan, runs, now)
        await self._write(key, body, campaign.status, status)
        for announcement in _announcements(plan):
            await self.resources.announce(body, announcement)
        await self._drop(campaign, runs)
        if plan.asked and plan.run is None:
            return (
                0.0  # what somebody asked for came first, and brings no run whose changes would be heard of
            )
        following = next_look(campaign, now)
        return None if following is None else max(0.0, following - now)

    async def _create(self, campaign: CampaignView, run: NewRun) -> None:
        try:
            created = await self.resources.create_run(run_manifest(campaign, run))
        except Away as error:  # a webhook, perhaps: then its campaign can be told
            raise Refusal(f"run {run.name} could not be created: {error}") from error
        if not _owned(created, campaign):
            raise Refusal(
                f"run {run.name} is there already and is not this campaign's, but perhaps one's of the same name that "
                "was deleted; the campaign waits until it is gone: delete it"
            )
        self.store.put(Key("StressRun", campaign.namespace, run.name), created)

    async def _obstructed(
        self, key: Key, body: Body, campaign: CampaignView, runs: list[RunView], problem: str
    ) -> None:
        """Nothing of the plan is done, so that it is made again."""
        status = campaign_status(campaign, Plan(), runs, self.clock.now(), problem)
        await self._write(key, body, campaign.status, status)
        await self.resources.announce(body, Announcement("Warning", "RunNotCreated", problem))

    async def _reject(self, key: Key, body: Body, problem: str) -> None:
        campaign = _shell(body)
        runs = [parsing.run_summary(run) for run in self._runs(campaign)]
        status = invalid_status(campaign, problem, runs, self.clock.now())
        await self._write(key, body, campaign.status, status)
        await self.resources.announce(body, Announcement("Warning", "InvalidSpec", problem))

    async def _write(
        self, key: Key, body: Body, old: StressCampaignStatus, new: StressCampaignStatus
    ) -> None:
        if new != old:
            version = body["metadata"]["resourceVersion"]
            self.store.update(key, await self.resources.write_status(key, version, new.to_wire()))

    async def _refresh(self, key: Key) -> None:
        body = await self.resources.read(key)
        if body is None:
            self.store.remove(key)
        else:
            self.store.update(key, body)

    async def _drop(self, campaign: CampaignView, runs: list[RunView]) -> None:
        for name in runs_to_drop(campaign, runs):
            await self.resources.delete_run(Key("StressRun", campaign.namespace, name))

    def _runs(self, campaign: CampaignView) -> list[Body]:
        runs = self.store.runs_of(campaign.namespace, campaign.name)
        return [run for run in runs if _owned(run, campaign)]


def _owned(run: Body, campaign: CampaignView) -> bool:
    """A campaign deleted and made anew has nothing to do with the runs of the old one."""
    owners = run["metadata"].get("ownerReferences") or []
    return any(owner["uid"] == campaign.uid for owner in owners)


def _shell(body: Body) -> CampaignView:
    """As much of a campaign as can be had when its spec cannot be read."""
    metadata = body["metadata"]
    return CampaignView(
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        generation=metadata["generation"],
        created=from_rfc3339(metadata["creationTimestamp"]),
        spec=StressCampaignSpec.model_construct(),
        status=parsing.campaign_status(body),
    )


def _announcements(plan: Plan) -> list[Announcement]:
    said = [
        Announcement("Warning", f"Slot{slot.outcome}", f"the slot of {slot.time} was not run: {slot.reason}")
        for slot in plan.slots
        if slot.outcome != "Ran"
    ]
    if plan.refused:
        said.append(Announcement("Warning", "RehearsalRefused", plan.refused))
    if plan.run:
        said.append(Announcement("Normal", "RunCreated", _begins(plan.run)))
    return said


def _begins(run: NewRun) -> str:
    faster = f", {run.rehearsal.speed} faster: it is no evidence" if run.rehearsal else ""
    return f"run {run.name} begins ({run.trigger}{faster})"
