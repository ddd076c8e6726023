"""A second node for the cluster, as long as somebody needs one: kind itself adds none to a cluster that is there.

Its pods have addresses of a range of their own, which each node knows the way to. A packet between two nodes keeps its
sender's address: the bridge of the node image that is built here would take the node's, which a fault's `peers` is not.
"""

import time

from cluster import our_images
from cluster.kind import PODS, close_the_way_out
from cluster.progress import StepFailed, output, run, say
from cluster.settings import BIN, CLUSTER, KUBECONFIG, NODE, SECOND

_PATIENCE = 120
_NETWORK = "/etc/cni/net.d/10-bridge.conflist"
_LAID_ASIDE = "/etc/cni/10-bridge.conflist"
"""It names the first node's range and would be in force at once."""
_TRY_AGAIN = "systemctl reset-failed node-dns; systemctl start node-dns"
"""Nodes made of an image without a pause between its attempts: all of them were over before it had its addresses."""
_FIRST_RANGE = "10.244.0.0/24"
_BETWEEN_PODS = ("-s", PODS, "-d", PODS, "-o", "eth0", "-j", "ACCEPT")
_KUBECTL = (str(BIN / "kubectl"), f"--kubeconfig={KUBECONFIG}")


def join(*images: str) -> None:
    """A second node that is ready, with these images of Docker's in it; what is left of an older one goes first.

    Raises:
        StepFailed: it could not be had; what there is of it goes with `leave`.
    """
    leave()
    _start()
    told = output(["docker", "exec", NODE, "kubeadm", "token", "create", "--ttl=10m", "--print-join-command"])
    if not told:
        raise StepFailed("the cluster gives no token for a second node")
    join_as_told = ["docker", "exec", SECOND, *told.split(), "--skip-phases=preflight"]
    run("joining a second node", join_as_told)
    _connect()
    our_images.into_node(*images, node=SECOND)
    ready = ["wait", "--for=condition=Ready", f"node/{SECOND}", f"--timeout={_PATIENCE}s"]
    run("waiting for the second node", [*_KUBECTL, *ready])


def leave() -> None:
    """No second node any more, neither its pods, nor the way to them. Where there is none, nothing is done.

    Raises:
        StepFailed: its container is still there.
    """
    there = output(["docker", "inspect", SECOND]) is not None
    if there:
        say("taking the second node away")
        output(["docker", "unpause", SECOND])
        output(["docker", "rm", "-f", "-v", SECOND])
        if output(["docker", "inspect", SECOND]) is not None:
            raise StepFailed(f"container {SECOND} is still there: `docker rm -f {SECOND}`")
    if there or output([*_KUBECTL, "get", "node", SECOND]) is not None:
        output([*_KUBECTL, "delete", "node", SECOND, "--timeout=30s"])
        its_pods = ["delete", "pods", "-A", f"--field-selector=spec.nodeName={SECOND}"]
        output([*_KUBECTL, *its_pods, "--force", "--grace-period=0", "--timeout=30s"])
        output([*_KUBECTL, "uncordon", NODE])
        _forget_the_way()


def _start() -> None:
    """As kind starts a node."""
    image = output(["docker", "inspect", "--format", "{{.Config.Image}}", NODE])
    if not image:
        raise StepFailed(f"there is no container {NODE}: `make up`")
    labels = [f"io.x-k8s.kind.cluster={CLUSTER}", "io.x-k8s.kind.role=worker"]
    command = ["docker", "run", "-d", "--name", SECOND, "--hostname", SECOND, "--network", "kind"]
    command += ["--privileged", "--cgroupns=private", "--tmpfs", "/tmp", "--tmpfs", "/run"]  # noqa: S108
    command += ["--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"]
    command += ["--volume", "/var", "--volume", "/lib/modules:/lib/modules:ro"]
    command += [word for label in labels for word in ("--label", label)]
    run("starting a second node", [*command, image])
    _until_it_works("test", "-S", "/run/containerd/containerd.sock")
    _until_it_works("sh", "-c", f"getent hosts {NODE} || {{ {_TRY_AGAIN}; false; }}")
    lay_aside = f"[ ! -e {_NETWORK} ] || mv {_NETWORK} {_LAID_ASIDE}"
    run("laying the first node's network aside", ["docker", "exec", SECOND, "sh", "-c", lay_aside])


def _until_it_works(*command: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while output(["docker", "exec", SECOND, *command]) is None:
        if time.monotonic() > deadline:
            raise StepFailed(f"the second node does not come up: {' '.join(command)} fails")
        time.sleep(0.3)


def _connect() -> None:
    """Pods of both nodes reach one another, and nothing else."""
    if output(["docker", "exec", SECOND, "test", "-e", _LAID_ASIDE]) is None:
        return  # a node image with a network of its own, which needs no help
    first, second = _address(NODE), _address(SECOND)
    its_range = _range()
    network = f"sed 's#{_FIRST_RANGE}#{its_range}#' {_LAID_ASIDE} > {_NETWORK}"
    run("giving the second node its network", ["docker", "exec", SECOND, "sh", "-c", network])
    for node, to, by in ((NODE, its_range, second), (SECOND, _FIRST_RANGE, first)):
        run(f"showing {node} the way", ["docker", "exec", node, "ip", "route", "replace", to, "via", by])
        keep = ["docker", "exec", node, "iptables", "-w", "-t", "nat", "-I", "POSTROUTING", *_BETWEEN_PODS]
        run(f"keeping senders' addresses on {node}", keep)
    close_the_way_out(SECOND, but=first)


def _forget_the_way() -> None:
    """On the first node."""
    ways = output(["docker", "exec", NODE, "ip", "-4", "route", "show", "root", PODS]) or ""
    for way in (line.split()[0] for line in ways.splitlines() if " via " in line):
        output(["docker", "exec", NODE, "ip", "route", "del", way])
    output(["docker", "exec", NODE, "iptables", "-w", "-t", "nat", "-D", "POSTROUTING", *_BETWEEN_PODS])


def _address(node: str) -> str:
    found = output(["docker", "inspect", "--format", "{{.NetworkSettings.Networks.kind.IPAddress}}", node])
    if not found:
        raise StepFailed(f"container {node} has no address")
    return found


def _range() -> str:
    """Of its pods, as the cluster gives it out."""
    asked = [*_KUBECTL, "get", "node", SECOND, "-o", "jsonpath={.spec.podCIDR}"]
    deadline = time.monotonic() + _PATIENCE
    while not (found := output(asked)):
        if time.monotonic() > deadline:
            raise StepFailed("the second node has got no addresses for its pods")
        time.sleep(0.3)
    return found
