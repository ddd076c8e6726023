"""What Prometheus is asked about a run: by the abort rules while it is under way, as evidence once its load is over."""

import asyncio
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from stresscampaigns.api.check_spec import Check
from stresscampaigns.core import abort_rules, reconciliation
from stresscampaigns.core.capacity.efficiency import efficiency_questions
from stresscampaigns.core.checks.query import between, looked_at, stretches
from stresscampaigns.core.coverage import answer, changed_pods, lasting_pods, unseen_pods, with_extremes
from stresscampaigns.core.observation import Answer, CounterView, History, LoadView, Pod, Probe
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.recovery.detection import detection_questions
from stresscampaigns.core.saturation.questions import Question, parts_of, questions, step_of
from stresscampaigns.core.scraping import LOOKBACK, Holes, holes, scraping_question, together
from stresscampaigns.runtime.ports import Clock, Metrics
from stresscampaigns.runtime.standing import StandingQuestions

NOT_NAMED = "the campaign names no Prometheus"
_STEPS_LATELY = 60


@dataclass
class PrometheusQuestions:
    """Times in epoch seconds."""

    metrics: Metrics
    clock: Clock
    _standing: StandingQuestions[History] = field(default_factory=StandingQuestions)
    _scrapes: StandingQuestions[Holes] = field(default_factory=StandingQuestions)

    async def probe(self, run: RunView) -> Probe:
        """Does it answer, where the campaign names one, and has it what must be known before the load begins?"""
        url, counter = _url(run), run.template.load.server_counter
        if url is None:
            return Probe(True)
        there = await self.metrics.probe(url)
        if counter is None or not there.ok:
            return there
        known = reconciliation.known(await self.metrics.samples(url, counter.series, self.clock.now()))
        return there if known.ok else known

    async def abort_answers(self, run: RunView, pods: tuple[Pod, ...]) -> dict[str, History]:
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
        told = {key: one for key, asks in asked.items() if (one := answers[asks.standing]) is not None}
        unseen = await self._holes_lately(run, [asked[key] for key in told])
        return {} if unseen is None else {key: unseen.without(one) for key, one in told.items()}

    async def _holes_lately(self, run: RunView, asked: Sequence[Question]) -> Holes | None:
        """Coarsely, for it is asked at every look; None, where it has not been said yet."""
        if not asked:
            return Holes()
        since, until = min(one.start for one in asked), max(one.end for one in asked)
        step = math.ceil((until - since + LOOKBACK) / _STEPS_LATELY)
        scrapes = scraping_question(run.target_namespace, since, until, step)
        return await self._scrapes.ask(run.uid, "scrapes", partial(self._holes, run, scrapes))

    def forget(self, run: RunView) -> None:
        """Nobody waits for answers to abort rules any more."""
        self._standing.forget(run.uid)
        self._scrapes.forget(run.uid)

    async def knows(self, run: RunView, resources: Sequence[str]) -> bool:
        """Has Prometheus anything of each of these resources of the target's pods, now?"""
        now, pods = self.clock.now(), [one.name for one in run.status.target_pods or []]
        queries = (parts_of(run.template, run.target_namespace, pods, one)["used"] for one in resources)
        found = await asyncio.gather(*(self._history(run, Question(query, now, now, 1)) for query in queries))
        return all(one.series for one in found)

    async def holes(self, run: RunView, load: LoadView, pods: tuple[Pod, ...]) -> Holes:
        """When nothing was scraped while the load was on.

        Within a window that is much shorter than the load it is asked in steps of its own: between longer ones nobody
        sees whether anything was scraped in it.
        """
        planned = run.started_at + run.template.load.total_seconds
        finished = load.result.finished if load.result else planned
        end = min(max(finished, planned), self.clock.now())
        step = step_of(run.started_at, end)
        short = sorted(
            (since, until)
            for since, until in looked_at(run.template, load.result)
            if since < until and step_of(since, until) < step
        )
        namespace, lasting, start = run.target_namespace, lasting_pods(run, pods), run.started_at
        asked = [
            scraping_question(namespace, start + since, start + until, own, lasting)
            for since, until, own in [
                (0.0, end - run.started_at, step),
                *((*span, step_of(*span)) for span in short),
            ]
        ]
        return together(await asyncio.gather(*(self._holes(run, one) for one in asked)))

    async def check_answers(
        self, run: RunView, load: LoadView, pods: tuple[Pod, ...], unseen: Holes
    ) -> dict[str, Answer]:
        """To the checks' own queries, each over its window; beside a search over every trial."""
        asked = {
            key: self._answer(run, check, _over(run, check.query, span), pods, unseen)
            for check in run.template.checks
            if check.query
            for key, span in stretches(run.template, check, load.result).items()
        }
        return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))

    async def _answer(
        self, run: RunView, check: Check, asked: Question, pods: Collection[Pod], unseen: Holes
    ) -> Answer:
        told = await asyncio.gather(*(self._history(run, one) for one in (asked, *between(check, asked))))
        seen, *extremes = map(unseen.without, told)
        labels = (one.labels for one in seen.series if one.points)
        missing = unseen_pods(labels, run.target_namespace, lasting_pods(run, pods))
        return with_extremes(answer(seen, asked, changed_pods(run, pods), missing), extremes)

    async def histories(
        self, run: RunView, load: LoadView, pods: tuple[Pod, ...], unseen: Holes
    ) -> dict[str, History]:
        """What became of the target's resources, while the load was on: its pods' of then and of now."""
        if load.result is None:
            return {}
        names = {one.name for one in run.status.target_pods or []} | {one.name for one in pods}
        end = min(load.result.finished, self.clock.now())
        asked = questions(run.template, run.target_namespace, sorted(names), run.started_at, end)
        asked |= efficiency_questions(
            load.result.capacity, run.target_namespace, sorted(names), run.started_at
        )
        # An alert that goes on through a hole is no new one.
        detected = detection_questions(run.template, run.started_at, end)
        found = await asyncio.gather(
            *(self._history(run, one) for one in (*asked.values(), *detected.values()))
        )
        told = dict(zip((*asked, *detected), found, strict=True))
        return told | {key: unseen.without(told[key]) for key in asked}

    async def counter(self, run: RunView, load: LoadView) -> CounterView | None:
        """The target's own count, of the load's beginning and of now. Prometheus has kept what was before."""
        counter, url = run.template.load.server_counter, _url(run)
        if counter is None or load.result is None:
            return None
        if url is None:
            nothing = History(error=NOT_NAMED)
            return CounterView(nothing, nothing, nothing)
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

    async def _holes(self, run: RunView, asked: Question) -> Holes:
        return holes(await self._history(run, asked), asked)

    async def _history(self, run: RunView, asked: Question) -> History:
        url = _url(run)
        if url is None:
            return History(error=NOT_NAMED)
        return await self.metrics.history(url, asked.query, asked.start, asked.end, asked.step)


def _url(run: RunView) -> str | None:
    return run.template.prometheus.url if run.template.prometheus else None


def _over(run: RunView, query: str, window: tuple[float, float]) -> Question:
    start, end = (run.started_at + moment for moment in window)
    return Question(query, start, end, step_of(start, end))
