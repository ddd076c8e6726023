"""Records at the API server: created just as they are, and safe to create again."""

import asyncio
from typing import Any

import pytest

from stresscampaigns.adapters.kubernetes_errors import NotAllowed, NotFound, Refused, Unavailable
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.runtime.ports import Refusal
from tests.unit.adapters.fake_api import FakeApi

COLLECTION = "/api/v1/namespaces/staging/configmaps"
NAME = "r-record-0"


def config_map(content: str = "new") -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": {"name": NAME, "namespace": "staging"}, "data": {"it": content}}


def kept(api: FakeApi, instead: bool = True) -> None:
    asyncio.run(KubernetesStaging(api).keep([config_map()], instead))


def test_it_is_created() -> None:
    api = FakeApi()
    kept(api)
    assert api.changes == [("create", COLLECTION, config_map())]


def test_what_an_interrupted_operator_left_gives_way() -> None:
    api = FakeApi({f"{COLLECTION}/{NAME}": config_map("old")})
    kept(api)
    assert api.there[f"{COLLECTION}/{NAME}"] == config_map("new")


def test_one_without_results_takes_nobodys_place() -> None:
    api = FakeApi({f"{COLLECTION}/{NAME}": config_map("with results")})
    kept(api, instead=False)
    assert api.there[f"{COLLECTION}/{NAME}"] == config_map("with results")
    assert api.changes == []


@pytest.mark.parametrize("error", [NotAllowed("no"), NotFound("no namespace"), Refused("quota")])
def test_what_will_not_be_had_is_a_refusal_in_the_api_servers_words(error: Exception) -> None:
    with pytest.raises(Refusal, match=f"record could not be kept: {error}"):
        kept(FakeApi({f"POST {COLLECTION}": error}))


def test_an_api_server_that_is_away_is_tried_again_later() -> None:
    with pytest.raises(Unavailable):
        kept(FakeApi({f"POST {COLLECTION}": Unavailable("away")}))


def test_the_record_outlives_the_load() -> None:
    api = FakeApi()
    kept(api)
    asyncio.run(KubernetesStaging(api).delete_load("staging", "r"))
    assert f"{COLLECTION}/{NAME}" in api.there
