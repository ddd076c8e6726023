"""Drives runs: observe, decide, act, write down; and lets go of a deleted run once nothing of it is left."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from stresscampaigns.api.base import FINALIZER
from stresscampaigns.api.capacity_record import TrialAnswer
from stresscampaigns.api.run import StressRunStatus
from stresscampaigns.core import injection, runs
from stresscampaigns.core.actions import (
    Action,
    Announcement,
    AnswerTrials,
    CreateLoad,
    DeleteLoad,
    InjectFault,
    KeepRecord,
    KillPod,
)
from stresscampaigns.core.fault_life import left_to_the_kernel
from stresscampaigns.core.progress import Decision, RunView, inconclusive, marked, shortened
from stresscampaigns.core.run_cleanup import leftovers
from stresscampaigns.core.still_to_come import still_to_come
from stresscampaigns.manifests.load import Images
from stresscampaigns.runtime import parsing
from stresscampaigns.runtime.acts import Acts
from stresscampaigns.runtime.announcing import Announcing
from stresscampaigns.runtime.doing import Doing
from stresscampaigns.runtime.forsaken import ForsakenRuns
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

AGAIN = 0.5
"""Seconds after which a run that is under way is looked at again where somebody did not answer, however often: with
longer and longer pauses, a consent that is withdrawn meanwhile would be seen late."""
_LONGEST_WORDS = 500
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Acted:
    """What came of what was asked for, as far as it is written down."""

    hindrances: Mapping[str, str] = field(default_factory=dict)
    """Fault → why it could not be put in for now."""
    answers: tuple[TrialAnswer, ...] | None = None
    """What a load that searches has been told, if it has."""
    untold: str | None = None
    """Why it could not be told for now, if so."""


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
    _doing: Doing = field(init=False)
    _announcing: Announcing = field(init=False)
    _forsaken: ForsakenRuns = field(init=False)
    _acts: Acts = field(default_factory=Acts)

    def __post_init__(self) -> None:
        """Each does its part of what is decided here."""
        self._doing = Doing(self.resources, self.staging, self.leadership, self.images)
        self._announcing = Announcing(self.resources)
        self._forsaken = ForsakenRuns(self.observer, self._doing, self.resources)

    async def stop(self) -> None:
        """Nothing of any run is under way any more."""
        await self._acts.stop()
        await self._announcing.stop()

    def gone(self, key: Key, body: Body) -> bool:
        """The run does not exist any more. May it have left something, to be ended by the next steps?"""
        self._acts.call_off(body["metadata"]["uid"], ends=True)
        return self._forsaken.add(key, body)

    async def reconcile(self, key: Key) -> float | None:
        """One step; in how many seconds the next is due."""
        left = await self._forsaken.step(key)
        body = self.store.get(key)
        due = None if body is None else await self._one(key, body)
        return min((one for one in (left, due) if one is not None), default=None)

    async def _one(self, key: Key, body: Body) -> float | None:
        try:
            run, problem = parsing.run_view(body), None
        except parsing.InvalidObject as error:
            run, problem = parsing.run_shell(body), str(error)
        try:
            if "deletionTimestamp" in body["metadata"] and run.status.phase != "Finished":
                return await self._let_go(key, body, run)
            return await self._step(key, body, run, problem)
        except Conflict:
            return await self._refresh(key)
        except Away as error:
            if run.status.phase not in runs.UNDER_WAY:
                raise
            log.warning("%s: %s; looked at again in %g s", key, error, AGAIN)
            return AGAIN

    async def _step(self, key: Key, body: Body, run: RunView, problem: str | None) -> float | None:
        if run.status.phase == "Finished":
            await self._release(key, body)
            return None
        if run.status.phase in runs.UNDER_WAY:
            await self._held(key, body)
        decision = await self._decide(run, body, problem)
        if decision.status.verdict is not None:
            self._acts.call_off(run.uid)
        if CreateLoad() in decision.actions:
            await self._make_sure(key, body)
        try:
            decision = _told(run, decision, await self._act(run, body, decision))
        except Refusal as error:
            decision = marked(run, runs.refused(run, self.clock.now(), str(error)))
        except Away as error:
            if CreateLoad() not in decision.actions:
                raise
            decision = marked(run, runs.not_created(run, self.clock.now(), str(error)))
        await self._write(key, body, run, decision)
        over = decision.status.phase == "Finished"
        if over:
            self._acts.call_off(run.uid, ends=True)
        await self._announcing.say(body, decision.said)
        return 0.0 if over else decision.wait

    async def _decide(self, run: RunView, body: Body, problem: str | None) -> Decision:
        if problem and run.status.verdict is None:
            return inconclusive(run, self.clock.now(), "InvalidRun", problem)
        return runs.decide(run, await self.observer.observe(run, body))

    async def _make_sure(self, key: Key, body: Body) -> None:
        """A watch that fell silent may hide that the run is over, or gone: such a one gets no load any more."""
        current = await self.resources.read(key)
        if current is None or current["metadata"]["resourceVersion"] != body["metadata"]["resourceVersion"]:
            raise Conflict(f"{key} has changed")
        await self._held(key, body)

    async def _held(self, key: Key, body: Body) -> None:
        """Deleted, it stays until its faults are over."""
        finalizers = body["metadata"].get("finalizers") or []
        if FINALIZER not in finalizers:
            # Somebody made it by hand, or took it out: deleted, it would be gone while its faults are in force.
            version = body["metadata"]["resourceVersion"]
            await self.resources.hold_with(key, version, [*finalizers, FINALIZER])
            raise Conflict(f"{key} has a finalizer by now")

    async def _let_go(self, key: Key, body: Body, run: RunView) -> float | None:
        """A deleted run stops its load and its faults first."""
        if FINALIZER not in (body["metadata"].get("finalizers") or []):
            self.gone(key, body)
            return await self._forsaken.step(key)
        self._acts.call_off(run.uid)
        seen = await self.observer.leftovers(run)
        actions = leftovers(run, seen)
        if actions or still_to_come(run.status, seen) or left_to_the_kernel(run.status, seen):
            await self._begun(run, body, actions)
            return 0.5
        self._acts.call_off(run.uid, ends=True)
        # Parts that have no pods are not seen; a run of the same name, made at once, would take them for its own.
        await self._doing.do(run, body, DeleteLoad())
        await self._release(key, body)
        return None

    async def _release(self, key: Key, body: Body) -> None:
        """Nothing of it is left: it can be deleted, and its namespace, when there is no operator any more."""
        finalizers = body["metadata"].get("finalizers") or []
        if FINALIZER in finalizers:
            rest = [name for name in finalizers if name != FINALIZER]
            await self.resources.hold_with(key, body["metadata"]["resourceVersion"], rest)

    async def _act(self, run: RunView, body: Body, decision: Decision) -> _Acted:
        """What is written down afterwards is done by then; for the rest nobody waits long."""
        whole = decision.status.phase == "Finished"
        beside: list[Action] = []
        for action in decision.actions:
            if whole or isinstance(action, CreateLoad | KeepRecord):
                await self._doing.do(run, body, action)
            else:
                beside.append(action)
        return await self._begun(run, body, beside)

    async def _begun(self, run: RunView, body: Body, actions: Sequence[Action]) -> _Acted:
        """What could not be done for now is in the way of nothing else, nor of the run's end."""
        found = await self._acts.begin(run.uid, actions, lambda action: self._doing.do(run, body, action))
        hindrances, untold = {}, None
        for action, error in found.failed:
            match action:
                case InjectFault() if isinstance(error, Away):
                    hindrances[action.fault] = str(error)
                case AnswerTrials() if isinstance(error, Away):
                    untold = str(error)
                case _:
                    raise error
        kills = [action.pod for action in found.under_way if isinstance(action, KillPod)]
        if kills:
            raise Away(f"whether {', '.join(kills)} will be killed is not known yet")
        answers = [action.answers for action in found.done if isinstance(action, AnswerTrials)]
        return _Acted(hindrances, answers[-1] if answers else None, untold)

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
            known = self.store.remove(key)
            return 0.0 if known is not None and self.gone(key, known) else None
        self.store.update(key, body)
        return 0.0


def _told(run: RunView, decision: Decision, acted: _Acted) -> Decision:
    """With what was in the way of its faults, and with those answers alone of which the load has been told."""
    known = run.status.trial_answers if acted.answers is None else list(acted.answers)
    status, said = decision.status.model_copy(update={"trial_answers": known}), decision.said
    for fault, why in acted.hindrances.items():
        status = injection.hindered(status, fault, why)
        said = (*said, Announcement("Warning", "FaultHindered", why))
    if acted.untold is not None:
        words = f"the load is not told yet what its trials broke: {acted.untold}"
        said = (*said, Announcement("Warning", "AnswersHindered", words))
    return replace(decision, status=status, said=said)
