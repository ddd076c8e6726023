"""Events on our own resources: the same words are one event."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.adapters.kubernetes_errors import ClusterError, NotAllowed, NotFound, Refused
from stresscampaigns.adapters.resources import KubernetesResources, event_manifest, resource_path
from stresscampaigns.core.actions import Announcement
from stresscampaigns.runtime.ports import Refusal
from stresscampaigns.runtime.store import Key
from tests.unit.adapters.fake_api import FakeApi

RUN = {
    "apiVersion": "stresscampaigns.dev/v1alpha1",
    "kind": "StressRun",
    "metadata": {"name": "smoke-1", "namespace": "staging", "uid": "u-1", "resourceVersion": "7"},
}
SAID = Announcement("Warning", "FaultLost", "fault db-away is lost")
KEY = Key("StressRun", "staging", "smoke-1")
EVENTS = "/api/v1/namespaces/staging/events"


class StoppedClock:
    """Always the same moment."""

    def now(self) -> float:
        return 0.0

    def steady(self) -> float:
        return 0.0


def resources(api: FakeApi) -> KubernetesResources:
    return KubernetesResources(api, StoppedClock())


def test_an_event_points_at_its_object() -> None:
    event = event_manifest(RUN, SAID, now=0.0)
    assert event["involvedObject"]["uid"] == "u-1"
    assert event["involvedObject"]["kind"] == "StressRun"
    assert event["metadata"]["namespace"] == "staging"
    assert (event["type"], event["reason"], event["message"]) == ("Warning", "FaultLost", SAID.message)
    assert event["lastTimestamp"].startswith("1970-01-01T00:00:00")


def test_the_same_words_at_another_time_have_the_same_name() -> None:
    first, again = event_manifest(RUN, SAID, 1.0), event_manifest(RUN, SAID, 900.0)
    other = event_manifest(RUN, Announcement("Warning", "FaultLost", "other words"), 1.0)
    assert first["metadata"]["name"] == again["metadata"]["name"] != other["metadata"]["name"]


@given(st.text(min_size=1, max_size=5000), st.integers(1, 253))
def test_an_event_is_never_too_long_for_kubernetes(message: str, length: int) -> None:
    about = {**RUN, "metadata": {**RUN["metadata"], "name": "n" * length}}  # type: ignore[dict-item]
    event = event_manifest(about, Announcement("Normal", "R", message), 0.0)
    assert len(event["message"]) <= 1024
    assert len(event["metadata"]["name"]) <= 253


def test_what_was_said_already_is_not_said_again() -> None:
    async def twice(api: FakeApi) -> None:
        for _ in range(2):
            await resources(api).announce(RUN, SAID)

    api = FakeApi()
    asyncio.run(twice(api))
    assert [path for _, path, _ in api.changes] == [EVENTS]


@pytest.mark.parametrize("error", [NotAllowed("being terminated"), NotFound("gone")])
def test_a_namespace_on_its_way_out_takes_no_events_and_that_is_well(error: ClusterError) -> None:
    api = FakeApi({f"POST {EVENTS}": error})
    asyncio.run(resources(api).announce(RUN, SAID))
    assert api.changes == []


def test_creating_a_run_that_is_there_gives_the_one_that_is_there() -> None:
    api = FakeApi({resource_path(KEY): {**RUN, "status": {"phase": "Running"}}})
    found = asyncio.run(resources(api).create_run(RUN))
    assert found["status"] == {"phase": "Running"}


@pytest.mark.parametrize(
    "error", [NotAllowed("exceeded quota"), Refused("spec.template.load: Invalid value")]
)
def test_a_run_that_the_api_server_will_not_have_is_refused_in_its_words(error: ClusterError) -> None:
    api = FakeApi({f"POST {resource_path(KEY).rsplit('/', 1)[0]}": error})
    with pytest.raises(Refusal, match=f"run smoke-1 could not be created: {error}"):
        asyncio.run(resources(api).create_run(RUN))
