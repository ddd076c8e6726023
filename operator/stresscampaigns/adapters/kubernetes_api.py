"""The API server, spoken to in plain JSON objects; errors are translated here and nowhere else."""

import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from kubernetes.aio import client, config

from stresscampaigns.adapters.kubernetes_errors import ClusterError, NotFound, Unavailable, error_for
from stresscampaigns.core.actions import TAKES_AT_MOST

Object = dict[str, Any]
"""As the API server sends it: without a type, whatever the client would make of it. Those of `bodies` are given to
it where it is read."""
Content = Mapping[str, object] | Sequence[Mapping[str, object]]

MANAGER = "stresscampaigns"
"""As the API server knows us, in its audit log and as who has changed a field (`managedFields`)."""
MERGE = "application/merge-patch+json"
OPERATIONS = "application/json-patch+json"
"""A list of changes, one after the other: all or none."""
STRATEGIC = "application/strategic-merge-patch+json"
_DEEPEST, _FRAMES_OF_A_LEVEL = 10_000, 6
_MOST_WORDS = 64 * 1024
"""Bytes that are heard of a command: it may be run in an image of a user's own, which says what it likes."""
_CONNECTIONS = 512
"""Those that a silent node or webhook holds must leave enough for all else; the client's own 100 might not."""


def read_as_deep_as_kubernetes() -> None:
    """Let Python read, compare and copy JSON as deep as the API server takes it: 10,000 levels, ten times its own.

    Else one campaign with such a body would keep us from reading any list that it is in, and so from all others. The
    stack has room: at 10,000 levels all of that takes less than 2 MiB.
    """
    sys.setrecursionlimit(_FRAMES_OF_A_LEVEL * _DEEPEST)


