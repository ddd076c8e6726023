"""The coordinator: waits for the workers, follows the stages, merges what they count, tells the results."""

import math
import time
from dataclasses import replace
from typing import Any

import gevent
from locust.runners import STATE_MISSING

from stresscampaigns.api.load import (
    EXIT_FAILED,
    SETTLED_LATE,
    CapacityResult,
    CapacityTrial,
    Failed,
    Finished,
    Heartbeat,
    LoadEvent,
    LoadPlan,
    LoadResult,
    PlannedWindow,
    Ready,
    Started,
    Totals,
    WorkerLost,
    event_line,
    result_chunks,
)
from stresscampaigns.load.aggregate import Aggregate
from stresscampaigns.load.capacity_search import RunningSearch
from stresscampaigns.load.environment import environment, forget_seconds, tune
from stresscampaigns.load.findings import WorkerState, findings
from stresscampaigns.load.now import Now
from stresscampaigns.load.stages import all_windows, total_seconds, users_at
from stresscampaigns.load.words import ASSIGN, DRAIN, DRAINED, LISTENING, START
from stresscampaigns.stats.capacity import Found, TrialRequest
from stresscampaigns.stats.histogram import decode, encode, merged

TICK = 0.25
HEARTBEAT_SECONDS = 10.0
HEARTBEATS_KEPT_UP = 360
"""So many at that pace; then each comes after that part of the load's time, so that the log of days stays small."""
SPAWN_SECONDS = 60.0
"""Within this all users of an open model must be there: they are spawned before its first arrival."""
DRAIN_GRACE = 5.0
SERIES_AFTER = 0.5
"""Seconds from the load's start until Prometheus is answered: sooner, the first requests would wait for it."""
AT_ONCE = 1_000_000
"""Users a second: the stages' ramp is ours, Locust shall not add its own."""


def tell(event: LoadEvent) -> None:
    """One line on standard output."""
    print(event_line(event), flush=True)


def fail(reason: str) -> int:
    """There will be no results."""
    tell(Failed(at=time.time(), reason=reason))
    return EXIT_FAILED


