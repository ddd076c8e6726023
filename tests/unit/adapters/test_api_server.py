"""The API server over HTTP: its answers and refusals come out as values and errors of ours."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from kubernetes.aio import client

from stresscampaigns.adapters.kubernetes_api import MANAGER, KubernetesApi, read_as_deep_as_kubernetes
from stresscampaigns.adapters.kubernetes_errors import AlreadyThere, ClusterError, NotAllowed, Unavailable
from stresscampaigns.core.actions import TAKES_AT_MOST
from tests.unit.adapters.canned_server import CannedServer, dead_url

POD = "/api/v1/namespaces/staging/pods/agents-1"


def asked(url: str, question: Callable[[KubernetesApi], Awaitable[Any]]) -> Any:
    async def ask() -> Any:
        api = KubernetesApi(client.ApiClient(client.Configuration(host=url)))
        try:
            return await question(api)
        finally:
            await api.close()

    return asyncio.run(ask())


def answered(status: int, body: bytes, question: Callable[[KubernetesApi], Awaitable[Any]]) -> Any:
    with CannedServer(status, body) as server:
        return asked(server.url, question)


def test_an_object_is_read_as_it_is() -> None:
    body = {"metadata": {"name": "agents-1"}, "spec": {"unknownToUs": [1, None]}}
    assert answered(200, json.dumps(body).encode(), lambda api: api.get(POD)) == body


@pytest.fixture
def _pythons_own_depth() -> Iterator[None]:
    before = sys.getrecursionlimit()
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("_pythons_own_depth")
def test_an_object_as_deep_as_kubernetes_takes_them_hides_no_other() -> None:
    """In a scenario's parameters anything may stand: who may write one campaign must not stop those of all."""
    deep = b'{"a":' * 9_990 + b"[]" + b"}" * 9_990
    read_as_deep_as_kubernetes()
    found = answered(200, b'{"items": [{"spec": %s}, "other"]}' % deep, lambda api: api.items(POD))
    assert found[1] == "other"


def test_a_question_goes_where_it_should_with_its_words() -> None:
    with CannedServer(200, b'{"items": []}') as server:
        assert asked(server.url, lambda api: api.items(POD, labelSelector="a=b,c=d")) == []
    assert server.asked == [(POD, {"labelSelector": "a=b,c=d"})]


def test_what_is_to_change_is_given_up_by_the_api_server_when_we_do() -> None:
    with CannedServer(200, b"{}") as server:
        asked(server.url, lambda api: api.patch(POD, {}))
        asked(server.url, lambda api: api.delete(POD))
    assert server.asked == [(POD, {"timeout": f"{TAKES_AT_MOST:g}s"})] * 2


@pytest.mark.parametrize(("reason", "kind"), [("AlreadyExists", AlreadyThere), ("Conflict", Unavailable)])
def test_what_a_quota_had_no_time_for_is_not_taken_for_something_that_is_there(
    reason: str, kind: type[ClusterError]
) -> None:
    """Of several creations at once in a namespace with a ResourceQuota one may get 409, and nothing is created."""
    body = json.dumps({"kind": "Status", "reason": reason, "message": "in its words"}).encode()
    with pytest.raises(kind, match="in its words"):
        answered(409, body, lambda api: api.create(POD, {}))


def test_what_has_changed_meanwhile_is_told_from_what_is_not_there_yet() -> None:
    body = json.dumps({"kind": "Status", "reason": "Conflict", "message": "modified"}).encode()
    with pytest.raises(AlreadyThere, match="modified"):
        answered(409, body, lambda api: api.patch(POD, {}))


def test_who_changes_anything_tells_the_api_server_who_he_is() -> None:
    """Else the owner of a field that we have changed would not know whom to ask."""
    with CannedServer(200, b"{}") as server:
        asked(server.url, lambda api: api.patch(POD, {}))
    assert server.by == [MANAGER]


def test_a_refusal_has_its_kind_and_the_api_servers_own_words() -> None:
    with pytest.raises(NotAllowed, match=r"GET .*agents-1: pods is forbidden \(HTTP 403\)"):
        answered(403, b'{"kind": "Status", "message": "pods is forbidden"}', lambda api: api.get(POD))


