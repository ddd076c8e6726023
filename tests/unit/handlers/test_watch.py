"""What kopf's watch shows goes to the controller as it is."""

import asyncio
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from stresscampaigns.handlers.__main__ import main, seen
from stresscampaigns.runtime.store import Body, Key

BODY = {"metadata": {"name": "smoke", "namespace": "staging"}}


class Notebook:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Key, Body | None]] = []

    def seen(self, key: Key, body: Body) -> None:
        self.told.append(("seen", key, body))

    def gone(self, key: Key) -> None:
        self.told.append(("gone", key, None))


def watched(kind: str | None, plural: str) -> list[tuple[str, Key, Body | None]]:
    notebook = Notebook()
    memo: Any = SimpleNamespace(operator=SimpleNamespace(controller=notebook))
    event: Any = {"type": kind, "object": BODY}
    resource: Any = SimpleNamespace(plural=plural)
    asyncio.run(seen(event=event, resource=resource, namespace="staging", name="smoke", memo=memo))
    return notebook.told


@pytest.mark.parametrize("kind", [None, "ADDED", "MODIFIED"])
def test_an_object_that_was_there_already_or_changed_is_seen(kind: str | None) -> None:
    assert watched(kind, "stressruns") == [("seen", Key("StressRun", "staging", "smoke"), BODY)]


def test_an_object_that_was_deleted_is_gone() -> None:
    assert watched("DELETED", "stresscampaigns") == [
        ("gone", Key("StressCampaign", "staging", "smoke"), None)
    ]


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
