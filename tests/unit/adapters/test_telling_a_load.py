"""A load that is on is told by a command in its coordinator's container, which says that it has heard."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.adapters.kubernetes_errors import (
    AlreadyThere,
    ClusterError,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.api.load_pod import HEARD
from stresscampaigns.core.actions import TAKES_AT_MOST
from stresscampaigns.runtime.ports import Away, Refusal
from tests.unit.adapters.fake_api import FakeApi
from tests.unit.runtime.fake_clock import FakeClock, run_in

PODS = "/api/v1/namespaces/staging/pods"
COORDINATOR = {"metadata": {"name": "r-coordinator-0-x7k2p"}}
EXEC = f"EXEC {PODS}/r-coordinator-0-x7k2p"
SUCCESS = '{"metadata":{},"status":"Success"}'
"""The API server's own last word."""
COMMAND = ["load", "answer", "words"]


def told(api: FakeApi) -> None:
    asyncio.run(KubernetesStaging(api).tell_load("staging", "r", COMMAND))


def there(said: Any) -> FakeApi:
    """A coordinator that says so."""
    return FakeApi({PODS: [COORDINATOR], EXEC: said})


def test_the_command_runs_in_the_runs_own_coordinator_to_its_end() -> None:
    api = there(f"{HEARD}\n{SUCCESS}")
    told(api)
    assert api.changes == [("exec", f"{PODS}/r-coordinator-0-x7k2p/coordinator", (COMMAND, False))]
    (query,) = [query for path, query in api.queries if path == PODS]
    assert query == {"labelSelector": "stresscampaigns.dev/run=r,stresscampaigns.dev/role=coordinator"}


@pytest.mark.parametrize("said", ["", "No space left on device\n{}", f"un{HEARD}\n{SUCCESS}", SUCCESS])
def test_a_command_that_does_not_say_that_it_has_heard_was_not_heard(said: str) -> None:
    with pytest.raises(Away, match="the coordinator did not take it"):
        told(there(said))


def test_where_there_is_no_coordinator_it_is_tried_again() -> None:
    with pytest.raises(Away, match="there is no coordinator"):
        told(FakeApi({PODS: []}))


@pytest.mark.parametrize(
    "error", [NotFound("gone"), Refused("has ended"), Unavailable("its node is away"), AlreadyThere("?")]
)
def test_a_coordinator_that_cannot_be_reached_now_is_tried_again(error: ClusterError) -> None:
    with pytest.raises(Away, match=str(error).replace("?", r"\?")):
        told(there(error))


def test_without_the_right_it_is_a_refusal() -> None:
    with pytest.raises(Refusal, match="a policy denies exec"):
        told(there(NotAllowed("a policy denies exec")))


class Frozen(FakeApi):
    """A coordinator that stands still."""

    async def execute(self, *_: object, **__: object) -> str:
        await asyncio.sleep(3600)
        return HEARD


def test_one_that_stands_still_is_given_up_and_tried_again() -> None:
    clock = FakeClock(moment=1000.0)
    staging = KubernetesStaging(Frozen({PODS: [COORDINATOR]}))
    with pytest.raises(Away, match="has not answered within 20s"):
        run_in(clock, staging.tell_load("staging", "r", COMMAND))
    assert clock.now() <= 1000 + TAKES_AT_MOST + 1