class KubernetesApi:
    """One connection pool to one API server."""

    def __init__(self, api: client.ApiClient) -> None:
        self._api = api

    @classmethod
    async def connect(cls) -> Self:
        """By the pod's service account, else by the user's kubeconfig."""
        if "KUBERNETES_SERVICE_HOST" in os.environ:
            config.load_incluster_config()
        else:
            await config.load_kube_config()
        settings = client.Configuration.get_default_copy()
        settings.connection_pool_maxsize = _CONNECTIONS
        return cls(client.ApiClient(settings))

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def get(self, path: str, **query: str) -> Object:
        """One object, or a list of them.

        Raises:
            ClusterError: as the tree in `kubernetes_errors` says; so for every verb.
        """
        return await self._json("GET", path, query)

    async def items(self, path: str, **query: str) -> list[Any]:
        """The items of a list, each an `Object`, or what the caller knows it to be."""
        found: list[Any] = (await self.get(path, **query)).get("items", [])
        return found

    async def pages(self, path: str, size: int) -> AsyncIterator[list[Any]]:
        """The items of a long list, so many at a time: all of it at once may be more than there is memory for."""
        following = {"limit": str(size)}
        while following:
            found = await self.get(path, **following)
            yield found.get("items", [])
            token = found.get("metadata", {}).get("continue")
            following = {"limit": str(size), "continue": token} if token else {}

    async def create(self, path: str, body: Mapping[str, object]) -> Object:
        """Create an object in the collection at `path`."""
        return await self._json("POST", path, {}, body)

    async def patch(self, path: str, body: Content, kind: str = MERGE) -> Object:
        """Change an object; `kind` is the patch's content type."""
        return await self._json("PATCH", path, {}, body, kind)

    async def replace(self, path: str, body: Mapping[str, object]) -> Object:
        """Replace an object; the API server refuses when it has changed since it was read."""
        return await self._json("PUT", path, {}, body)

    async def delete(self, path: str, uid: str | None = None, grace_seconds: int | None = None) -> None:
        """Delete an object and, in the background, what it owns. What is not there counts as deleted."""
        body: Object = {"propagationPolicy": "Background"}
        if uid:
            body["preconditions"] = {"uid": uid}
        if grace_seconds is not None:
            body["gracePeriodSeconds"] = grace_seconds
        try:
            await self._json("DELETE", path, {}, body)
        except NotFound:
            return

    async def text(self, path: str, **query: str) -> str:
        """A plain text, such as a container's log."""
        return (await self._bytes("GET", path, query)).decode(errors="replace")

    async def execute(
        self, namespace: str, pod: str, container: str, command: Sequence[str], first_words: bool = False
    ) -> str:
        """Run a command in a container; what it printed, as far as it is heard: one that goes on and on goes on alone.

        Args:
            first_words: come back as soon as it has printed anything; it goes on alone.

        Raises:
            ClusterError: no connection into the container could be had.
        """
        query = [("container", container), ("stdout", "1"), ("stderr", "1")]
        query += [("command", word) for word in command]
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}/exec?{urlencode(query)}"
        method, url, headers, *_ = await self._request("GET", path, None, "application/json")
        headers["Sec-WebSocket-Protocol"] = "v4.channel.k8s.io"
        try:
            async with self._session().ws_connect(url, method=method, headers=headers) as socket:
                frames = await _frames(socket, first_words)
        except aiohttp.WSServerHandshakeError as error:
            raise error_for(error.status, f"exec in {pod}/{container}: {error.message}") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"exec in {pod}/{container}: {error}") from error
        return b"".join(frame[1:] for frame in frames).decode(errors="replace")

    def _session(self) -> aiohttp.ClientSession:
        rest = self._api.rest_client
        rest.pool_manager = rest.pool_manager or rest._create_pool_manager()
        session: aiohttp.ClientSession = rest.pool_manager
        return session

    async def _json(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Content | None = None,
        content_type: str = "application/json",
    ) -> Object:
        data = await self._bytes(method, path, query, body, content_type)
        try:
            found: Object = json.loads(data)
        except ValueError as error:
            raise Unavailable(f"{method} {path}: no JSON but {_said(data, 'message')!r}") from error
        return found

    async def _bytes(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Content | None = None,
        content_type: str = "application/json",
    ) -> bytes:
        if method != "GET":
            # Without it the API server goes on alone, behind a slow webhook, with what nobody waits for any more.
            query = {**query, "timeout": f"{TAKES_AT_MOST:g}s"}
        full = f"{path}?{urlencode(query)}" if query else path
        request = await self._request(method, full, body, content_type)
        try:
            response = await self._api.call_api(*request, _request_timeout=TAKES_AT_MOST)
            data: bytes = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"{method} {path}: {type(error).__name__} {error}") from error
        if response.status >= 400:
            words = f"{method} {path}: {_said(data, 'message')}"
            if method == "POST" and response.status == 409 and _said(data, "reason") == "Conflict":
                # A ResourceQuota that changed under it, too often: it is not there.
                raise Unavailable(f"{words} (HTTP 409)")
            raise error_for(response.status, words)
        return data

    async def _request(
        self, method: str, path: str, body: Content | None, content_type: str
    ) -> tuple[str, str, dict[str, str], object, object]:
        serialized: tuple[str, str, dict[str, str], object, object] = await self._api.param_serialize(
            method=method,
            resource_path=path,
            header_params={"Accept": "application/json, */*", "Content-Type": content_type},
            body=body,
            auth_settings=["BearerToken"],
        )
        serialized[2]["User-Agent"] = MANAGER
        return serialized


async def _frames(socket: aiohttp.ClientWebSocketResponse, first_words: bool) -> list[bytes]:
    """The first byte of each names its stream; the server begins with empty ones."""
    frames, left = [], _MOST_WORDS
    async for frame in socket:
        if frame.type is aiohttp.WSMsgType.BINARY:
            frames.append(frame.data[: left + 1])
            left -= len(frame.data)
            if left <= 0 or (first_words and len(frame.data) > 1):
                break
    return frames


def _said(data: bytes, field: str) -> str:
    """What the API server gives as its `reason` or its `message`, or the beginning of whatever it said."""
    try:
        return str(json.loads(data).get(field, ""))
    except (ValueError, AttributeError):
        return data[:300].decode(errors="replace")


__all__ = ["MANAGER", "MERGE", "OPERATIONS", "STRATEGIC", "ClusterError", "KubernetesApi", "Object"]
