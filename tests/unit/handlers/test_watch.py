"""What kopf's watch shows goes to the controller as it is."""

import asyncio
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from stresscampaigns.handlers.__main__ import main, seen
from stresscampaigns.runtime.store import Body, Key

BODY = {"metadata": {"name": "smoke", "namespace": "staging", "uid": "u-1"}}


class Notebook:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Key, Body | str]] = []

    def seen(self, key: Key, body: Body) -> None:
        self.told.append(("seen", key, body))

    def gone(self, key: Key, uid: str) -> None:
        self.told.append(("gone", key, uid))


def watched(kind: str | None, plural: str) -> list[tuple[str, Key, Body | str]]:
    notebook = Notebook()
    memo: Any = SimpleNamespace(operator=SimpleNamespace(controller=notebook))
    event: Any = {"type": kind, "object": BODY}
    resource: Any = SimpleNamespace(plural=plural)
    asyncio.run(seen(event=event, resource=resource, namespace="staging", name="smoke", memo=memo))
    return notebook.told


@pytest.mark.parametrize("kind", [None, "ADDED", "MODIFIED"])
def test_an_object_that_was_there_already_or_changed_is_seen(kind: str | None) -> None:
    assert watched(kind, "stressruns") == [("seen", Key("StressRun", "staging", "smoke"), BODY)]


def test_an_object_that_was_deleted_is_gone_and_none_made_anew_that_has_its_name() -> None:
    gone = [("gone", Key("StressCampaign", "staging", "smoke"), "u-1")]
    assert watched("DELETED", "stresscampaigns") == gone


def test_what_is_watched_may_be_as_deep_as_kubernetes_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """kopf reads what it watches by itself; what it cannot read is its end, and so the operator's."""
    before, limits = sys.getrecursionlimit(), []

    def begin(work: Any) -> None:
        limits.append(sys.getrecursionlimit())
        work.close()

    monkeypatch.setattr(asyncio, "run", begin)
    try:
        main([])
    finally:
        sys.setrecursionlimit(before)
    assert limits[0] >= 60_000
