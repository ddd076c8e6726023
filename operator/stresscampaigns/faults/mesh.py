"""A service mesh's proxy in the pod: the kernel redirects to it what the pod asks others for, and it asks in its place.

A connection is seen twice then: as the pod's, and as the proxy's. Who hits both hits it twice; who redirects both sends
the proxy's own to itself again, for ever. So the proxy's are left alone.
"""

from collections.abc import Callable, Collection

from stresscampaigns.faults.protocol import CannotWork
from stresscampaigns.faults.sockets import listeners

OUTBOUND = (15001, 4140)
"""Where meshes' proxies take what their pods ask for: Istio, Kuma, Consul; Linkerd."""


def proxies(listening: Callable[[Collection[int]], set[int]] = listeners) -> tuple[int, ...]:
    """As whom they run; nobody where the pod is in no mesh, or the kernel does not tell."""
    try:
        return tuple(sorted(listening(OUTBOUND)))
    except CannotWork:
        return ()
