"""The second node of the cluster, and what is done to it: its kubelet ends, it stands still, it takes no pods."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cluster.settings import NODE, SECOND
from demo.deploy import OPERATOR
from demo.kubectl import get, run
from stresscampaigns.api.base import ROLE_LABEL
from stresscampaigns.api.load_events import parse_events
from tests.e2e.campaigns import NAMESPACE
from tests.e2e.node import fresh_operator
from tests.e2e.waiting import eventually
from tests.stress.single_pod import put_pod

ELSEWHERE = "elsewhere"
"""An external API's twin, on the second node: its name, and its label `app`."""
FILLER = "filler"
ROOM = 0.4
"""Cores that are left beside the filler: a coordinator and one worker request 0.35."""


@contextmanager
def without_kubelet() -> Iterator[None]:
    """Of the second node: killed, and not started again until the end."""
    run("docker", "exec", SECOND, "systemctl", "kill", "--signal=KILL", "kubelet")
    run("docker", "exec", SECOND, "systemctl", "stop", "kubelet")
    try:
        yield
    finally:
        run("docker", "exec", SECOND, "systemctl", "start", "kubelet")
        ready()


@contextmanager
def hanging_kubelet() -> Iterator[None]:
    """Of the second node: it accepts what is asked, and answers nobody."""
    run("docker", "exec", SECOND, "systemctl", "kill", "--signal=STOP", "kubelet")
    try:
        yield
    finally:
        run("docker", "exec", SECOND, "systemctl", "kill", "--signal=CONT", "kubelet")
        ready()


@contextmanager
def frozen() -> Iterator[None]:
    """The second node stands still, with all that is on it; to everybody else it has vanished."""
    run("docker", "pause", SECOND)
    try:
        yield
    finally:
        run("docker", "unpause", SECOND)
        ready()


@contextmanager
def cordoned(node: str) -> Iterator[None]:
    """No new pod comes to that node."""
    run("kubectl", "cordon", node)
    try:
        yield
    finally:
        run("kubectl", "uncordon", node)


def ready() -> None:
    """The second node takes pods."""

    def look() -> bool:
        body = get("node", SECOND) or {}
        conditions = {one["type"]: one["status"] for one in body["status"]["conditions"]}
        return conditions["Ready"] == "True" and not body["spec"].get("taints")

    eventually(look, 90, "the second node is ready")


@contextmanager
def filled() -> Iterator[None]:
    """The first node has room for a coordinator and one worker, and no more."""
    pods = (get("pods", "-A", f"--field-selector=spec.nodeName={NODE}") or {})["items"]
    there = [one for one in pods if one["status"]["phase"] not in ("Succeeded", "Failed")]
    taken = sum(_requested(container) for pod in there for container in pod["spec"]["containers"])
    room = _cores((get("node", NODE) or {})["status"]["allocatable"]["cpu"]) - taken
    _put(FILLER, NODE, ["sleep", "infinity"], f"{round((room - ROOM) * 1000)}m")
    try:
        yield
    finally:
        _take(FILLER)


def _requested(container: dict[str, Any]) -> float:
    return _cores((container.get("resources") or {}).get("requests", {}).get("cpu", "0"))


def _cores(written: str) -> float:
    return float(written.removesuffix("m")) / 1000 if written.endswith("m") else float(written)


def put_elsewhere() -> None:
    """A target on the second node; one that was there is replaced."""
    _take(ELSEWHERE)
    _put(ELSEWHERE, SECOND, ["python", "-m", "service.external"], "20m")


def _put(name: str, node: str, command: list[str], cpu: str) -> None:
    resources = {"requests": {"cpu": cpu, "memory": "48Mi"}}
    put_pod(name, command, {"resources": resources}, {"nodeSelector": {"kubernetes.io/hostname": node}})


def _take(name: str) -> None:
    """Also where its node does not answer."""
    how = ("--ignore-not-found", "--grace-period=0", "--force")
    run("kubectl", "-n", NAMESPACE, "delete", "pod", name, *how)


def nodes_of_load(run_name: str) -> dict[str, list[str]]:
    """Role of its pods → their nodes, those that have one."""
    found = get("-n", NAMESPACE, "pods", "-l", f"stresscampaigns.dev/run={run_name}") or {"items": []}
    nodes: dict[str, list[str]] = {}
    for pod in found["items"]:
        if node := pod["spec"].get("nodeName"):
            nodes.setdefault(pod["metadata"]["labels"][ROLE_LABEL], []).append(node)
    return {role: sorted(one) for role, one in nodes.items()}


def loss_told(run_name: str) -> float | None:
    """When a run's coordinator said that a worker is lost, epoch seconds."""
    selector = f"stresscampaigns.dev/run={run_name},{ROLE_LABEL}=coordinator"
    said = parse_events(run("kubectl", "-n", NAMESPACE, "logs", "--tail=-1", "-l", selector))
    return next((event.at for event in said if event.event == "worker-lost"), None)


def operators() -> list[tuple[str, str, int]]:
    """Those that are ready: pod, node, how often it was started again."""
    found = get("-n", OPERATOR, "pods") or {"items": []}
    return [
        (
            pod["metadata"]["name"],
            pod["spec"]["nodeName"],
            pod["status"]["containerStatuses"][0]["restartCount"],
        )
        for pod in found["items"]
        if "deletionTimestamp" not in pod["metadata"] and _is_ready(pod)
    ]


def _is_ready(pod: dict[str, Any]) -> bool:
    conditions = pod["status"].get("conditions") or []
    return any((one["type"], one["status"]) == ("Ready", "True") for one in conditions)


def move_operator() -> None:
    """To the second node."""
    with cordoned(NODE):
        fresh_operator()
