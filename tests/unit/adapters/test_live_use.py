"""metrics.k8s.io as metrics-server writes it, and as it fails: what it says is an answer in any case."""

import asyncio
import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.adapters.kubernetes_errors import NotAllowed, Unavailable
from stresscampaigns.adapters.live_use import go_seconds
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.core.observation import ContainerUse, LiveUse
from tests.unit.adapters.fake_api import FakeApi

PATH = "/apis/metrics.k8s.io/v1beta1/namespaces/staging/pods"
POD: dict[str, Any] = {
    "metadata": {"name": "agents-0", "namespace": "staging", "labels": {"app": "agents"}},
    "timestamp": "2027-01-15T08:00:30Z",
    "window": "15.064s",
    "containers": [
        {"name": "agents", "usage": {"cpu": "123456789n", "memory": "20480Ki"}},
        {"name": "proxy", "usage": {"cpu": "0", "memory": "1Mi"}},
    ],
}


def asked(api: FakeApi) -> LiveUse:
    return asyncio.run(KubernetesStaging(api).live_use("staging", "app=agents"))


def test_each_container_is_told_with_the_window_of_its_pod() -> None:
    api = FakeApi({PATH: [POD]})
    assert asked(api) == LiveUse(
        (
            ContainerUse("agents-0", "agents", 1_800_000_030.0, 15.064, 20_480 * 1024, 0.123456789),
            ContainerUse("agents-0", "proxy", 1_800_000_030.0, 15.064, 2**20, 0.0),
        )
    )
    assert api.queries == [(PATH, {"labelSelector": "app=agents"})]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "the cluster does not serve metrics.k8s.io"),
        (Unavailable("the server is currently unable to handle the request"), "does not answer: the server"),
        (NotAllowed('pods.metrics.k8s.io is forbidden: User "st"'), "no right to ask metrics.k8s.io: pods."),
        ([POD | {"window": "soon"}], "answers nonsense: ValueError 'soon' is no duration"),
        ([POD | {"timestamp": None}], "answers nonsense: TypeError"),
        ([{"metadata": {}}], "answers nonsense: KeyError"),
        ([POD | {"containers": [{"name": "a", "usage": {"cpu": "much", "memory": "1"}}]}], "nonsense"),
    ],
    ids=["404", "503", "403", "window", "timestamp", "no pod", "quantity"],
)
def test_where_it_cannot_tell_it_is_said_why(answer: object, words: str) -> None:
    told = asked(FakeApi({} if answer is None else {PATH: answer}))
    assert told.containers == ()
    assert words in str(told.problem)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15s", 15), ("15.064s", 15.064), ("1m0.5s", 60.5), ("5m0s", 300), ("1h0m0s", 3600), ("500ms", 0.5)],
)
def test_durations_are_read_as_go_writes_them(text: str, seconds: float) -> None:
    assert go_seconds(text) == pytest.approx(seconds)


@given(st.text(alphabet="0123456789.hmsnµ -", max_size=8))
def test_whatever_is_no_duration_is_refused_with_one_kind_of_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert go_seconds(text) >= 0
