"""What the operator knows: the newest state of each object, and whose run is whose."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.base import CAMPAIGN_LABEL
from stresscampaigns.runtime.store import Body, Key, Store

RUN = Key("StressRun", "staging", "smoke-1")
OTHER = Key("StressRun", "staging", "smoke-2")
CAMPAIGN = Key("StressCampaign", "staging", "smoke")


def body(version: int, uid: str = "u-1", campaign: str | None = "smoke") -> dict[str, Any]:
    """A state of an object."""
    labels = {CAMPAIGN_LABEL: campaign} if campaign else None
    return {"metadata": {"uid": uid, "resourceVersion": str(version), "labels": labels}}


def names(store: Store, campaign: str = "smoke", namespace: str = "staging") -> set[int]:
    """Versions of a campaign's runs."""
    return {int(run["metadata"]["resourceVersion"]) for run in store.runs_of(namespace, campaign)}


@given(st.permutations([1, 2, 3, 10, 11]))
def test_the_newest_state_stays_in_whatever_order_they_come(versions: list[int]) -> None:
    store = Store()
    news = [store.put(RUN, body(version)) for version in versions]
    assert store.get(RUN) == body(11)
    assert news == [version == max(versions[: index + 1]) for index, version in enumerate(versions)]


def test_a_state_that_is_known_already_is_no_news() -> None:
    store = Store()
    assert store.put(RUN, body(5))
    assert not store.put(RUN, body(5))


def test_an_object_that_was_made_anew_replaces_the_old_one() -> None:
    store = Store()
    store.put(RUN, body(5))
    assert store.put(RUN, body(6, uid="u-2"))
    assert store.get(RUN) == body(6, uid="u-2")


def test_a_late_word_of_the_object_before_does_not_hide_the_one_made_anew() -> None:
    store = Store()
    store.put(RUN, body(6, uid="u-2"))
    assert not store.put(RUN, body(5))
    assert store.get(RUN) == body(6, uid="u-2")


def test_our_own_write_answered_after_the_object_is_gone_does_not_bring_it_back() -> None:
    store = Store()
    store.put(RUN, body(5))
    store.update(RUN, body(6))
    assert store.get(RUN) == body(6)
    store.remove(RUN)
    store.update(RUN, body(7))
    assert (store.get(RUN), names(store)) == (None, set())


def test_an_object_that_is_gone_is_not_known_any_more() -> None:
    store = Store()
    store.put(RUN, body(5))
    assert store.remove(RUN) == body(5)
    assert (store.get(RUN), names(store), list(store.keys("StressRun"))) == (None, set(), [])
    assert store.remove(RUN) is None


def test_after_its_deletion_an_object_may_come_again() -> None:
    store = Store()
    store.put(RUN, body(5))
    store.remove(RUN)
    assert store.put(RUN, body(9, uid="u-2"))
    assert names(store) == {9}


def test_runs_are_found_by_their_campaign_and_namespace() -> None:
    store = Store()
    store.put(RUN, body(1))
    store.put(OTHER, body(2, uid="u-2", campaign="other"))
    store.put(Key("StressRun", "prod", "smoke-1"), body(3, uid="u-3"))
    assert (names(store), names(store, "other"), names(store, namespace="prod")) == ({1}, {2}, {3})
    assert names(store, "unheard of") == set()


def test_a_campaign_is_no_run_of_its_own() -> None:
    store = Store()
    store.put(CAMPAIGN, body(1))
    assert names(store) == set()
    assert list(store.keys("StressCampaign")) == [CAMPAIGN]


def test_a_run_without_a_label_is_no_campaigns() -> None:
    store = Store()
    store.put(RUN, body(1, campaign=None))
    assert names(store) == set()
    store.remove(RUN)


@pytest.mark.parametrize("campaign", ["other", None])
def test_a_run_that_is_labelled_anew_is_the_new_campaigns_alone(campaign: str | None) -> None:
    store = Store()
    store.put(RUN, body(1))
    store.put(RUN, body(2, campaign=campaign))
    assert (names(store), names(store, "other")) == (set(), {2} if campaign else set())
    store.remove(RUN)
    assert (names(store), names(store, "other")) == (set(), set())


def test_of_a_run_that_is_over_its_verdict_is_kept_and_not_all_that_led_to_it() -> None:
    """Thousands of them are known after a year, of 30 kB each, or 200."""
    summed_up = {"phase": "Finished", "verdict": "Failed", "failedChecks": "p95"}
    store = Store()
    store.put(RUN, body(1) | {"spec": {"campaign": "smoke"}, "status": summed_up | {"checks": ["p95"] * 32}})
    assert store.get(RUN) == body(1) | {"spec": {"campaign": "smoke"}, "status": summed_up}


def test_of_a_run_under_way_everything_is_kept_but_who_wrote_which_field() -> None:
    state = body(1) | {"status": {"phase": "Running", "checks": ["p95"]}}
    store = Store()
    store.put(RUN, state | {"metadata": state["metadata"] | {"managedFields": [{}]}})
    assert store.get(RUN) == state


def test_objects_are_counted_by_kind() -> None:
    store = Store()
    assert store.counts() == {"StressRun": 0, "StressCampaign": 0}
    for key, uid in ((RUN, "a"), (OTHER, "b"), (CAMPAIGN, "c")):
        store.put(key, body(1, uid))
    assert store.counts() == {"StressRun": 2, "StressCampaign": 1}


def test_every_newer_state_of_a_run_is_told_once_and_those_of_campaigns_are_not() -> None:
    told: list[tuple[Key, Body]] = []
    store = Store(run_changed=lambda key, state: told.append((key, state)))
    for version in (1, 1, 2, 1):
        store.put(RUN, body(version))
    store.put(CAMPAIGN, body(9))
    assert told == [(RUN, body(1)), (RUN, body(2))]


def test_whoever_is_told_of_a_run_finds_it_in_the_store() -> None:
    found: list[set[int]] = []
    store = Store()
    store.run_changed = lambda key, state: found.append(names(store))
    store.put(RUN, body(4))
    assert found == [{4}]