@pytest.mark.parametrize("body", [b"<html>proxy error</html>", b"[]", b""])
def test_a_refusal_that_is_no_status_object_is_an_error_all_the_same(body: bytes) -> None:
    with pytest.raises(Unavailable, match="HTTP 502"):
        answered(502, body, lambda api: api.get(POD))


def test_nobody_there_is_worth_another_try() -> None:
    with pytest.raises(Unavailable, match="GET"):
        asked(dead_url(), lambda api: api.get(POD))


def test_a_log_that_is_no_text_is_read_as_far_as_can_be() -> None:
    assert answered(200, b"caf\xc3\xa9\n\xff\n", lambda api: api.text(f"{POD}/log")) == "café\n�\n"


def test_an_answer_that_is_no_json_is_an_error_of_the_cluster() -> None:
    with pytest.raises(ClusterError, match="GET"):
        answered(200, b"<html>login please</html>", lambda api: api.get(POD))


def test_exec_where_it_is_not_allowed_is_said() -> None:
    with pytest.raises(NotAllowed, match="exec in agents-1/stress"):
        answered(403, b"", lambda api: api.execute("staging", "agents-1", "stress", ["true"]))


def test_a_program_that_goes_on_is_left_after_its_first_words() -> None:
    async def talk() -> str:
        left = asyncio.Event()

        async def runs_on(request: web.Request) -> web.WebSocketResponse:
            socket = web.WebSocketResponse(protocols=["v4.channel.k8s.io"])
            await socket.prepare(request)
            for frame in (b"\x01", b"\x02", b"\x01started\n"):
                await socket.send_bytes(frame)
            async for _ in socket:
                pass
            left.set()
            return socket

        app = web.Application()
        app.router.add_get(f"{POD}/exec", runs_on)
        async with TestServer(app) as server:
            api = KubernetesApi(
                client.ApiClient(client.Configuration(host=str(server.make_url("")).rstrip("/")))
            )
            try:
                said = await api.execute("staging", "agents-1", "agents", ["burn"], first_words=True)
                await asyncio.wait_for(left.wait(), 10)
            finally:
                await api.close()
        return said

    assert asyncio.run(talk()) == "started\n"


async def executed(answers: Handler, container: str, words: list[str]) -> str:
    """What is heard of a command in a pod, where somebody else answers in its place."""
    app = web.Application()
    app.router.add_get(f"{POD}/exec", answers)
    async with TestServer(app) as server:
        url = str(server.make_url("")).rstrip("/")
        api = KubernetesApi(client.ApiClient(client.Configuration(host=url)))
        try:
            return await api.execute("staging", "agents-1", container, words)
        finally:
            await api.close()


def test_a_commands_words_arrive_as_they_are_and_it_is_heard_to_its_end() -> None:
    """As Go reads a query: a semicolon as it stands would spoil all of it."""
    words = ["answer", '{"broke": {"pool": "97% of 1 + 2; a&b=c \'é\' \\\\ #/?"}}']
    queries = []

    async def ends(request: web.Request) -> web.WebSocketResponse:
        queries.append(request.raw_path.partition("?")[2])
        socket = web.WebSocketResponse(protocols=["v4.channel.k8s.io"])
        await socket.prepare(request)
        for frame in (b"\x01", b"\x01heard\n", b'\x03{"status":"Success"}'):
            await socket.send_bytes(frame)
        await socket.close()
        return socket

    assert asyncio.run(executed(ends, "agents", words)) == 'heard\n{"status":"Success"}'
    assert [word for name, word in parse_qsl(queries[0]) if name == "command"] == words
    assert ";" not in queries[0]


def test_one_that_talks_on_and_on_is_heard_for_some_words_alone() -> None:
    async def talks(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(protocols=["v4.channel.k8s.io"])
        await socket.prepare(request)
        for _ in range(100):
            await socket.send_bytes(b"\x01" + b"x" * 30_000)
        await socket.close()
        return socket

    assert len(asyncio.run(executed(talks, "stress", ["end"]))) < 100_000
