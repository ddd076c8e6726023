"""The coordinator: waits for the workers, follows the stages, merges what they count, tells the results."""

import math
import time
from typing import Any

import gevent

from stresscampaigns.api.load_events import (
    AbortWanted,
    Finished,
    Heartbeat,
    Ready,
    Started,
    result_chunks,
)
from stresscampaigns.api.load_plan import GATHER_SECONDS, WHOLE, LoadPlan
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.written_set import WrittenSet
from stresscampaigns.load.abort_watch import AbortWatch, settled
from stresscampaigns.load.aggregate import Aggregate
from stresscampaigns.load.arrivals import Arrivals
from stresscampaigns.load.calibration import beyond_calibration
from stresscampaigns.load.capacity_search import RunningSearch
from stresscampaigns.load.environment import environment, forget_seconds, tune
from stresscampaigns.load.findings import findings
from stresscampaigns.load.http.errors import NoSocketLeft
from stresscampaigns.load.in_step import InStep
from stresscampaigns.load.now import Now
from stresscampaigns.load.recovery_watch import RecoveryWatch
from stresscampaigns.load.roster import Roster
from stresscampaigns.load.stages import all_windows, total_seconds, users_at
from stresscampaigns.load.strain import SEARCH, STAGES
from stresscampaigns.load.telling import fail, tell, tell_loss
from stresscampaigns.load.trials import Trials
from stresscampaigns.load.watch import STUCK_SECONDS, ClockWatch, keep_looking
from stresscampaigns.load.words import ASSIGN, DRAIN, READ_BACK, START
from stresscampaigns.stats.written_set import everything

TICK = 0.25
HEARTBEAT_SECONDS = 10.0
HEARTBEATS_KEPT_UP = 360
"""So many at that pace; then each comes after that part of the load's time, so that the log of days stays small."""
SPAWN_SECONDS = 60.0
"""Within this all users of an open model must be there: they are spawned before its first arrival."""
IN_PLACE_SECONDS = 0.25
"""Then each takes its place, and some connect: arrivals meanwhile would be late."""
DRAIN_GRACE = 5.0
ABORT_GRACE = 1.0
"""Seconds for the workers' last counts where an abort rule holds: no request is waited for."""
EVERYBODY_LOST = (
    "every worker was lost: their pods or nodes died, or their event loops stood still, as in a Locust file with a "
    "loop that never waits"
)
LAST_WORDS_SECONDS = STUCK_SECONDS
"""In which workers whose loop stands still end themselves, and leave with their pods in which line: the operator, which
looks at pods, too, then says that."""
SERIES_AFTER = 0.5
"""Seconds from the load's start until Prometheus is answered: sooner, the first requests would wait for it."""
AT_ONCE = 1_000_000
"""Users a second: the stages' ramp is ours, Locust shall not add its own."""


