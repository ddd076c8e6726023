"""What can go wrong with a request. The class's name is the kind under which a failure is counted.

HttpError
├── NameNotResolved      the host has no address
├── ConnectFailed        refused, unreachable, reset while connecting
├── NoSocketLeft         this pod itself has no port, no file descriptor or no memory for a connection
├── TlsFailed            the handshake failed, or the certificate is not to be trusted
├── TimedOut             not all done within the request's time
├── ConnectionLost       closed or reset before the answer was whole
├── BadResponse          what came is no HTTP, or a redirect to nowhere
├── TooLarge             body or headers are longer than allowed, or do not end
└── TooManyRedirects     a loop, or a chain that is too long
"""

import errno

LACKING = frozenset({errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""System errors that say that this side has none left: the target has no part in them."""


class HttpError(Exception):
    """The request got no whole answer; the message says why."""


class NameNotResolved(HttpError):
    """The host has no address."""


class ConnectFailed(HttpError):
    """Refused, unreachable, or reset while connecting."""


class NoSocketLeft(HttpError):
    """This pod itself has no port, no file descriptor or no memory for a connection."""


class TlsFailed(HttpError):
    """The handshake failed, or the certificate is not to be trusted."""


class TimedOut(HttpError):
    """Not all was done within the request's time."""


class ConnectionLost(HttpError):
    """Closed or reset before the answer was whole."""

    untouched = False
    """No byte of an answer had come: the server may have closed the kept connection before it saw the request."""


class BadResponse(HttpError):
    """What came is no HTTP, or a redirect to what is no URL."""


class TooLarge(HttpError):
    """The body is longer than allowed, or does not end."""


class TooManyRedirects(HttpError):
    """A loop of redirects, or a chain that is too long."""
