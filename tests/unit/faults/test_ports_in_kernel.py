"""Databases and services that are away, slow, cut, hung or unready, between two real network namespaces."""

import pytest

from stresscampaigns.api.fault_protocol import NODE_ADDRESSES
from tests.unit.faults.held_faults import last_event, start, stopped, traces
from tests.unit.faults.namespaces import PEER, POD, PORT, Namespaces, needs_namespaces
from tests.unit.faults.traffic import Echo, Talk

pytestmark = needs_namespaces


@pytest.fixture(params=[True, False], ids=["server", "client"])
def echo(pod: Namespaces, request: pytest.FixtureRequest) -> Echo:
    """The fault is in the server's pod, or in its client's."""
    return Echo(pod, inside=request.param)


def connected(echo: Echo) -> Talk:
    talk = echo.talk()
    assert talk.opened == "connected"
    assert talk.say("hello") == "hello"
    return talk


def test_a_database_that_refuses_resets_connections_old_and_new(pod: Namespaces, echo: Echo) -> None:
    talk = connected(echo)
    holder = start(pod, "DatabaseUnavailable", 600)
    assert talk.say("again") == "ConnectionResetError"
    assert echo.talk().opened == ""
    assert stopped(holder).unit == "packets refused"
    assert connected(echo)
    assert traces(pod) == ""


def test_refusing_takes_no_time_at_all(pod: Namespaces, echo: Echo) -> None:
    start(pod, "DatabaseUnavailable", 600, how="Refused")
    talk = echo.talk()
    assert talk.opened == ""
    assert "ConnectionRefusedError" in talk.complaint()


def test_a_silent_database_lets_both_wait(pod: Namespaces, echo: Echo) -> None:
    talk = connected(echo)
    holder = start(pod, "DatabaseUnavailable", 600, how="Silent")
    assert talk.say("again") == "TimeoutError"
    assert "TimeoutError" in echo.talk().complaint()
    said = stopped(holder)
    assert said.unit == "packets dropped"
    assert said.harmed


def test_cutting_ends_connections_that_exist_counts_them_and_lets_new_ones_in(
    pod: Namespaces, echo: Echo
) -> None:
    talks = [connected(echo) for _ in range(3)]
    holder = start(pod, "DatabaseConnectionsCut", 2)
    assert {talk.say("again") for talk in talks} <= {"ConnectionResetError", "ConnectionAbortedError"}
    assert connected(echo)
    said = last_event(holder)
    assert (said.event, said.harmed, said.unit) == ("ended", 3, "connections cut")


@pytest.mark.parametrize(("peers", "count"), [([PEER], 1), (["10.99.0.0/24"], 1), (["10.7.0.1"], 0)])
def test_only_connections_with_its_peers_are_cut(pod: Namespaces, peers: list[str], count: int) -> None:
    echo = Echo(pod)
    assert connected(echo)
    assert stopped(start(pod, "DatabaseConnectionsCut", 600, peers=peers)).harmed == count


@pytest.mark.parametrize("address", [POD, "127.0.0.1", "::1"])
def test_a_pods_connection_with_itself_is_not_cut(pod: Namespaces, address: str) -> None:
    echo = Echo(pod)
    talk = echo.talk_to_itself(address)
    assert stopped(start(pod, "DatabaseConnectionsCut", 600)).harmed == 0
    assert talk.say("still") == "still"


def test_connections_of_other_ports_are_not_cut(pod: Namespaces, echo: Echo) -> None:
    talk = connected(echo)
    assert stopped(start(pod, "DatabaseConnectionsCut", 600, port=PORT + 1)).harmed == 0
    assert talk.say("still") == "still"


def test_a_service_that_hangs_accepts_and_never_answers(pod: Namespaces, echo: Echo) -> None:
    talk = connected(echo)
    holder = start(pod, "ServiceHang", 600)
    assert talk.say("again") == "TimeoutError"
    fresh = echo.talk()
    assert fresh.opened == "connected"
    assert fresh.say("hello") == "TimeoutError"
    assert stopped(holder).harmed
    assert connected(echo)
    assert traces(pod) == ""


def test_of_a_hung_service_even_long_data_do_not_arrive(pod: Namespaces) -> None:
    start(pod, "ServiceHang", 600)
    talk = Echo(pod).talk()
    assert talk.say("x" * 20_000) == "TimeoutError"


def test_an_unready_service_hears_nothing_from_its_node(
    pod: Namespaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = Echo(pod)
    monkeypatch.setenv(NODE_ADDRESSES, PEER)
    holder = start(pod, "ServiceUnready", 600)
    assert "TimeoutError" in echo.talk().complaint()
    assert stopped(holder).harmed
    assert connected(echo)


def test_an_unready_service_answers_everybody_else(pod: Namespaces, monkeypatch: pytest.MonkeyPatch) -> None:
    echo = Echo(pod)
    monkeypatch.setenv(NODE_ADDRESSES, "10.99.0.77, 10.99.0.78")
    start(pod, "ServiceUnready", 600)
    assert connected(echo)


def test_a_pods_gateway_counts_as_its_node(pod: Namespaces, monkeypatch: pytest.MonkeyPatch) -> None:
    echo = Echo(pod)
    monkeypatch.delenv(NODE_ADDRESSES, raising=False)
    pod.in_pod("ip", "route", "add", "default", "via", PEER)
    start(pod, "ServiceUnready", 600)
    assert "TimeoutError" in echo.talk().complaint()


def test_where_nobody_knows_the_node_it_is_refused(pod: Namespaces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NODE_ADDRESSES, raising=False)
    with pytest.raises(AssertionError, match="is not known"):
        start(pod, "ServiceUnready", 600)
