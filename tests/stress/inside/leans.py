"""A service that leans on another one: well, by its own word, for as long as that answers.

PORT URL.
"""

import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 0.8


class Handler(BaseHTTPRequestHandler):
    """Whatever is asked."""

    def do_GET(self) -> None:
        """200, or 503."""
        self.send_response(200 if answers(sys.argv[2]) else 503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Not a word."""


def answers(url: str) -> bool:
    """Does it?"""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE):
            return True
    except OSError:
        return False


if __name__ == "__main__":
    ThreadingHTTPServer(("", int(sys.argv[1])), Handler).serve_forever()
