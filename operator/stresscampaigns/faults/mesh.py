"""A service mesh's proxy in the pod: the kernel redirects to it what the pod asks others for, and it asks in its place.

A connection is seen twice then: as the pod's, and as the proxy's. Who hits both hits a share twice; who redirects both
sends the proxy's own to itself again, for ever.
"""

from collections.abc import Callable, Collection

from stresscampaigns.faults.sockets import listeners

OUTBOUND = (15001, 4140)
"""Where meshes' proxies take what their pods ask for: Istio, Kuma, Consul; Linkerd."""


def not_by_a_mesh(users: Callable[[Collection[int]], set[int]] = listeners) -> str:
    """nftables' words for packets that no mesh's proxy sends; empty where the pod has none.

    Raises:
        CannotWork: the kernel does not tell who is there.
    """
    found = sorted(users(OUTBOUND))
    return f"meta skuid != {{ {', '.join(map(str, found))} }}" if found else ""
