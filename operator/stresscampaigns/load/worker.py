"""A worker: connects, makes users as the coordinator says, counts, drains, reports the rest."""

import socket
import time
from typing import Any

import gevent

from stresscampaigns.api.load import LoadPlan
from stresscampaigns.load.environment import environment, tune
from stresscampaigns.load.recorder import Recorder

LISTENING, START, DRAIN, DRAINED = "stress-listening", "stress-start", "stress-drain", "stress-drained"
"""Locust drops a message that nobody listens for: the coordinator says START when a worker has said LISTENING."""

RETRY_SECONDS = 0.05


def work(plan: LoadPlan, coordinator: str, port: int) -> int:
    """Until the coordinator says quit, or is silent for 4 s. The process's exit code."""
    tune()
    env = environment(plan)
    recorder = Recorder()
    env.events.request.add_listener(recorder.on_request)
    runner = env.create_worker_runner(_address(coordinator, plan.connect_timeout), port)
    env.events.init.fire(environment=env, runner=runner, web_ui=None)

    def on_report(client_id: str, data: dict[str, Any]) -> None:
        seconds = {str(second): cells for second, cells in recorder.take().items()}
        data["stress"] = {"started": recorder.started, "seconds": seconds}

    def on_start(msg: Any, **_: Any) -> None:
        recorder.start(msg.data["at"])

    def on_drain(msg: Any, **_: Any) -> None:
        """No user begins anything new; what is in flight may end; then the last counts go out."""
        runner.stop()
        runner._send_stats()
        runner.send_message(DRAINED, {})

    env.events.report_to_master.add_listener(on_report)
    runner.register_message(START, on_start)
    runner.register_message(DRAIN, on_drain, concurrent=True)
    runner.send_message(LISTENING, {"time": time.time()})
    runner.greenlet.join()
    return 0


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
