"""A coordinator that dies as soon as it has greeted its worker: the worker ends by itself. A real worker."""

import os
import subprocess
import sys

import gevent
from locust.rpc import Message, zmqrpc

from stresscampaigns.api.load_pod import PLAN_VARIABLE
from stresscampaigns.load.words import LISTENING
from tests.unit.load.distributed import plan
from tests.unit.ports import free_port


def test_a_worker_whose_coordinator_dies_before_its_first_heartbeat_ends_itself() -> None:
    port = free_port()
    coordinator = zmqrpc.Server("127.0.0.1", port)
    worker = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "stresscampaigns.load",
            "worker",
            "--port",
            str(port),
            "--coordinator",
            "127.0.0.1",
        ],
        stderr=subprocess.DEVNULL,
        env={**os.environ, PLAN_VARIABLE: plan("http://127.0.0.1:9").model_dump_json()},
    )
    try:
        with gevent.Timeout(30):
            name, ready = coordinator.recv_from_client()
            assert ready.type == "client_ready"
            coordinator.send_to_client(Message("ack", {"index": 0}, name))
            while coordinator.recv_from_client()[1].type != LISTENING:
                pass
        coordinator.close()
        assert worker.wait(timeout=30) == 0
    finally:
        worker.kill()
        worker.wait()
