"""Gathers what a decision may look at; each phase asks only for what it needs."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from stresscampaigns.api.base import ABORT_ANNOTATION
from stresscampaigns.core import abort_rules
from stresscampaigns.core.clocks import heard
from stresscampaigns.core.consent import Consent
from stresscampaigns.core.observation import Heard, History, LoadView, Observation, Pod, Probe
from stresscampaigns.core.pod_watch import near
from stresscampaigns.core.progress import RunView
from stresscampaigns.runtime.fault_sites import FaultSites
from stresscampaigns.runtime.live_use import LiveUseQuestions
from stresscampaigns.runtime.load_words import LoadWords
from stresscampaigns.runtime.owners_consent import owners_consent
from stresscampaigns.runtime.ports import Clock, Metrics, Reach, Staging
from stresscampaigns.runtime.prometheus_questions import PrometheusQuestions
from stresscampaigns.runtime.rights import Rights
from stresscampaigns.runtime.rivals import rival
from stresscampaigns.runtime.store import Body, Store
from stresscampaigns.runtime.trial_questions import TrialQuestions


@dataclass
class Observer:
    """Asks Kubernetes, Prometheus and the target."""

    store: Store
    staging: Staging
    metrics: Metrics
    reach: Reach
    clock: Clock
    own_namespaces: Collection[str] = ()
    """The operator's: no run has anything to do there."""
    _rights: Rights = field(init=False)
    _load_words: LoadWords = field(init=False)
    _sites: FaultSites = field(init=False)
    _questions: PrometheusQuestions = field(init=False)
    _live_use: LiveUseQuestions = field(init=False)
    _trials: TrialQuestions = field(init=False)
    _heard: dict[str, Heard] = field(default_factory=dict)
    _booted: dict[str, float] = field(default_factory=dict)
    """By run's UID: when this machine was started, as its clock had it at the first look."""

    def __post_init__(self) -> None:
        """Each asks for its own part where everything else is asked for."""
        self._rights = Rights(self.staging, self.clock)
        self._load_words = LoadWords(self.staging, self.clock)
        self._sites = FaultSites(self.staging)
        self._questions = PrometheusQuestions(self.metrics, self.clock)
        self._live_use = LiveUseQuestions(self.staging, self._questions, self.clock)
        self._trials = TrialQuestions(self.staging, self._questions, self.clock)

    async def observe(self, run: RunView, body: Body) -> Observation:
        """What the run's next decision is made from."""
        abort = (body["metadata"].get("annotations") or {}).get(ABORT_ANNOTATION)
        if run.status.verdict is not None:
            self._questions.forget(run)
            self._live_use.forget(run)
            self._trials.forget(run)
            self._heard.pop(run.uid, None)
            self._booted.pop(run.uid, None)
            return await self._end(run)
        if abort is not None:
            return Observation(
                self.clock.now(), abort=abort
            )  # nothing else matters, and all of it takes time
        phase = run.status.phase or "Pending"
        if phase in ("Pending", "Preparing"):
            return await self._surroundings(run)
        if phase == "Analysing":
            return await self._evidence(run)
        return replace(await self._progress(run), clock_set_back=self._set_back(run))

    async def leftovers(self, run: RunView) -> Observation:
        """What of a run is still there; where we have no rights any more, nothing of it is ours.

        Raises:
            RightsMissing: not for long, so that nobody knows yet.
        """
        self._load_words.over(run)
        await self._rights.still(run)
        closed = self._rights.without(run)
        load, sidecars, deployments = await asyncio.gather(
            self._load_left(run, closed),
            self._sites.sidecars(run, closed),
            self._sites.deployments(run),
        )
        return Observation(self.clock.now(), load=load, sidecars=sidecars, deployments=deployments)

    async def _load_left(self, run: RunView, closed: Collection[str]) -> LoadView:
        if run.namespace in closed:
            return LoadView()
        return await self.staging.load(run.namespace, run.name, with_result=False)

    async def _end(self, run: RunView) -> Observation:
        """What is still there, and the load's results where they are not on record yet."""
        if run.status.record is None:
            load, left = await asyncio.gather(self._load_words.last(run), self.leftovers(run))
            if load.result:
                return replace(left, load=load)
            return replace(left, load=replace(left.load, events=load.events, unheard=load.unheard))
        self._load_words.forget(run)
        return await self.leftovers(run)

    async def _surroundings(self, run: RunView) -> Observation:
        seen = Observation(self.clock.now(), namespace=Probe(False))
        try:
            seen = await self._before_the_start(run)
        finally:  # whatever keeps us from looking, others must not wait for a run that may have no business there
            self._note_welcome(run, seen.namespace.ok)
        return seen

    def _note_welcome(self, run: RunView, welcome: bool) -> None:
        if welcome:
            self.store.unwelcome.discard(run.uid)
        else:
            self.store.unwelcome.add(run.uid)
            self.store.turns.discard(run.uid)

    async def _before_the_start(self, run: RunView) -> Observation:
        target, load = run.template.target, run.template.load
        consent = await owners_consent(self.staging, run, self.own_namespaces)
        namespace = consent.to(bool(run.template.faults))
        if namespace.ok:
            namespace = await self._rights.now(run)
        if not namespace.ok:
            return Observation(self.clock.now(), namespace=namespace)
        deployments = await self._sites.deployments(run)
        prometheus, url, pods, fault_pods, peers = await asyncio.gather(
            self._questions.probe(run),
            self.reach.probe(target.url, load.server_counter is not None, load.proxy),
            self.staging.pods(run.target_namespace, target.selector.as_query()),
            self._sites.pods(run, deployments),
            self._sites.peers(run),
        )
        return Observation(
            self.clock.now(),
            namespace=namespace,
            most_share=consent.most_share,
            prometheus=prometheus,
            target_url=url,
            target_pods=pods,
            fault_pods=fault_pods,
            deployments=deployments,
            peers=peers,
            rival=rival(self.store, run),
        )

    async def _progress(self, run: RunView) -> Observation:
        consent = await owners_consent(self.staging, run, self.own_namespaces)
        namespace = consent.to(bool(run.template.faults))
        # First of all: who takes the consent away may have taken the rights, too, and no other question is answered.
        if namespace.ok:
            namespace = await self._rights.still(run)
        if not namespace.ok:
            return Observation(self.clock.now(), namespace=namespace)
        seen, live_use = await asyncio.gather(self._under_way(run, consent), self._live_use.ask(run))
        return replace(seen, live_use=live_use)

    async def _under_way(self, run: RunView, consent: Consent) -> Observation:
        since, before = self.clock.now(), self._heard.get(run.uid)
        seen = replace(await self._look(run, consent), heard_before=before)
        self._heard[run.uid] = heard(seen, since)
        return seen

    async def _look(self, run: RunView, consent: Consent) -> Observation:
        deployments, is_near = await self._sites.deployments(run), self._near(run)
        (
            load,
            sidecars,
            fault_pods,
            peers,
            (target_pods, abort_answers),
            neighbour_pods,
        ) = await asyncio.gather(
            self._load_words.now(run),
            self._sites.sidecars(run),
            self._sites.pods(run, deployments),
            self._sites.peers(run),
            self._target(run, is_near),
            self._neighbour_pods(run, is_near),
        )
        trials = await self._trials.ask(run, load)
        return Observation(
            self.clock.now(),
            most_share=consent.most_share,
            load=load,
            sidecars=sidecars,
            near_fault=is_near,
            target_pods=target_pods,
            neighbour_pods=neighbour_pods,
            fault_pods=fault_pods,
            deployments=deployments,
            peers=peers,
            abort_answers=abort_answers,
            trials=trials,
        )

    def _set_back(self, run: RunView) -> float:
        booted = self.clock.now() - self.clock.steady()
        return self._booted.setdefault(run.uid, booted) - booted

    def _near(self, run: RunView) -> bool:
        """May a fault harm pods now that it is not put into?"""
        started = run.status.load.started_at if run.status.load else None
        return started is not None and near(run.template, self.clock.now() - started)

    async def _target(self, run: RunView, is_near: bool) -> tuple[tuple[Pod, ...], dict[str, History]]:
        """The target's pods, where anybody asks for them, and what Prometheus says to the abort rules."""
        pods: tuple[Pod, ...] = ()
        if is_near or abort_rules.asks_for_pods(run):
            pods = await self.staging.pods(run.target_namespace, run.template.target.selector.as_query())
        return pods, await self._questions.abort_answers(run, pods)

    async def _evidence(self, run: RunView) -> Observation:
        rights = await self._rights.still(run)
        if not rights.ok:
            return Observation(self.clock.now(), namespace=rights)
        load, pods, prometheus, live_use = await asyncio.gather(
            self.staging.load(run.namespace, run.name, with_result=True),
            self.staging.pods(run.target_namespace, run.template.target.selector.as_query()),
            self._questions.probe(run),
            self._live_use.ask(run),
        )
        if load.unheard is not None:
            return Observation(self.clock.now(), load=load)
        unseen = await self._questions.holes(run, load, pods)
        answers = await self._questions.check_answers(run, load, pods, unseen)
        counter = await self._questions.counter(run, load)
        histories = await self._questions.histories(run, load, pods, unseen)
        return Observation(
            self.clock.now(),
            prometheus=prometheus,
            load=load,
            target_pods=pods,
            answers=answers,
            silences=unseen.silences,
            histories=histories,
            live_use=live_use,
            counter=counter,
        )

    async def _neighbour_pods(self, run: RunView, is_near: bool) -> dict[str, tuple[Pod, ...]]:
        neighbours = (run.template.neighbours or []) if is_near else []
        found = await asyncio.gather(
            *(
                self.staging.pods(one.namespace or run.target_namespace, one.selector.as_query())
                for one in neighbours
            )
        )
        return {one.name: pods for one, pods in zip(neighbours, found, strict=True)}
