"""A server on the loopback interface, in a thread of its own for as long as a test needs it."""

import threading
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from typing import Self


class LocalServer:
    """`with server:` it answers at `url`."""

    def __init__(self, server: TCPServer) -> None:
        self._server = server
        self.url = f"http://127.0.0.1:{server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class QuietHandler(BaseHTTPRequestHandler):
    """Prints no line for each request."""

    def log_message(self, *_: object) -> None:
        pass
