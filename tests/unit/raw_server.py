"""A target on the loopback interface that gives each connection one answer, byte for byte, and closes it."""

from socketserver import StreamRequestHandler, ThreadingTCPServer

from tests.unit.local_server import LocalServer


class RawServer(LocalServer):
    """`with RawServer(b"SSH-2.0-…") as server:` whoever asks there gets these bytes, HTTP or not, and no more."""

    def __init__(self, answer: bytes) -> None:
        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                while self.rfile.readline().strip():
                    pass
                self.wfile.write(answer)

        super().__init__(ThreadingTCPServer(("127.0.0.1", 0), Handler))
