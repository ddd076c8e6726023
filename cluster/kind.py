"""The cluster itself: created, reused, healed after a restart, rebuilt where healing fails."""

import os
import time
from pathlib import Path

from cluster.progress import StepFailed, output, run, say
from cluster.settings import BIN, CLUSTER, KUBECONFIG, NODE, ROOT

_HEAL_SECONDS = 120
PODS = "10.244.0.0/16"
"""kind's own default for the addresses of pods."""
API_PORT = "6443"
_ENVIRONMENT = {**os.environ, "KUBECONFIG": str(KUBECONFIG)}


def ensure(node_image: str) -> None:
    """A cluster whose API answers and whose node is ready."""
    state = output(["docker", "inspect", "--format", "{{.State.Status}}", NODE])
    if state is None:
        _create(node_image)
    elif not _healthy():
        _heal(state, node_image)
    close_the_way_out(NODE)


def close_the_way_out(node: str, but: str | None = None) -> None:
    """Pods reach each other and nothing else: a load that is aimed wrong, by a typo for instance, harms nobody.

    Even the address of a Service leaves the node where no Service has that port. The rule is gone with the node's
    network, at every restart; so it is looked after here.

    Args:
        but: where the API server is, if not on this node.
    """
    refused = ["-s", PODS, "!", "-d", PODS, "-o", "eth0", "-j", "REJECT"]
    asks = ["-s", PODS, "-d", f"{but}", "-p", "tcp", "--dport", API_PORT, "-j", "ACCEPT"]
    for rule in (refused, asks) if but else (refused,):
        iptables = ["docker", "exec", node, "iptables", "-w"]
        if output([*iptables, "-C", "FORWARD", *rule]) is None:
            run("closing the pods' way out of the cluster", [*iptables, "-I", "FORWARD", *rule])


def _healthy() -> bool:
    """Ready, and seen so lately: after a restart the node's old state stands until the kubelet speaks."""
    ready = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
    return (
        output([BIN / "kubectl", f"--kubeconfig={KUBECONFIG}", "get", "node", NODE, "-o", ready], 10)
        == "True"
    )


def _create(node_image: str) -> None:
    KUBECONFIG.parent.mkdir(parents=True, exist_ok=True)
    command: list[str | Path] = [BIN / "kind", "create", "cluster", "--name", CLUSTER, "--image", node_image]
    command += ["--config", ROOT / "kind-config.yaml", "--kubeconfig", KUBECONFIG, "--wait", "180s"]
    run("creating the kind cluster", command, _ENVIRONMENT)


def _heal(state: str, node_image: str) -> None:
    say(f"the cluster's node is {state} and its API does not answer: healing")
    if state != "running":
        output(["docker", "start", NODE])
    output([BIN / "kind", "export", "kubeconfig", "--name", CLUSTER, "--kubeconfig", KUBECONFIG])
    deadline = time.monotonic() + _HEAL_SECONDS
    while not _healthy():
        if time.monotonic() > deadline:
            say("it does not come back: building a new one")
            delete()
            _create(node_image)
            return
        time.sleep(1)
    say("healed")


def delete() -> None:
    """No cluster any more."""
    if output(["docker", "inspect", NODE]) is None:
        return
    run("deleting the cluster", [BIN / "kind", "delete", "cluster", "--name", CLUSTER], _ENVIRONMENT)
    if output(["docker", "inspect", NODE]) is not None:
        raise StepFailed(f"container {NODE} is still there: `docker rm -f {NODE}`")
