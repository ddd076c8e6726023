"""A status that is written is the whole status: nothing of the one before shows through."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.adapters.clock import SystemClock
from stresscampaigns.adapters.kubernetes_errors import AlreadyThere, ClusterError, NotFound, Refused
from stresscampaigns.adapters.resources import KubernetesResources, resource_path
from stresscampaigns.runtime.ports import Conflict, Refusal
from stresscampaigns.runtime.store import Body, Key
from tests.unit.adapters.fake_api import FakeApi

KEY = Key("StressCampaign", "staging", "nightly")
PATH = resource_path(KEY)


def written(old: Mapping[str, Any], new: Mapping[str, Any]) -> Body:
    """The object after a status was written over another."""
    api = FakeApi({PATH: {"metadata": {"name": "nightly", "resourceVersion": "7"}, "status": old}})
    return asyncio.run(KubernetesResources(api, SystemClock()).write_status(KEY, "7", new))


def test_a_new_last_run_does_not_inherit_the_verdict_of_the_one_before() -> None:
    failed = {"name": "nightly-1", "verdict": "Failed", "failedChecks": ["p95"]}
    begun = {"lastRun": {"name": "nightly-2"}}
    assert written({"lastRun": failed, "verdict": "Failed"}, begun)["status"] == begun


anything = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inside: st.lists(inside, max_size=2) | st.dictionaries(st.sampled_from("abc"), inside, max_size=3),
    max_leaves=10,
)
statuses = st.dictionaries(st.sampled_from("abc"), anything, max_size=3)


@given(statuses, statuses)
def test_whatever_was_there_the_new_status_is_all_there_is(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert written(old, new)["status"] == new


def test_the_first_status_needs_none_before_it() -> None:
    api = FakeApi({PATH: {"metadata": {"resourceVersion": "7"}}})
    body = asyncio.run(KubernetesResources(api, SystemClock()).write_status(KEY, "7", {"phase": "Running"}))
    assert body["status"] == {"phase": "Running"}


def test_a_status_is_written_only_over_the_version_that_was_read() -> None:
    api = FakeApi({PATH: {"metadata": {"resourceVersion": "9"}}})
    body = asyncio.run(KubernetesResources(api, SystemClock()).write_status(KEY, "7", {}))
    assert body["metadata"]["resourceVersion"] == "7"  # by which the API server sees the conflict
    ((_, path, _),) = api.changes
    assert path == f"{PATH}/status"


@pytest.mark.parametrize("error", [NotFound("gone"), AlreadyThere("has changed")])
def test_a_status_of_an_object_that_is_gone_or_has_changed_is_a_conflict(error: ClusterError) -> None:
    api = FakeApi({f"PATCH {PATH}/status": error})
    with pytest.raises(Conflict, match=str(error)):
        asyncio.run(KubernetesResources(api, SystemClock()).write_status(KEY, "7", {}))


def test_a_status_that_will_never_be_taken_is_refused_in_the_api_servers_words() -> None:
    api = FakeApi({f"PATCH {PATH}/status": Refused("request is too large")})
    with pytest.raises(Refusal, match="the status could not be written: request is too large"):
        asyncio.run(KubernetesResources(api, SystemClock()).write_status(KEY, "7", {}))
