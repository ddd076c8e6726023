"""Gathers what a decision may look at; each phase asks only for what it needs."""

import asyncio
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from stresscampaigns.api.base import ABORT_ANNOTATION
from stresscampaigns.api.fault_parts import Peers
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core import abort_rules
from stresscampaigns.core.capacity.efficiency import efficiency_questions
from stresscampaigns.core.checks.query import stretch, windows
from stresscampaigns.core.consent import Consent, all_of, also, led_to, protected
from stresscampaigns.core.deployments import Deployment, NoDeployment
from stresscampaigns.core.observation import (
    Answer,
    CounterView,
    History,
    LoadView,
    Observation,
    Pod,
    Sidecar,
)
from stresscampaigns.core.pod_watch import near
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.recovery.detection import detection_questions
from stresscampaigns.core.saturation.questions import Question, questions
from stresscampaigns.manifests.names import container_prefix
from stresscampaigns.runtime.last_words import LastWords
from stresscampaigns.runtime.ports import Clock, Metrics, Reach, Staging
from stresscampaigns.runtime.rights import Rights
from stresscampaigns.runtime.rivals import rival
from stresscampaigns.runtime.standing import StandingQuestions
from stresscampaigns.runtime.store import Body, Store

Deployments = Mapping[str, Deployment | NoDeployment]
"""Of the faults that roll something out."""


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
    _standing: StandingQuestions[History] = field(default_factory=StandingQuestions)
    _rights: Rights = field(init=False)
    _last_words: LastWords = field(init=False)

    def __post_init__(self) -> None:
        """Rights and last words are asked for where everything else is."""
        self._rights = Rights(self.staging, self.clock)
        self._last_words = LastWords(self.staging, self.clock)

    async def observe(self, run: RunView, body: Body) -> Observation:
        """What the run's next decision is made from."""
        abort = (body["metadata"].get("annotations") or {}).get(ABORT_ANNOTATION)
        if run.status.verdict is not None:
            self._standing.forget(run.uid)
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
        return await self._progress(run)

    async def leftovers(self, run: RunView) -> Observation:
        """What of a run is still there; where we have no rights any more, nothing of it is ours.

        Raises:
            RightsMissing: not for long, so that nobody knows yet.
        """
        await self._rights.still(run)
        load, sidecars, deployments = await asyncio.gather(
            self.staging.load(run.namespace, run.name, with_result=False),
            self._sidecars(run),
            self._deployments(run),
        )
        return Observation(self.clock.now(), load=load, sidecars=sidecars, deployments=deployments)

    async def _end(self, run: RunView) -> Observation:
        """What is still there, and the load's results where they are not on record yet."""
        if run.status.record is None:
            load, left = await asyncio.gather(self._last_words.of(run), self.leftovers(run))
            if load.result:
                return replace(left, load=load)
            return replace(left, load=replace(left.load, events=load.events, unheard=load.unheard))
        self._last_words.forget(run)
        return await self.leftovers(run)

    async def _surroundings(self, run: RunView) -> Observation:
        target, load = run.template.target, run.template.load
        consent = await self._consent(run)
        namespace = consent.to(bool(run.template.faults))
        if namespace.ok:
            namespace = await self._rights.now(run)
        if not namespace.ok:
            return Observation(self.clock.now(), namespace=namespace)
        deployments = await self._deployments(run)
        prometheus, url, pods, fault_pods, peers = await asyncio.gather(
            self.metrics.probe(run.template.prometheus.url),
            self.reach.probe(target.url, load.server_counter is not None, load.proxy),
            self.staging.pods(run.target_namespace, target.selector.as_query()),
            self._fault_pods(run, deployments),
            self._peers(run),
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

    async def _consent(self, run: RunView) -> Consent:
        """Of the owners of the target's and the faults' namespaces; and of those into which the load's way leads."""
        target, faults, ways = run.target_namespace, run.fault_namespaces, _ways(run)
        closed = protected({run.namespace, target, *ways.values(), *faults}, self.own_namespaces)
        if not closed.ok:
            return Consent(closed, closed)
        names = sorted({target, *ways.values(), *faults})
        consents = dict(zip(names, await asyncio.gather(*map(self.staging.namespace, names)), strict=True))
        beside = [consents[name] for name in faults if name != target]
        whole = all_of(consents[target], beside, target in faults)
        for way, other in ways.items():
            whole = whole if other == target else also(whole, consents[other], way)
        return whole

    async def _sidecars(self, run: RunView) -> tuple[Sidecar, ...]:
        namespaces, prefix = {run.target_namespace, *run.fault_namespaces}, container_prefix(run.uid)
        found = await asyncio.gather(*(self.staging.sidecars(one, prefix) for one in sorted(namespaces)))
        return tuple(sidecar for some in found for sidecar in some)

    async def _progress(self, run: RunView) -> Observation:
        consent = await self._consent(run)
        namespace = consent.to(bool(run.template.faults))
        # First of all: who takes the consent away may have taken the rights, too, and no other question is answered.
        if namespace.ok:
            namespace = await self._rights.still(run)
        if not namespace.ok:
            return Observation(self.clock.now(), namespace=namespace)
        return await self._under_way(run, consent)

    async def _under_way(self, run: RunView, consent: Consent) -> Observation:
        deployments, is_near = await self._deployments(run), self._near(run)
        (
            load,
            sidecars,
            fault_pods,
            peers,
            (target_pods, abort_answers),
            neighbour_pods,
        ) = await asyncio.gather(
            self.staging.load(run.namespace, run.name, with_result=True),
            self._sidecars(run),
            self._fault_pods(run, deployments),
            self._peers(run),
            self._target(run, is_near),
            self._neighbour_pods(run, is_near),
        )
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
        )

    def _near(self, run: RunView) -> bool:
        """May a fault harm pods now that it is not put into?"""
        started = run.status.load.started_at if run.status.load else None
        return started is not None and near(run.template, self.clock.now() - started)

    async def _target(self, run: RunView, is_near: bool) -> tuple[tuple[Pod, ...], dict[str, History]]:
        """The target's pods, where anybody asks for them, and what Prometheus says to the abort rules."""
        pods: tuple[Pod, ...] = ()
        if is_near or abort_rules.asks_for_pods(run):
            pods = await self.staging.pods(run.target_namespace, run.template.target.selector.as_query())
        return pods, await self._abort_answers(run, pods)

    async def _abort_answers(self, run: RunView, pods: tuple[Pod, ...]) -> dict[str, History]:
        """What Prometheus says to the abort rules that ask it; nothing, where it has not said anything yet.

        What several rules ask is asked once.
        """
        asked = abort_rules.questions(run, pods, self.clock.now())
        different = {one.standing: one for one in asked.values()}
        found = await asyncio.gather(
            *(
                self._standing.ask(run.uid, name, partial(self._history, run, one))
                for name, one in different.items()
            )
        )
        answers = dict(zip(different, found, strict=True))
        return {key: answer for key, one in asked.items() if (answer := answers[one.standing]) is not None}

    async def _evidence(self, run: RunView) -> Observation:
        rights = await self._rights.still(run)
        if not rights.ok:
            return Observation(self.clock.now(), namespace=rights)
        queries = {
            key: (check.query, window)
            for check in run.template.checks
            if check.query
            for key, window in windows(check).items()
        }
        load, pods = await asyncio.gather(
            self.staging.load(run.namespace, run.name, with_result=True),
            self.staging.pods(run.target_namespace, run.template.target.selector.as_query()),
        )
        answers = await asyncio.gather(
            *(
                self._answer(run, query, stretch(run.template, window, load.result))
                for query, window in queries.values()
            )
        )
        counter = await self._counter(run, load)
        histories = await self._histories(run, load, pods)
        return Observation(
            self.clock.now(),
            load=load,
            target_pods=pods,
            answers=dict(zip(queries, answers, strict=True)),
            histories=histories,
            counter=counter,
        )

    async def _histories(self, run: RunView, load: LoadView, pods: tuple[Pod, ...]) -> dict[str, History]:
        """What became of the target's resources, while the load was on: its pods' of then and of now."""
        if load.result is None:
            return {}
        names = {one.name for one in run.status.target_pods or []} | {one.name for one in pods}
        end = min(load.result.finished, self.clock.now())
        asked = questions(run.template, run.target_namespace, sorted(names), run.started_at, end)
        asked |= efficiency_questions(
            load.result.capacity, run.target_namespace, sorted(names), run.started_at
        )
        asked |= detection_questions(run.template, run.started_at, end)
        found = await asyncio.gather(*(self._history(run, one) for one in asked.values()))
        return dict(zip(asked, found, strict=True))

    async def _history(self, run: RunView, asked: Question) -> History:
        url = run.template.prometheus.url
        return await self.metrics.history(url, asked.query, asked.start, asked.end, asked.step)

    async def _answer(self, run: RunView, query: str, asked: tuple[float, float]) -> Answer:
        (start, end), origin = asked, run.started_at
        return await self.metrics.ask(run.template.prometheus.url, query, origin + start, origin + end)

    async def _counter(self, run: RunView, load: LoadView) -> CounterView | None:
        """The target's own count, of the load's beginning and of now. Prometheus has kept what was before."""
        counter, url = run.template.load.server_counter, run.template.prometheus.url
        if counter is None or load.result is None:
            return None
        now = self.clock.now()
        since_end, since_start = (
            f"{counter.series}[{max(1, math.ceil(now - moment))}s]"
            for moment in (load.result.finished, run.started_at)
        )
        return CounterView(
            *await asyncio.gather(
                self.metrics.samples(url, counter.series, run.started_at),
                self.metrics.samples(url, since_end, now),
                self.metrics.samples(url, f"resets({since_start})", now),
            )
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

    async def _fault_pods(self, run: RunView, deployments: Deployments) -> dict[str, tuple[Pod, ...]]:
        faults = run.template.faults or []
        asked = [(fault, selector) for fault in faults if (selector := _selector(run, fault, deployments))]
        found = await asyncio.gather(
            *(self.staging.pods(run.namespace_of(fault), selector) for fault, selector in asked)
        )
        known = {fault.name: pods for (fault, _), pods in zip(asked, found, strict=True)}
        return {fault.name: known.get(fault.name, ()) for fault in faults}

    async def _deployments(self, run: RunView) -> dict[str, Deployment | NoDeployment]:
        """Those in which bad revisions are rolled out."""
        asked = [(fault, fault.deployment) for fault in run.template.faults or [] if fault.deployment]
        found = await asyncio.gather(
            *(self.staging.deployment(run.namespace_of(fault), name) for fault, name in asked)
        )
        return {fault.name: seen for (fault, _), seen in zip(asked, found, strict=True)}

    async def _peers(self, run: RunView) -> dict[str, tuple[str, ...]]:
        """Of each fault that names them: as they are now."""
        named = {fault.name: fault.peers for fault in run.template.faults or [] if fault.peers}
        found = await asyncio.gather(*(self._addresses(run, peers) for peers in named.values()))
        return dict(zip(named, found, strict=True))

    async def _addresses(self, run: RunView, peers: Peers) -> tuple[str, ...]:
        if peers.selector is None:
            return tuple(peers.cidrs or ())
        return await self.staging.addresses(
            peers.namespace or run.target_namespace, peers.selector.as_query()
        )


def _ways(run: RunView) -> dict[str, str]:
    """Of the load: what leads it → the namespace to which it leads, where that can be seen."""
    load, url = run.template.load, run.template.target.url
    named = {f"spec.target.url {url}": url}
    if load.proxy:
        named[f"spec.load.proxy {load.proxy}"] = load.proxy
    found = {way: led_to(address, run.namespace) for way, address in named.items()}
    return {way: other for way, other in found.items() if other}


def _selector(run: RunView, fault: Fault, deployments: Deployments) -> str:
    """Of the pods that a fault breaks; empty where it is not known."""
    if fault.rolls_out:
        found = deployments.get(fault.name)
        return found.selector if isinstance(found, Deployment) else ""
    return (fault.own_selector or run.template.target.selector).as_query()
