"""The running operator: what it knows, when it is alive, what it makes of a listing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from stresscampaigns.adapters.clock import SystemClock
from stresscampaigns.adapters.kubernetes_api import KubernetesApi, Object
from stresscampaigns.adapters.kubernetes_errors import Unavailable
from stresscampaigns.adapters.lease import KubernetesLease
from stresscampaigns.adapters.resources import KubernetesResources
from stresscampaigns.handlers.operator import STUCK_SECONDS, Operator
from stresscampaigns.handlers.settings import Settings
from stresscampaigns.runtime.controller import Controller
from stresscampaigns.runtime.store import Body, Key, Kind, Store
from stresscampaigns.runtime.telemetry import Telemetry
from tests.unit.runtime.fake_clock import BEGIN, FakeClock, run_in


class FakeLease(KubernetesLease):
    """Held or not."""

    def __init__(self) -> None:
        self.mine = True

    def held(self) -> bool:
        return self.mine


@dataclass
class FakeResources(KubernetesResources):
    """What a listing shows, and what a look at one object shows."""

    listed: dict[Kind, list[Object]] = field(default_factory=dict)
    there: dict[Key, Body] = field(default_factory=dict)
    away: int = 0
    """So many listings are answered by nobody."""

    meanwhile: Callable[[Kind], object] = lambda kind: None
    """What happens between the API server's answer and our look at it."""

    async def list_all(self, kind: Kind) -> list[Object]:
        if self.away:
            self.away -= 1
            raise Unavailable("storage is (re)initializing (HTTP 429)")
        self.meanwhile(kind)
        return self.listed.get(kind, [])

    async def read(self, key: Key) -> Body | None:
        return self.there.get(key)


@dataclass
class FakeController(Controller):
    """Notes what it is told."""

    told: list[tuple[str, Key]] = field(default_factory=list)

    def seen(self, key: Key, body: Body) -> None:
        self.store.put(key, body)
        self.told.append(("seen", key))

    def gone(self, key: Key, uid: str | None = None) -> None:
        self.told.append(("gone", key))


KEY = Key("StressCampaign", "staging", "smoke")
BODY: dict[str, Any] = {
    "metadata": {"name": "smoke", "namespace": "staging", "uid": "u", "resourceVersion": "5"}
}


class Parts:
    """An operator with everything but itself faked."""

    def __init__(self) -> None:
        self.lease, self.resources = FakeLease(), FakeResources()
        unused: Any = None
        self.controller = FakeController(Store(), unused, unused, self.lease, SystemClock(), Telemetry())
        api = KubernetesApi(unused)
        settings = Settings.from_environment({})
        self.operator = Operator(
            settings, api, self.resources, self.lease, self.controller, self.controller.telemetry, unused
        )

    def relist(self) -> list[tuple[str, Key]]:
        asyncio.run(self.operator._relist())
        return self.controller.told


def test_what_a_listing_shows_is_seen_with_its_kind() -> None:
    parts = Parts()
    parts.resources.listed["StressCampaign"] = [BODY]
    assert parts.relist() == [("seen", KEY)]
    assert (parts.controller.store.get(KEY) or {})["kind"] == "StressCampaign"


def test_what_a_listing_lacks_is_gone_only_when_it_really_is() -> None:
    parts = Parts()
    parts.controller.store.put(KEY, BODY)
    parts.resources.there[KEY] = BODY
    assert parts.relist() == []
    del parts.resources.there[KEY]
    assert parts.relist() == [("gone", KEY)]


def test_what_is_deleted_while_it_is_listed_does_not_come_back() -> None:
    parts = Parts()
    parts.controller.store.put(KEY, BODY)
    parts.resources.listed["StressCampaign"] = [BODY]
    parts.resources.meanwhile = lambda kind: kind == KEY.kind and parts.controller.store.remove(KEY)
    parts.relist()
    assert parts.controller.store.get(KEY) is None


def test_an_api_server_that_is_just_starting_is_asked_until_it_answers() -> None:
    parts, clock = Parts(), FakeClock()
    parts.resources.listed["StressCampaign"], parts.resources.away = [BODY], 5
    run_in(clock, parts.operator._list_at_last())
    assert parts.operator.ready()
    assert parts.controller.told == [("seen", KEY)]
    assert clock.now() - BEGIN == pytest.approx(5.0, abs=0.1)


def test_it_is_ready_when_it_knows_the_world_and_the_lease_is_its_own() -> None:
    parts = Parts()
    assert not parts.operator.ready()
    parts.operator.synced = True
    assert parts.operator.ready()
    parts.lease.mine = False
    assert not parts.operator.ready()


def test_it_is_not_alive_when_its_loop_is_stuck() -> None:
    operator = Parts().operator
    assert operator.alive()
    operator.beat -= STUCK_SECONDS
    assert not operator.alive()


@pytest.mark.parametrize("fails", [True, False])
def test_it_is_not_alive_when_any_part_of_it_has_ended(fails: bool) -> None:
    async def part() -> None:
        if fails:
            raise RuntimeError("broken")

    async def look() -> bool:
        operator = Parts().operator
        operator._tasks.append(asyncio.create_task(part()))
        await asyncio.wait(operator._tasks)
        operator._tasks[0].exception()
        return operator.alive()

    assert not asyncio.run(look())
