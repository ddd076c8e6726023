"""One operator acts: the Lease is taken when free or given up, or when watched unchanged for long enough."""

from collections.abc import Mapping
from typing import Any

from stresscampaigns.adapters.kubernetes_api import Object
from stresscampaigns.adapters.lease import DURATION
from tests.unit.adapters.fake_api import FakeApi
from tests.unit.adapters.lease_world import PATH, FakeTime, held_by, holder, lease, look


class SlowApi(FakeApi):
    """Each read takes its time."""

    def __init__(self, there: Mapping[str, Any], time: FakeTime, seconds: float) -> None:
        super().__init__(there)
        self._time = time
        self._seconds = seconds

    async def get(self, path: str, **query: str) -> Object:
        self._time.now += self._seconds
        return await super().get(path, **query)


def test_a_lease_that_is_not_there_is_made_and_held(time: FakeTime) -> None:
    api = FakeApi()
    mine = lease(api)
    assert not mine.held()
    look(mine)
    assert mine.held()
    assert holder(api) == "me"


def test_a_lease_that_was_given_up_is_taken_at_once(time: FakeTime) -> None:
    api = FakeApi({PATH: held_by("")})
    mine = lease(api)
    look(mine)
    assert mine.held()
    assert api.there[PATH]["spec"]["leaseTransitions"] == 1


def test_a_lease_that_another_renews_is_never_taken(time: FakeTime) -> None:
    api = FakeApi({PATH: held_by("other")})
    mine = lease(api)
    for version in range(2, 30):
        look(mine)
        time.now += DURATION - 1
        api.there[PATH] = held_by("other", version)
    assert not mine.held()
    assert api.changes == []


def test_a_lease_is_taken_only_after_it_was_watched_unchanged_for_its_duration(time: FakeTime) -> None:
    api = FakeApi({PATH: held_by("dead")})
    mine = lease(api)
    look(mine)
    time.now += DURATION
    look(mine)
    assert not mine.held()
    time.now += 0.1
    look(mine)
    assert mine.held()
    assert holder(api) == "me"


def test_the_time_that_a_slow_answer_took_is_no_watching(time: FakeTime) -> None:
    api = SlowApi({PATH: held_by("other")}, time, seconds=DURATION - 1)
    mine = lease(api)
    look(mine)
    time.now += 2
    api._seconds = 0
    look(mine)
    assert not mine.held()
