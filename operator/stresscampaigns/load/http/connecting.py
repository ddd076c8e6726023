"""From an origin to an open connection: resolve, connect, through a proxy where one is asked for, shake hands."""

import ssl
import time
from dataclasses import dataclass

import certifi
import gevent
from gevent import socket
from gevent import ssl as gevent_ssl

from stresscampaigns.load.http.connection import Connection
from stresscampaigns.load.http.errors import (
    LACKING,
    ConnectFailed,
    HttpError,
    NoSocketLeft,
    TimedOut,
    TlsFailed,
)
from stresscampaigns.load.http.request import Origin, Standing, prepare
from stresscampaigns.load.http.resolving import RESOLVER, Address, Resolver


@dataclass(frozen=True)
class Trust:
    """Whose certificates count."""

    verify: bool = True
    ca_file: str | None = None
    """A PEM file of further authorities, beside those that every browser knows."""

    def context(self) -> gevent_ssl.SSLContext:
        """For gevent's sockets.

        Raises:
            ValueError: the file cannot be read or holds no certificate.
        """
        context = gevent_ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(certifi.where())
        if self.ca_file:
            try:
                context.load_verify_locations(self.ca_file)
            except OSError as error:
                raise ValueError(f"{self.ca_file} holds no certificates in PEM form: {error}") from error
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class Connector:
    """Opens connections; shared by all users of a process, as its TLS context is expensive."""

    def __init__(
        self,
        trust: Trust | None = None,
        proxy: str | None = None,
        most_bytes: int = 64 * 1024 * 1024,
        resolver: Resolver = RESOLVER,
        standing: Standing | None = None,
    ) -> None:
        self.standing = standing
        """What every request to the target carries; whoever shares the connector has to send it."""
        self.proxy = prepare("GET", proxy).origin if proxy else None
        """Where requests go instead; None: straight to their origin, whatever the environment says."""
        self._trust = trust or Trust()
        self._context: gevent_ssl.SSLContext | None = None
        self._most_bytes = most_bytes
        self._resolver = resolver

    def connect(self, origin: Origin, deadline: float) -> Connection:
        """An open connection, at most until `deadline` on `time.perf_counter`.

        Raises:
            HttpError: there is none to be had in time; the message says what stood in the way.
        """
        tls = origin.scheme == "https"
        timeout = gevent.Timeout(max(0.0, deadline - time.perf_counter()))
        sock = None
        try:
            with timeout:
                sock = self._reach(self.proxy or origin)
                if self.proxy and tls:
                    sock = self._tunnel(sock, origin)
                if tls:
                    sock = self._shake_hands(sock, origin)
            return Connection(sock, self._most_bytes, tls)
        except gevent.Timeout as over:
            _close(sock)
            if over is not timeout:
                raise
            raise TimedOut(f"no connection to {origin.host}:{origin.port} in time") from over
        except BaseException:
            _close(sock)
            raise

    def _reach(self, where: Origin) -> socket.socket:
        failure: OSError | None = None
        for address in self._resolver.addresses(where.host, where.port):
            try:
                return _connected(address)
            except OSError as error:
                failure = error
        kind = NoSocketLeft if failure is not None and failure.errno in LACKING else ConnectFailed
        raise kind(f"{where.host}:{where.port}: {failure}") from failure

    def _tunnel(self, sock: socket.socket, origin: Origin) -> socket.socket:
        """RFC 9110, section 9.3.6: after a 2xx to CONNECT the proxy passes on whatever comes."""
        name = f"{origin.host}:{origin.port}"
        sock.sendall(f"CONNECT {name} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer and len(answer) < _LONGEST_HEAD:
            more = sock.recv(1)  # not a byte too many: what follows belongs to the handshake
            if not more:
                break
            answer += more
        status = answer.split(b" ", 2)[1:2]
        if not (status and status[0][:1] == b"2"):
            raise ConnectFailed(f"the proxy refuses the way to {name}: {answer[:80]!r}")
        return sock

    def _shake_hands(self, sock: socket.socket, origin: Origin) -> gevent_ssl.SSLSocket:
        if self._context is None:
            self._context = self._trust.context()
        try:
            return self._context.wrap_socket(sock, server_hostname=origin.host)
        except ssl.SSLError as error:
            raise TlsFailed(f"{origin.host}: {error}{_ADVICE if _untrusted(error) else ''}") from error
        except OSError as error:
            raise ConnectFailed(f"{origin.host}:{origin.port}: {error} in the TLS handshake") from error


_LONGEST_HEAD = 8192
_ADVICE = "; give the load its certificate authority (load.tls.caSecret)"


def _connected(address: Address) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if len(address) == 4 else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _untrusted(error: ssl.SSLError) -> bool:
    return isinstance(error, ssl.SSLCertVerificationError)


def _close(sock: socket.socket | None) -> None:
    if sock is not None:
        sock.close()


__all__ = ["Connector", "HttpError", "Trust"]
