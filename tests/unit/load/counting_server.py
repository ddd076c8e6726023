"""A target on the loopback interface that counts every request it answers."""

import json
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class _Quiet(ThreadingHTTPServer):
    """Clients that are killed reset their connections: that is no news. Many may come at once."""

    request_queue_size = 1024

    def handle_error(self, *_: object) -> None:
        pass


class CountingServer:
    """Answers `/fails` with 500, `/moved` with the way to `/page`, all else with a JSON object that holds an id."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.by_path: Counter[str] = Counter()
        self.by_sender: Counter[str] = Counter()
        self.last = 0.0
        """When the last request came, epoch seconds."""
        counting = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65_536

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                counting.count(self.path, self.headers.get("X-Sender", ""))
                body = json.dumps({"id": 7}).encode()
                self.send_response({"/fails": 500, "/moved": 302}.get(self.path, 200))
                if self.path == "/moved":
                    self.send_header("Location", "/page")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        self._http = _Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    def count(self, path: str, sender: str) -> None:
        """One more request."""
        with self._changed:
            self.by_path[path] += 1
            self.by_sender[sender] += 1
            self.last = time.time()
            self._changed.notify_all()

    def wait_for(self, requests: int) -> None:
        """Until so many requests have come."""
        with self._changed:
            came = self._changed.wait_for(lambda: self.by_path.total() >= requests, timeout=30)
        assert came, f"only {self.by_path.total()} requests have come"
