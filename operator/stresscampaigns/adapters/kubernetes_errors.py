"""What can go wrong at the API server, as few kinds as callers tell apart.

ClusterError
├── NotFound        the object is not there (404)
├── AlreadyThere    it is there already, or has changed meanwhile (409)
├── NotAllowed      we lack the right (401, 403)
├── Refused         the object is wrong (400, 422), or too large (413)
└── Unavailable     the API server is away, overloaded or slow, or had no time for a quota (409): try again
"""

from stresscampaigns.runtime.ports import Away


class ClusterError(Exception):
    """Any answer of the API server other than success; the message is its own."""


class NotFound(ClusterError):
    """The object is not there."""


class AlreadyThere(ClusterError):
    """The object is there already, or has changed since it was read."""


class NotAllowed(ClusterError):
    """Our service account lacks the right."""


class Refused(ClusterError):
    """The API server finds the object wrong."""


class Unavailable(ClusterError, Away):
    """The API server is away, overloaded, or did not answer in time."""


_BY_STATUS: dict[int, type[ClusterError]] = {
    400: Refused,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: AlreadyThere,
    410: NotFound,
    413: Refused,
    422: Refused,
}

_ETCD_SAYS = "etcdserver: request is too large"
"""The API server passes that on as its own error, 500."""


def error_for(status: int, message: str) -> ClusterError:
    """The error for an HTTP status; what is not named is worth another try."""
    if _ETCD_SAYS in message:
        return Refused(f"{message} (HTTP {status})")
    return _BY_STATUS.get(status, Unavailable)(f"{message} (HTTP {status})")
