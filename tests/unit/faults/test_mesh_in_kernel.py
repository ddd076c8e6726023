"""Faults in a pod whose connections a service mesh redirects to its own proxy: what the pod asks for is hit once."""

from statistics import median

import pytest

from tests.unit.faults import mesh
from tests.unit.faults.held_faults import last_event, start, stopped
from tests.unit.faults.namespaces import Namespaces, needs_namespaces
from tests.unit.faults.traffic import Echo
from tests.unit.faults.web import Client, serve

pytestmark = needs_namespaces
KIND = "ExternalApiFailure"


@pytest.fixture
def client(pod: Namespaces) -> Client:
    """It asks by the mesh."""
    serve(pod)
    mesh.join(pod)
    found = Client(pod)
    assert found.one().status == 200
    return found


def test_what_is_passed_on_reaches_the_api_by_the_mesh(pod: Namespaces, client: Client) -> None:
    holder = start(pod, KIND, 600, latency=0.2)
    told = client.ask(count=3, keep=False)[1:]  # the first one finds its old connection cut
    assert [one.status for one in told] == [200, 200]
    assert all(0.2 <= one.seconds < 0.4 for one in told)
    assert stopped(holder).harmed in (2, 3)


def test_a_share_is_that_share(pod: Namespaces, client: Client) -> None:
    holder = start(pod, KIND, 600, status=503, share=0.3)
    told = client.ask(count=200)
    hit = sum(one.status == 503 for one in told)
    assert 30 < hit < 90
    assert hit <= (stopped(holder).harmed or 0) <= hit + 1


def test_connections_are_refused_in_that_share(pod: Namespaces, client: Client) -> None:
    start(pod, KIND, 600, how="Refused", share=0.5)
    told = client.ask(count=100, keep=False)
    assert 30 < sum(one.error is not None for one in told) < 68


def test_at_its_deadline_the_mesh_serves_again(pod: Namespaces, client: Client) -> None:
    assert last_event(start(pod, KIND, 2, status=503)).event == "ended"
    assert [one.status for one in client.ask(count=3)][1:] == [200, 200]


@pytest.mark.alone
@pytest.mark.parametrize("direction", ["to", "from"])
def test_a_latency_counts_once(pod: Namespaces, direction: str) -> None:
    mesh.join(pod)
    echo = Echo(pod, inside=False)
    start(pod, "NetworkLatency", 600, latency=0.1, direction=direction)
    assert 0.1 <= median(echo.round_trips(5)) < 0.15


@pytest.mark.parametrize("kind", ["NetworkPartition", "DatabaseUnavailable", "ServiceHang"])
def test_nothing_gets_around_by_the_mesh(pod: Namespaces, kind: str) -> None:
    mesh.join(pod)
    echo = Echo(pod, inside=False)
    before = echo.talk()
    assert before.say("well") == "well"
    holder = start(pod, kind, 600)
    assert before.say("now") != "now"
    assert echo.talk().say("anew") != "anew"
    assert stopped(holder).harmed
    assert echo.talk().say("again") == "again"
