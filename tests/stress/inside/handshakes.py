"""Asks an API over TLS twenty times a second, each time over a connection of its own.

A line each: when, its status or why there was none, seconds until it was connected, seconds until TLS stood, what the
certificate's SHA-256 begins with.

NAME PORT AUTHORITY SECONDS; the authority (PEM) is the only one that is trusted.
"""

import hashlib
import socket
import ssl
import sys
import time

EVERY = 0.05
PATIENCE = 1.0


class Ask:
    """One connection and what came of it."""

    def __init__(self) -> None:
        self.began = time.time()
        self.connected = self.secured = 0.0
        self.certificate = "-"

    def of(self, name: str, port: int, trust: ssl.SSLContext) -> str:
        """Its status, or why there is none."""
        try:
            with socket.create_connection((name, port), PATIENCE) as plain:
                self.connected = time.time() - self.began
                with trust.wrap_socket(plain, server_hostname=name) as own:
                    self.secured = time.time() - self.began
                    self.certificate = digest(own)
                    own.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
                    return own.recv(4096).split()[1].decode()
        except ConnectionRefusedError:
            return "refused"
        except TimeoutError:
            return "silent"
        except (OSError, IndexError) as error:
            return type(error).__name__


def digest(own: ssl.SSLSocket) -> str:
    """Of the certificate that the other end has shown."""
    return hashlib.sha256(own.getpeercert(binary_form=True) or b"").hexdigest()[:16]


def main(name: str, port: int, authority: str, until: float) -> None:
    """Until that time."""
    trust = ssl.create_default_context(cadata=authority)
    while time.time() < until:
        one = Ask()
        outcome = one.of(name, port, trust)
        print(one.began, outcome, one.connected, one.secured, one.certificate, flush=True)
        time.sleep(EVERY)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], time.time() + float(sys.argv[4]))
