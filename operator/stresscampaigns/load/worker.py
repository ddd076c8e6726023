"""A worker: connects, makes users as the coordinator says, counts, drains, reports the rest."""

import gc
import socket
import time
from typing import Any

import gevent
from gevent.lock import RLock
from locust import events
from locust.env import Environment
from locust.rpc.protocol import Message
from locust.runners import WorkerRunner

from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.load.arrivals import Arrivals
from stresscampaigns.load.calibration import arrivals_a_second
from stresscampaigns.load.census import keep_census
from stresscampaigns.load.dispatch import Dispatcher
from stresscampaigns.load.environment import (
    connector,
    environment,
    trust_of,
    tune,
    without_locusts_statistics,
)
from stresscampaigns.load.http.client import Client
from stresscampaigns.load.leaving import count_apart_who_goes
from stresscampaigns.load.open_model import take_over_iterations
from stresscampaigns.load.read_back import read_back
from stresscampaigns.load.recorder import Recorder
from stresscampaigns.load.rows import Share
from stresscampaigns.load.task_errors import TaskErrors
from stresscampaigns.load.telling import last_words
from stresscampaigns.load.users import Means
from stresscampaigns.load.watch import (
    STUCK_BEFORE_START,
    STUCK_SECONDS,
    ClockWatch,
    LoopWatch,
    end_when_stuck,
    it_turns,
    keep_looking,
)
from stresscampaigns.load.words import (
    ASSIGN,
    BEGUN,
    DRAIN,
    DRAINED,
    IN_STAGE,
    LISTENING,
    READ_BACK,
    STAGE,
    START,
    WAS_READ,
)
from stresscampaigns.load.written import WRITTEN
from stresscampaigns.stats.histogram import encode

RETRY_SECONDS = 0.05
CONNECTING_SECONDS = 0.02
"""What falls due in so much time finds connections open when the load begins. So neither the first arrivals at a high
rate wait for connections, nor those that find the target's open ones busy for some milliseconds: to open one costs five
times as much as a request, in the moment in which the worker is behind anyway. With one for every user, a slow load
would hold many for nothing."""


def work(plan: LoadPlan, coordinator: str, port: int, number: int) -> int:
    """Until the coordinator says quit, or is silent. The process's exit code.

    Args:
        number: which of the plan's workers this is, from 0.
    """
    tune()
    recorder = Means.recorder = Recorder()
    Means.connector = connector(plan)
    env = _counted_environment(plan, recorder, Share(number, plan.workers, plan.seed))
    runner = env.create_worker_runner(_address(coordinator, plan.connect_timeout), port)
    if not plan.locustfile:
        without_locusts_statistics(env)
    env.events.init.fire(environment=env, runner=runner, web_ui=None)
    _Worker(plan, env, runner, recorder).listen()
    runner.greenlet.join()
    return 0


def _counted_environment(plan: LoadPlan, recorder: Recorder, share: Share) -> Environment:
    """We listen first: a listener of the file's own may raise, and those behind it hear nothing."""
    events.request.add_listener(recorder.on_request)
    events.user_error.add_listener(TaskErrors(recorder).on_user_error)
    if not plan.locustfile:
        return environment(plan, share)
    # They need requests, which only Locust files bring.
    from stresscampaigns.load.stock.counting import count_from_the_beginning
    from stresscampaigns.load.stock.trust import trust_as_the_campaign
    from stresscampaigns.load.stock.whole import take_no_part_for_the_whole
    from stresscampaigns.load.stock.wire import count_what_goes_out

    count_from_the_beginning(recorder)
    count_what_goes_out(recorder.wire)
    take_no_part_for_the_whole()
    env = environment(plan, share)
    trust_as_the_campaign(trust_of(plan), env.user_classes)
    return env


