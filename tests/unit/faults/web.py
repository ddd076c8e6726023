"""An API in the peer's namespace, and what the pod sees of it."""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from tests.unit.faults.namespaces import PEER, PORT, Namespaces

_API = """
import hashlib, socket, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    def do_GET(self):
        if self.path == "/soon":
            print("asked", flush=True)
            time.sleep(0.05)
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            time.sleep(0.08)  # longer than an acknowledgement is put off
            self.wfile.write(b"hello")
            return
        if self.headers["Upgrade"]:
            self.send_response(101)
            self.end_headers()
            while data := self.connection.recv(65536):
                self.wfile.write(data.upper())
            self.close_connection = True
        elif self.path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for size in (1, 70_000, 3):
                self.wfile.write(b"%x;a=b\\r\\n%s\\r\\n" % (size, b"x" * size))
            self.wfile.write(b"0\\r\\nTrailer: yes\\r\\n\\r\\n")
        elif self.path == "/until-closed":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"y" * 70_000)
            self.close_connection = True
        else:
            self.answer(b"hello " + self.path.encode())
            self.close_connection |= self.path == "/bye"
    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "12345")
        self.end_headers()
    def do_POST(self):
        body = b"".join(self.chunks()) if self.headers["Transfer-Encoding"] else self.rfile.read(
            int(self.headers["Content-Length"]))
        self.answer(body)
    def chunks(self):
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 1024
    address_family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
server = Server((sys.argv[1], int(sys.argv[2])), Api)
print("listening", flush=True)
server.serve_forever()
"""
_CLIENT = """
import hashlib, http.client, json, sys, time
address, port = sys.argv[1], int(sys.argv[2])
connection = None
def ask(asked):
    global connection
    connection = connection or http.client.HTTPConnection(address, port, timeout=asked["timeout"])
    body, headers = None, {}
    if asked["size"] is not None:
        body = b"z" * asked["size"]
    if asked["chunked"]:
        body, headers = iter([body[:70_000], body[70_000:]]), {"Transfer-Encoding": "chunked"}
    connection.request(asked["method"], asked["path"], body, headers, encode_chunked=asked["chunked"])
    answer = connection.getresponse()
    data = answer.read()
    return {"status": answer.status, "headers": dict(answer.getheaders()), "length": len(data),
            "digest": hashlib.sha256(data).hexdigest(), "text": data[:200].decode()}
for line in sys.stdin:
    asked, told = json.loads(line), []
    for _ in range(asked["count"]):
        begun = time.perf_counter()
        try:
            told.append(ask(asked))
        except (OSError, http.client.HTTPException) as error:
            told.append({"error": type(error).__name__})
            connection.close()
            connection = None
        told[-1]["seconds"] = time.perf_counter() - begun
        if not asked["keep"] and connection:
            connection.close()
            connection = None
    print(json.dumps(told), flush=True)
"""
_RAW = """
import json, socket, sys
connection = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10)
got, parts = b"", json.loads(sys.argv[3])
for index, part in enumerate(parts):
    if index:
        got += connection.recv(65536)
    connection.sendall(part.encode())
if sys.argv[4] == "end":
    connection.shutdown(socket.SHUT_WR)
while data := connection.recv(65536):
    got += data
sys.stdout.write(got.decode())
"""


@dataclass(frozen=True)
class Told:
    """What came of one request."""

    seconds: float
    status: int | None = None
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    length: int = 0
    digest: str = ""


class Client:
    """A process in the pod that asks the API, over one connection as long as that lasts."""

    def __init__(self, pod: Namespaces, address: str = PEER, port: int = PORT) -> None:
        self._process = pod.start_in_pod(sys.executable, "-c", _CLIENT, address, str(port))

    def ask(self, path: str = "/", count: int = 1, **how: Any) -> list[Told]:
        """So many requests, one after the other."""
        self.begin(path, count, **how)
        return self.told()

    def begin(self, path: str, count: int, **how: Any) -> None:
        """Ask, and do not wait."""
        plain = {"method": "GET", "size": None, "chunked": False, "keep": True, "timeout": 20}
        assert self._process.stdin
        self._process.stdin.write(json.dumps({**plain, "path": path, "count": count, **how}) + "\n")
        self._process.stdin.flush()

    def told(self) -> list[Told]:
        """What came of it."""
        assert self._process.stdout
        return [Told(**one) for one in json.loads(self._process.stdout.readline())]

    def one(self, path: str = "/", **how: Any) -> Told:
        """A single request."""
        return self.ask(path, **how)[0]


def raw(pod: Namespaces, *parts: str, address: str = PEER, ends: bool = True) -> str:
    """All that comes back of what the pod sends, each further part once something has come back of those before."""
    command = (sys.executable, "-c", _RAW, address, str(PORT), json.dumps(parts), "end" if ends else "wait")
    return pod.in_pod(*command)


def serve(pod: Namespaces, address: str = PEER, port: int = PORT) -> subprocess.Popen[str]:
    """The API."""
    process = pod.start_in_peer(sys.executable, "-c", _API, address, str(port))
    assert process.stdout
    assert process.stdout.readline() == "listening\n"
    return process


def digest(data: bytes) -> str:
    """As the client tells it."""
    return hashlib.sha256(data).hexdigest()
