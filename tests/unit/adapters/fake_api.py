"""The API server as the adapters see it: objects by path, and a note of every change that was asked for."""

import json
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from stresscampaigns.adapters.kubernetes_api import MERGE, OPERATIONS, Content, KubernetesApi, Object
from stresscampaigns.adapters.kubernetes_errors import AlreadyThere, NotFound


class FakeApi(KubernetesApi):
    """What is at a path: an object, a list of items, a text, or an error to raise. Nothing: not found."""

    def __init__(self, there: Mapping[str, Any] | None = None) -> None:
        self.there: dict[str, Any] = dict(there or {})
        self.changes: list[tuple[str, str, Any]] = []
        self.queries: list[tuple[str, dict[str, str]]] = []

    def _at(self, path: str) -> Any:
        found = self.there.get(path, NotFound(f"{path} (HTTP 404)"))
        if isinstance(found, Exception):
            raise found
        return found

    async def get(self, path: str, **query: str) -> Object:
        self.queries.append((path, query))
        found: Object = self._at(path)
        return found

    async def items(self, path: str, **query: str) -> list[Object]:
        self.queries.append((path, query))
        found: list[Object] = self._at(path)
        return found

    async def text(self, path: str, **query: str) -> str:
        """As the API server does it: the first bytes, of the last lines."""
        self.queries.append((path, query))
        lines = str(self._at(path)).splitlines(keepends=True)
        last = lines[-int(query["tailLines"]) :] if "tailLines" in query else lines
        return "".join(last)[: int(query["limitBytes"])]

    async def create(self, path: str, body: Mapping[str, Any]) -> Object:
        refusal = self.there.get(f"POST {path}")
        if refusal:
            raise refusal
        full = f"{path}/{body['metadata']['name']}"
        if full in self.there:
            raise AlreadyThere(f"{full} (HTTP 409)")
        self.there[full] = body
        self.changes.append(("create", path, body))
        return dict(body)

    async def patch(self, path: str, body: Content, kind: str = MERGE) -> Object:
        refusal = self.there.get(f"PATCH {path}")
        if refusal:
            raise refusal
        self.changes.append(("patch", path, body))
        return _patched(self.there.get(path.removesuffix("/status")) or {}, body, kind)

    async def replace(self, path: str, body: Mapping[str, Any]) -> Object:
        old = self._at(path)
        if old["metadata"]["resourceVersion"] != body["metadata"]["resourceVersion"]:
            raise AlreadyThere(f"{path} has changed (HTTP 409)")
        version = str(int(old["metadata"]["resourceVersion"]) + 1)
        self.there[path] = {**body, "metadata": {**body["metadata"], "resourceVersion": version}}
        self.changes.append(("replace", path, body))
        return dict(body)

    async def delete(self, path: str, uid: str | None = None, grace_seconds: int | None = None) -> None:
        refusal = self.there.get(f"DELETE {path}")
        if refusal:
            raise refusal
        self.there.pop(path, None)
        self.changes.append(("delete", path, uid if grace_seconds is None else (uid, grace_seconds)))

    async def execute(
        self, namespace: str, pod: str, container: str, command: Sequence[str], first_words: bool = False
    ) -> str:
        path = f"/api/v1/namespaces/{namespace}/pods/{pod}"
        said = self._at(f"EXEC {path}")
        self.changes.append(("exec", f"{path}/{container}", (command, first_words)))
        return str(said)


def _patched(old: Mapping[str, Any], body: Content, kind: str) -> Object:
    """What comes of a patch: by RFC 7386 for objects, by RFC 6902 for operations, of which we know but two."""
    if isinstance(body, Mapping):
        return _merged(old, body) if kind == MERGE else dict(body)
    assert kind == OPERATIONS
    new: Object = json.loads(json.dumps(old))
    for change in body:
        if change["op"] == "test":
            continue
        assert change["op"] in ("add", "replace")
        *folders, name = change["path"].strip("/").split("/")
        place = reduce(lambda inside, folder: inside.setdefault(folder, {}), folders, new)
        place[name] = change["value"]
    return new


def _merged(old: Any, patch: Mapping[str, Any]) -> Object:
    new = dict(old) if isinstance(old, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = _merged(new.get(key), value) if isinstance(value, Mapping) else value
    return new
