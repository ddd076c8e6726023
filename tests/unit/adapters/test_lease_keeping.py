"""The Lease is kept while it is renewed, lost when not, and given up at the end."""

import asyncio

from stresscampaigns.adapters.kubernetes_api import Object
from stresscampaigns.adapters.kubernetes_errors import Unavailable
from stresscampaigns.adapters.lease import DURATION
from tests.unit.adapters.fake_api import FakeApi
from tests.unit.adapters.lease_world import PATH, FakeTime, held_by, holder, lease, look


def test_a_lease_that_is_not_renewed_is_not_held_before_another_may_take_it(time: FakeTime) -> None:
    mine = lease(FakeApi())
    look(mine)
    time.now += DURATION - 5.1
    assert mine.held()
    time.now += 0.2
    assert not mine.held()


def test_a_lease_is_not_held_any_more_after_a_sleep_of_the_whole_machine(time: FakeTime) -> None:
    mine = lease(FakeApi())
    look(mine)
    assert mine.held()
    time.slept += DURATION
    assert not mine.held()


def test_renewing_goes_on_from_the_moment_it_was_asked_and_keeps_when_it_was_got(time: FakeTime) -> None:
    api = FakeApi({PATH: held_by("me")})
    mine = lease(api)
    look(mine)
    time.now += 9
    look(mine)
    time.now += 9
    assert mine.held()
    assert api.there[PATH]["spec"]["acquireTime"] == "then"


def test_of_two_that_take_it_at_the_same_moment_one_holds_it(time: FakeTime) -> None:
    class Racing(FakeApi):
        """Another is faster between our look and our write."""

        async def get(self, path: str, **query: str) -> Object:
            seen = dict(await super().get(path, **query))
            self.there[PATH] = held_by("faster", version=2)
            return seen

    api = Racing({PATH: held_by("")})
    mine = lease(api)
    look(mine)
    assert not mine.held()
    assert holder(api) == "faster"


def test_giving_up_lets_another_have_it(time: FakeTime) -> None:
    api = FakeApi()
    mine = lease(api)
    look(mine)
    asyncio.run(mine.give_up())
    assert not mine.held()
    assert api.changes[-1] == ("patch", PATH, {"spec": {"holderIdentity": ""}})


def test_one_that_does_not_hold_it_gives_nothing_up(time: FakeTime) -> None:
    api = FakeApi({PATH: held_by("other")})
    asyncio.run(lease(api).give_up())
    assert api.changes == []


def test_an_api_server_that_is_away_ends_nothing_but_the_holding(time: FakeTime) -> None:
    api = FakeApi()
    mine = lease(api)

    async def keep_a_while() -> None:
        keeping = asyncio.create_task(mine.keep())
        while not mine.held():
            await asyncio.sleep(0)
        keeping.cancel()
        api.there[PATH] = Unavailable("away")
        time.now += DURATION
        keeping = asyncio.create_task(mine.keep())
        for _ in range(5):
            await asyncio.sleep(0)
        assert not keeping.done()
        keeping.cancel()

    asyncio.run(keep_a_while())
    assert not mine.held()