class _Worker:
    """What the coordinator says, done; what was counted, told."""

    def __init__(self, plan: LoadPlan, env: Environment, runner: WorkerRunner, recorder: Recorder) -> None:
        self._plan = plan
        self._env = env
        self._runner = runner
        self._recorder = recorder
        self._dispatcher: Dispatcher | None = None
        self._clock, self._loop = ClockWatch(), LoopWatch()
        self._draining = False
        self._last_words = last_words()

    def listen(self) -> None:
        """From now on."""
        self._env.events.report_to_master.add_listener(self._on_report)
        _one_report_at_a_time(self._runner)
        keep_census(self._runner)
        count_apart_who_goes(self._runner)
        self._runner.register_message(ASSIGN, self._on_assign)
        self._runner.register_message(START, self._on_start)
        self._runner.register_message(STAGE, self._on_stage, concurrent=True)
        self._runner.register_message(DRAIN, self._on_drain, concurrent=True)
        self._runner.register_message(READ_BACK, self._on_read_back, concurrent=True)
        gevent.spawn(keep_looking, self._clock, self._loop)
        gevent.spawn(end_when_stuck, self._stuck_after, self._last_words)
        # Locust listens for silence only after a first heartbeat: a coordinator that dies before would be waited for.
        self._runner.last_heartbeat_timestamp = time.time()
        most = arrivals_a_second() if self._plan.model == "open" else None
        self._runner.send_message(LISTENING, {"time": time.time(), "arrivals": most})

    def _stuck_after(self) -> float:
        return STUCK_SECONDS if self._recorder.started else STUCK_BEFORE_START

    def _on_assign(self, msg: Message, **_: object) -> None:
        """The open model: which of the arrivals are this worker's."""
        arrivals = Arrivals(self._plan.stages)
        number, plan = msg.data["number"], self._plan
        due = (
            arrivals.poisson(number, plan.workers, plan.seed)
            if plan.arrivals == "poisson"
            else arrivals.even(number, plan.workers)
        )
        weights = {user.__name__: user.weight for user in self._env.user_classes}
        self._dispatcher = Means.dispatcher = Dispatcher(due, weights, plan.seed + number)
        Means.connections_ahead = round(plan.peak_rate / plan.workers * CONNECTING_SECONDS)
        take_over_iterations(self._dispatcher)

    def _on_start(self, msg: Message, **_: object) -> None:
        gc.freeze()  # the users stay: to look through them for garbage in the midst of the load would make it late
        self._clock.begin()
        self._loop.begin()
        self._recorder.start(msg.data["at"])
        it_turns(STUCK_SECONDS, self._last_words)  # a user may be stuck before anybody looks again
        if self._dispatcher:
            self._dispatcher.begin(self._runner.user_classes_count)
        self._runner.send_message(IN_STAGE, {"number": BEGUN})

    def _on_stage(self, msg: Message, **_: object) -> None:
        """Locust adds users in a greenlet of its own, which was made before this one and comes first."""
        gevent.sleep(0)
        self._runner.send_message(IN_STAGE, {"number": msg.data["number"]})

    def _on_drain(self, msg: Message, **_: object) -> None:
        """No user begins anything new; what is in flight may end, if there is time; then the last counts go out."""
        if msg.data["at_once"]:
            self._env.stop_timeout = 0
        self._draining = True
        if self._dispatcher:
            self._dispatcher.stop()
        self._runner.stop()
        self._runner._send_stats()
        self._runner.send_message(DRAINED, {})

    def _on_read_back(self, msg: Message, **_: object) -> None:
        """What was written is asked for; that goes over the wire, too, and nowhere into the load's numbers."""
        wire = self._recorder.wire
        found = read_back(WRITTEN.books, lambda timeout: Client(Means.connector, timeout, wire))
        self._runner._send_stats()
        self._runner.send_message(WAS_READ, found.model_dump())

    def _on_report(self, client_id: str, data: dict[str, object]) -> None:
        started = self._recorder.started
        # First: a second that is told to be over is told with all that was counted in it.
        strain = self._loop.take(last=self._draining) if started is not None else []
        taken = self._recorder.take(_others_go_on) if started is not None else {}
        data["stress"] = {
            "started": started,
            "seconds": {str(second): cells for second, cells in taken.items()},
            "strain": strain,
            "state": self._state(),
        }

    def _state(self) -> dict[str, float | str | None]:
        state: dict[str, float | str | None] = {
            "clock_step": self._clock.farthest_step,
            "sent": self._recorder.sent,
            "completed": self._recorder.completed,
            "transmitted": self._recorder.wire.sent,
            "answered": self._recorder.wire.answered,
        }
        if self._dispatcher:
            one = self._dispatcher
            if self._draining:  # asked for once; to tell it every second would hold up arrivals
                state["delays"] = encode(one.delays())
            state |= {"arrived": one.arrived, "dropped": one.dropped, "late": one.late}
        return state


def _others_go_on() -> None:
    """A report made in one go would hold up every arrival and every answer by milliseconds.

    Who sleeps for no time comes before whatever there is to read, over and over.
    """
    gevent.sleep(0.001)


def _one_report_at_a_time(runner: Any) -> None:
    """A report lets others go on while it is made: none may overtake it, least of all the last one."""
    send, lock = runner._send_stats, RLock()

    def alone() -> None:
        with lock:
            send()

    runner._send_stats = alone


def _address(host: str, patience: float) -> str:
    """The coordinator's address: its name may come to be known only a moment after we ask first."""
    deadline = time.monotonic() + patience
    while True:
        try:
            found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
            return str(found[0][4][0])
        except socket.gaierror:
            if time.monotonic() > deadline:
                raise
            gevent.sleep(RETRY_SECONDS)