class Coordinator:
    """One load, from the first worker to the last count."""

    def __init__(self, plan: LoadPlan, port: int, metrics_port: int) -> None:
        tune()
        self._plan = plan
        self._aggregate = Aggregate(all_windows(plan.stages, plan.windows))
        self._env = environment(plan)
        self._patience = self._env.stop_timeout or 0.0
        self._env.stats.use_response_times_cache = False
        self._runner = self._env.create_master_runner("*", port)
        self._env.events.init.fire(environment=self._env, runner=self._runner, web_ui=None)
        self._env.events.worker_report.add_listener(self._on_report)
        self._workers = Roster(self._runner, plan.workers, tell_loss)
        self._in_step = InStep(self._runner, plan.stages, self.elapsed, only_first=plan.model == "open")
        self._clock = ClockWatch()
        search = RunningSearch(plan.capacity) if plan.capacity else None
        self._trials = Trials(search, self, self._aggregate, self._workers) if search else None
        self._account_for_strain()
        self._started = self._began = self._next_heartbeat = self._looked = self._late = 0.0
        self._target: int | None = None
        self._rules = AbortWatch(plan.abort_rules)
        in_load = Arrivals(plan.stages).any_in if plan.model == "open" else self._has_users
        self._recovery = RecoveryWatch(plan.recovery_rules, in_load, plan.before_faults)
        self._aborted = False
        self._metrics_port = metrics_port

    def run(self) -> int:
        """The whole load; the process's exit code."""
        if not self._await_workers():
            connected = len(self._workers.connected())
            wanted = self._plan.workers
            return fail(f"{connected} of {wanted} workers connected within {self._plan.connect_timeout:g}s")
        if beyond := beyond_calibration(self._plan, self._workers.most_arrivals()):
            return fail(beyond)
        self._workers.begin()
        tell(Ready(at=time.time(), workers=self._plan.workers))
        if self._plan.model == "open" and not self._spawn_all():
            return fail(f"{self._plan.max_in_flight} users were not there within {SPAWN_SECONDS:g}s")
        gevent.spawn_later(SERIES_AFTER, self._serve_series)
        self._follow_stages()
        if self._trials and not self.over:
            self._trials.run()
        if self._workers.all_lost:
            gevent.sleep(LAST_WORDS_SECONDS)
            return fail(EVERYBODY_LOST)
        self._drain()
        # An aborted run waits a moment for results, not for minutes: what is not told by then is not kept.
        reads_back = self._plan.read_back and not self._aborted
        return self._report(time.time(), self._read_back() if reads_back else None)

    def _await_workers(self) -> bool:
        deadline = time.monotonic() + self._plan.connect_timeout
        while len(self._workers.connected()) < self._plan.workers:
            if time.monotonic() > deadline:
                return False
            gevent.sleep(0.02)
        return True

    def _spawn_all(self) -> bool:
        """The users who wait for arrivals, each worker's arrivals assigned."""
        for number, client in enumerate(sorted(self._workers.connected())):
            self._runner.send_message(ASSIGN, {"number": number}, client_id=client)
        users = self._plan.max_in_flight
        self.change_users(users)
        deadline = time.monotonic() + SPAWN_SECONDS
        while sum(client.user_count for client in self._runner.clients.values()) < users:
            if time.monotonic() > deadline:
                return False
            gevent.sleep(0.02)
        gevent.sleep(IN_PLACE_SECONDS)
        return True

    def _has_users(self, second: int) -> bool:
        return bool(self._wanted_users(second))

    def _wanted_users(self, elapsed: float) -> int | None:
        if self._plan.model == "closed":
            return users_at(self._plan.stages, elapsed)
        # A moment longer: a worker's time begins when it hears START, and its last arrival is not to be cut off.
        return self._target if elapsed < total_seconds(self._plan.stages) + TICK else None

    def _follow_stages(self) -> None:
        self._started = time.time()
        self._began = self._looked = time.monotonic()
        self._next_heartbeat = self._began + HEARTBEAT_SECONDS
        self._runner.send_message(START, {"at": self._started})
        self._clock.begin()
        gevent.spawn(keep_looking, self._clock)
        tell(Started(at=self._started))
        while (users := self._wanted_users(elapsed := self.elapsed())) is not None:
            if users != self._target:
                self.change_users(users)
            self._in_step.look(elapsed)
            self._look_after_workers()
            if self.over:
                return
            self._beat_when_due()
            self._until_the_next_look()

    def _until_the_next_look(self) -> None:
        """How late it is counts: as long, users are those of a moment that is over."""
        gevent.sleep(TICK)
        now = time.monotonic()
        self._late = max(self._late, now - self._looked - TICK)
        self._looked = now

    def _account_for_strain(self) -> None:
        """What strain speaks against: in a search against its trial alone, else against the whole load."""
        strains, total = self._workers.strains, total_seconds(self._plan.stages)
        strains.open(STAGES, 0.0, total if self._trials else math.inf)
        if self._trials:
            strains.open(SEARCH, total)

    def change_users(self, users: int) -> None:
        """So many from now on, without a pause in between."""
        self._target = users
        self._runner.start(users, spawn_rate=AT_ONCE)

    def gather(self) -> None:
        """Until a trial's users are those that it asks for: who is too many may have to wait for an answer first."""
        deadline = time.monotonic() + GATHER_SECONDS
        while self._runner.user_count != self._target and time.monotonic() < deadline:
            self.keep_on(TICK)

    def elapsed(self) -> float:
        """Seconds since the load's start."""
        return time.monotonic() - self._began

    def keep_on(self, seconds: float) -> list[int]:
        """The load goes on as it is; workers are looked after. How many users there were, look by look."""
        until, users = time.monotonic() + seconds, []
        while time.monotonic() < until and not self.over:
            self._look_after_workers()
            self._beat_when_due()
            users.append(self._runner.user_count)
            gevent.sleep(TICK)
        return users

    def _beat_when_due(self) -> None:
        if time.monotonic() >= self._next_heartbeat:
            self._beat()
            now = time.monotonic()
            self._next_heartbeat = now + max(HEARTBEAT_SECONDS, (now - self._began) / HEARTBEATS_KEPT_UP)

    @property
    def over(self) -> bool:
        """Before its time: nobody is left, or an abort rule holds."""
        return self._workers.all_lost or self._aborted

    def _look_after_workers(self) -> None:
        self._workers.look()
        self._aggregate.users(int(time.time() - self._started), self._workers.users)
        until = settled(self.elapsed(), self._workers.told_until())
        if holds := self._rules.look(until):
            self._aborted = True
            tell(AbortWanted(at=time.time(), rule=holds.rule, value=holds.value))
        for seen in self._recovery.look(until, time.time()):
            tell(seen)

    def _beat(self) -> None:
        forget_seconds(self._env)
        requests, failures = self._aggregate.totals()
        alive = self._plan.workers - len(self._workers.lost)
        users = self._workers.users
        tell(Heartbeat(at=time.time(), users=users, requests=requests, failures=failures, workers=alive))

    def _drain(self) -> None:
        """Requests in flight end, and every worker's last counts arrive."""
        self._runner.send_message(DRAIN, {"at_once": self._aborted})
        workers = self._workers
        expected = set(self._runner.clients) - workers.lost
        patience = ABORT_GRACE if self._aborted else self._patience + DRAIN_GRACE
        deadline = time.monotonic() + patience
        while not expected <= workers.drained and time.monotonic() < deadline:
            gevent.sleep(0.05)
        for worker in expected - workers.drained:
            workers.lose(worker)

    def _read_back(self) -> WrittenSet:
        """After the last answer: what was written is asked for by whoever wrote it."""
        self._runner.send_message(READ_BACK, {})
        workers = self._workers
        expected = set(self._runner.clients) - workers.lost
        deadline = time.monotonic() + self._plan.read_back + DRAIN_GRACE + self._patience
        while not expected <= set(workers.written) | workers.silent() and time.monotonic() < deadline:
            gevent.sleep(0.05)
        return everything(workers.written, len(expected | workers.lost))

    def _report(self, finished: float, written: WrittenSet | None) -> int:
        requests, failures = self._aggregate.totals()
        workers = self._workers
        counted = None if workers.lost else requests
        steps = self._in_step.steps(workers.alive())
        step, late = self._clock.farthest_step, self._stages_late()
        result = LoadResult(
            started=self._started,
            finished=finished,
            workers_expected=self._plan.workers,
            workers_lost=len(workers.lost),
            generator_cpu=workers.cpu(),
            windows=self._aggregate.window_stats(),
            seconds=self._aggregate.second_stats(self._length(finished)),
            slots=self._aggregate.slots(),
            under_way=self._aggregate.under_way(),
            model=self._plan.model,
            totals=workers.totals(),
            capacity=self._trials.result() if self._trials else None,
            written=written,
            stages_apart=steps.farthest,
            findings=findings(workers.states(), counted, step, late, steps, self._without_socket()),
        )
        tell(Finished(at=finished, requests=requests, failures=failures))
        for chunk in result_chunks(result):
            tell(chunk)
        self._runner.quit()
        return 0

    def _without_socket(self) -> int:
        """Of a search, but for the stages before it, its trials tell by themselves."""
        windows = [stage.name for stage in self._plan.stages] if self._trials else [WHOLE]
        return self._aggregate.failed_by(NoSocketLeft.__name__, windows)

    def _stages_late(self) -> float:
        """In the open model workers follow the stages by themselves."""
        return self._late if self._plan.model == "closed" else 0.0

    def _length(self, finished: float) -> float:
        """Of the stages, as far as they came."""
        total = total_seconds(self._plan.stages)
        return min(total, finished - self._started) if self._aborted else total

    def _on_report(self, client_id: str, data: dict[str, Any]) -> None:
        stress = data.get("stress", {"started": None, "seconds": {}, "strain": [], "state": {}})
        self._workers.heard(client_id, data.get("user_count", 0), stress["state"])
        self._workers.strains.hear(client_id, stress["strain"])
        if stress["seconds"] and stress["started"] != self._started:
            self._workers.lose(
                client_id
            )  # its seconds are not ours: counts at the wrong time make a wrong verdict
            return
        for second, cells in stress["seconds"].items():
            self._aggregate.add(int(second), cells)
            self._rules.add(int(second), cells)
            self._recovery.add(int(second), cells)

    def _serve_series(self) -> None:
        from stresscampaigns.load.live import LiveSeries, serve  # not on the way to the first request

        serve(LiveSeries(self._plan, self._aggregate, self._now), self._metrics_port)

    def _now(self) -> Now:
        second = int(time.time() - self._started) if self._started else 0
        known = self._workers
        alive = len(self._runner.clients) - len(known.lost)
        return Now(second, known.users, alive, max(known.cpu().values(), default=0.0))
