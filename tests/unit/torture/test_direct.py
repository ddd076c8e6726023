"""What could not be done in a fault's time is told, and not taken for done."""

import asyncio
import time

from stresscampaigns.adapters.kubernetes_errors import Unavailable
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.core.observation import Pod
from tests.torture.direct import Direct

KILL = Fault.model_validate(
    {
        "name": "killed",
        "type": "PodKill",
        "at": "0s",
        "duration": "1s",
        "target": {"selector": {"matchLabels": {"app": "agents"}}},
    }
)


class Away(KubernetesStaging):
    """One pod, at an API server that does not answer so many times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.killed: list[str] = []

    async def pods(self, namespace: str, selector: str) -> tuple[Pod, ...]:
        return (Pod("agents-1", "uid-1", ready=True),)

    async def kill_pod(self, namespace: str, pod: str, uid: str) -> None:
        self.times -= 1
        if self.times >= 0:
            raise Unavailable("nobody answers")
        self.killed.append(pod)


def put_in(staging: Away, ago: float = 0.0) -> tuple[str, ...]:
    return asyncio.run(Direct(staging, "uid").put_in((KILL,), time.time() - ago))


def test_an_api_server_that_comes_back_is_asked_again() -> None:
    staging = Away(times=1)
    assert put_in(staging) == ()
    assert staging.killed == ["agents-1"]


def test_what_was_in_the_way_to_the_end_is_told() -> None:
    assert put_in(Away(times=1000)) == ("not done: nobody answers",)


def test_what_came_too_late_to_be_asked_for_is_told() -> None:
    assert put_in(Away(times=0), ago=5) == ("not asked for: too late",)