class Coordinator:
    """One load, from the first worker to the last count."""

    def __init__(self, plan: LoadPlan, port: int, metrics_port: int) -> None:
        tune()
        self._plan = plan
        self._aggregate = Aggregate(all_windows(plan.stages, plan.windows))
        self._env = environment(plan)
        self._env.stats.use_response_times_cache = False
        self._runner = self._env.create_master_runner("*", port)
        self._env.events.init.fire(environment=self._env, runner=self._runner, web_ui=None)
        self._env.events.worker_report.add_listener(self._on_report)
        self._runner.register_message(LISTENING, self._on_listening)
        self._runner.register_message(DRAINED, self._on_drained)
        self._clocks: dict[str, float] = {}
        self._drained: set[str] = set()
        self._lost: set[str] = set()
        self._states: dict[str, WorkerState] = {}
        self._delays: dict[str, str] = {}
        self._cpu: dict[str, float] = {}
        self._users: dict[str, int] = {}
        self._started = self._began = self._next_heartbeat = 0.0
        self._trials: list[CapacityTrial] = []
        self._capacity: CapacityResult | None = None
        self._target: int | None = None
        self._metrics_port = metrics_port

    def run(self) -> int:
        """The whole load; the process's exit code."""
        if not self._await_workers():
            connected = len(self._connected())
            wanted = self._plan.workers
            return fail(f"{connected} of {wanted} workers connected within {self._plan.connect_timeout:g}s")
        tell(Ready(at=time.time(), workers=self._plan.workers))
        if self._plan.model == "open" and not self._spawn_all():
            return fail(f"{self._plan.max_in_flight} users were not there within {SPAWN_SECONDS:g}s")
        gevent.spawn_later(SERIES_AFTER, self._serve_series)
        self._follow_stages()
        if self._plan.capacity:
            self._search(RunningSearch(self._plan.capacity))
        if len(self._lost) >= self._plan.workers:
            return fail("every worker was lost: see the workers' pods")
        self._drain()
        return self._report()

    def _await_workers(self) -> bool:
        deadline = time.monotonic() + self._plan.connect_timeout
        while len(self._connected()) < self._plan.workers:
            if time.monotonic() > deadline:
                return False
            gevent.sleep(0.02)
        return True

    def _connected(self) -> set[str]:
        """Workers that are ready and will hear what they are told."""
        return set(self._clocks) & {client.id for client in self._runner.clients.ready}

    def _spawn_all(self) -> bool:
        """The users who wait for arrivals, each worker's arrivals assigned."""
        for number, client in enumerate(sorted(self._connected())):
            self._runner.send_message(ASSIGN, {"number": number}, client_id=client)
        users = self._target = self._plan.max_in_flight
        self._runner.start(users, spawn_rate=AT_ONCE)
        deadline = time.monotonic() + SPAWN_SECONDS
        while sum(client.user_count for client in self._runner.clients.values()) < users:
            if time.monotonic() > deadline:
                return False
            gevent.sleep(0.02)
        return True

    def _wanted_users(self, elapsed: float) -> int | None:
        if self._plan.model == "closed":
            return users_at(self._plan.stages, elapsed)
        # A moment longer: a worker's time begins when it hears START, and its last arrival is not to be cut off.
        return self._target if elapsed < total_seconds(self._plan.stages) + TICK else None

    def _follow_stages(self) -> None:
        self._started = time.time()
        self._began = began = time.monotonic()
        self._next_heartbeat = began + HEARTBEAT_SECONDS
        self._runner.send_message(START, {"at": self._started})
        tell(Started(at=self._started))
        while (users := self._wanted_users(time.monotonic() - began)) is not None:
            if users != self._target:
                self._target = users
                self._runner.start(users, spawn_rate=AT_ONCE)
            self._look_after_workers()
            if len(self._lost) >= self._plan.workers:
                return
            self._beat_when_due()
            gevent.sleep(TICK)

    def _search(self, search: RunningSearch) -> None:
        """Trials, after the stages: users are changed without a pause in between."""
        while isinstance(request := search.next(), TrialRequest) and len(self._lost) < self._plan.workers:
            self._target = round(request.load)
            self._runner.start(self._target, spawn_rate=AT_ONCE)
            self._keep_on(search.plan.settle)
            start = math.ceil(time.monotonic() - self._began)
            window = PlannedWindow(
                name=f"trial-{len(self._trials) + 1}", start=start, end=start + request.duration
            )
            self._aggregate.open_window(window)
            self._keep_on(window.end + SETTLED_LATE - (time.monotonic() - self._began))
            requests = self._aggregate.requests_of(window.name)
            self._trials.append(search.add(request, window.start, window.end, requests))
        if isinstance(request, Found):
            self._capacity = search.result(request)

    def _keep_on(self, seconds: float) -> None:
        """The load goes on as it is; workers are looked after."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and len(self._lost) < self._plan.workers:
            self._look_after_workers()
            self._beat_when_due()
            gevent.sleep(TICK)

    def _beat_when_due(self) -> None:
        if time.monotonic() >= self._next_heartbeat:
            self._beat()
            now = time.monotonic()
            self._next_heartbeat = now + max(HEARTBEAT_SECONDS, (now - self._began) / HEARTBEATS_KEPT_UP)

    def _look_after_workers(self) -> None:
        for client in list(self._runner.clients.values()):
            self._cpu[client.id] = max(self._cpu.get(client.id, 0.0), client.cpu_usage / 100)
            if client.state == STATE_MISSING:
                self._lose(client.id)
        for known in list(self._users):
            if known not in self._runner.clients:
                self._lose(known)
        self._aggregate.users(int(time.time() - self._started), sum(self._users.values()))

    def _lose(self, worker: str) -> None:
        if worker not in self._lost:
            self._lost.add(worker)
            self._users.pop(worker, None)
            tell(WorkerLost(at=time.time(), worker=worker))

    def _beat(self) -> None:
        forget_seconds(self._env)
        requests, failures = self._aggregate.totals()
        users = sum(self._users.values())
        alive = self._plan.workers - len(self._lost)
        tell(Heartbeat(at=time.time(), users=users, requests=requests, failures=failures, workers=alive))

    def _drain(self) -> None:
        """Requests in flight end, and every worker's last counts arrive."""
        self._runner.send_message(DRAIN, {})
        expected = set(self._runner.clients) - self._lost
        deadline = time.monotonic() + self._plan.stop_timeout + DRAIN_GRACE
        while not expected <= self._drained and time.monotonic() < deadline:
            gevent.sleep(0.05)
        for worker in expected - self._drained:
            self._lose(worker)

    def _report(self) -> int:
        finished = time.time()
        requests, failures = self._aggregate.totals()
        result = LoadResult(
            started=self._started,
            finished=finished,
            workers_expected=self._plan.workers,
            workers_lost=len(self._lost),
            generator_cpu=self._cpu,
            windows=self._aggregate.window_stats(),
            seconds=self._aggregate.second_stats(total_seconds(self._plan.stages)),
            slots=self._aggregate.slots(),
            model=self._plan.model,
            totals=self._totals(),
            capacity=self._capacity,
            findings=findings(self._alive_states(), None if self._lost else requests),
        )
        tell(Finished(at=finished, requests=requests, failures=failures))
        for chunk in result_chunks(result):
            tell(chunk)
        self._runner.quit()
        return 0

    def _alive_states(self) -> list[WorkerState]:
        """Of the workers whose last word was heard; a lost one is a finding of its own."""
        return [
            replace(state, cpu=self._cpu.get(worker, 0.0), clock_off=self._clocks.get(worker, 0.0))
            for worker, state in self._states.items()
            if worker not in self._lost
        ]

    def _totals(self) -> Totals:
        states = self._alive_states()
        summed = {
            name: sum(getattr(state, name) for state in states)
            for name in ("sent", "completed", "transmitted", "answered", "arrived", "dropped", "late")
        }
        delays = [decode(text) for worker, text in self._delays.items() if worker not in self._lost]
        return Totals(**summed, delays=encode(merged(delays)) if delays else None)

    def _on_report(self, client_id: str, data: dict[str, Any]) -> None:
        self._users[client_id] = data.get("user_count", 0)
        stress = data.get("stress", {"started": None, "seconds": {}, "state": {}})
        state = dict(stress["state"])
        if delays := state.pop("delays", None):
            self._delays[client_id] = delays
        self._states[client_id] = WorkerState(**state)
        if stress["seconds"] and stress["started"] != self._started:
            self._lose(client_id)  # its seconds are not ours: counts at the wrong time make a wrong verdict
            return
        for second, cells in stress["seconds"].items():
            self._aggregate.add(int(second), cells)

    def _on_listening(self, msg: Any, **_: Any) -> None:
        self._clocks[msg.node_id] = msg.data["time"] - time.time()

    def _on_drained(self, msg: Any, **_: Any) -> None:
        self._drained.add(msg.node_id)

    def _serve_series(self) -> None:
        from stresscampaigns.load.live import LiveSeries, serve  # not on the way to the first request

        serve(LiveSeries(self._plan, self._aggregate, self._now), self._metrics_port)

    def _now(self) -> Now:
        second = int(time.time() - self._started) if self._started else 0
        workers = len(self._runner.clients) - len(self._lost)
        return Now(second, sum(self._users.values()), workers, max(self._cpu.values(), default=0.0))
