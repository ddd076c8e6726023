"""All runs there are, as they are listed again and again: however many, and however much each has to tell."""

import asyncio
from typing import Any

from stresscampaigns.adapters.kubernetes_api import Object
from stresscampaigns.adapters.resources import KubernetesResources
from tests.unit.adapters.fake_api import FakeApi
from tests.unit.runtime.fake_clock import FakeClock

RUNS = "/apis/stresscampaigns.dev/v1alpha1/stressruns"


class Paged(FakeApi):
    """It gives no more at a time than it is asked for."""

    async def get(self, path: str, **query: str) -> Object:
        self.queries.append((path, query))
        first, there = int(query.get("continue", "0")), self.there[path]
        last = first + int(query["limit"])
        more = {"continue": str(last)} if last < len(there) else {}
        return {"metadata": more, "items": there[first:last]}


def run(number: int, phase: str) -> dict[str, Any]:
    metadata = {"name": f"smoke-{number}", "managedFields": [{"manager": "stresscampaigns"}]}
    return {"metadata": metadata, "spec": {}, "status": {"phase": phase, "timeline": ["what happened"]}}


def listed(api: Paged) -> list[Object]:
    return asyncio.run(KubernetesResources(api, FakeClock()).list_all("StressRun"))


def test_many_runs_are_listed_in_parts_and_none_is_left_out() -> None:
    api = Paged({RUNS: [run(number, "Running") for number in range(60)]})
    assert [one["metadata"]["name"] for one in listed(api)] == [f"smoke-{number}" for number in range(60)]
    assert [query.get("continue") for _, query in api.queries] == [None, "25", "50"]


def test_of_runs_that_are_over_no_more_is_held_than_anybody_asks_for() -> None:
    under_way, over = listed(Paged({RUNS: [run(1, "Running"), run(2, "Finished")]}))
    assert under_way["status"]["timeline"] == ["what happened"]
    assert over["status"] == {"phase": "Finished"}
    assert "managedFields" not in under_way["metadata"]
