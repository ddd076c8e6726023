"""A target that keeps elements, as a set; what it forgets, and when it does not answer, a test says."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.load.http.raw_server import ok, read_request


def status(code: int) -> bytes:
    """An answer without a body."""
    return f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n".encode()


class EntryStore:
    """POST, GET of one, GET of many; `says` may answer in its place."""

    def __init__(self, says: Callable[[str, str], bytes | None] = lambda method, path: None) -> None:
        self.elements: list[str] = []
        self.asked: list[str] = []
        self.page = 3
        self._says = says

    def handle(self, sock: Any) -> None:
        """One connection."""
        while request := read_request(sock):
            head, _, body = request.partition(b"\r\n\r\n")
            method, path, _ = head.split(b"\r\n")[0].decode().split(" ")
            self.asked.append(f"{method} {path}")
            sock.sendall(self._says(method, path) or self._answer(method, path, body))

    def _answer(self, method: str, path: str, body: bytes) -> bytes:
        if method == "POST":
            self.elements.append(json.loads(body)["element"])
            return ok(b"{}")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        if not asked:
            return ok(b"{}") if path.rsplit("/", 1)[-1] in self.elements else status(404)
        after = asked.get("after", "")
        fitting = sorted(one for one in self.elements if one.startswith(asked["prefix"]) and one > after)
        return ok(json.dumps({"elements": fitting[: self.page]}).encode())
