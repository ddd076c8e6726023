"""Installs the operator and the staging system, sound or with its defect."""

import secrets
from collections.abc import Callable

from demo.kubectl import apply, get, run

OPERATOR, STAGING, MONITORING = "stresscampaigns", "staging", "monitoring"
Say = Callable[[str], None]


def deploy(say: Say, broken: bool = False) -> None:
    """Everything ready; safe to repeat."""
    for namespace in (OPERATOR, STAGING):
        _namespace(namespace)
    _password()
    say(f"deploying the staging system{' with its defect: a pool of one connection' if broken else ''}")
    run("kubectl", "apply", "-k", f"demo/manifests/{'broken' if broken else 'base'}")
    say("installing the operator with Helm")
    install_operator()
    _restart_where_images_changed()
    for namespace, kind, name in _PARTS:
        say(f"waiting for {name}")
        run("kubectl", "-n", namespace, "rollout", "status", f"{kind}/{name}", "--timeout=180s")


_PARTS = (
    (STAGING, "statefulset", "postgres"),
    (STAGING, "deployment", "external-api"),
    (STAGING, "deployment", "agents"),
    (MONITORING, "deployment", "prometheus"),
    (MONITORING, "deployment", "alertmanager"),
    (OPERATOR, "deployment", "stresscampaigns"),
)


def install_operator(*more: str) -> None:
    """The chart, with power over the staging namespace."""
    values = ["--set", f"namespaces={{{STAGING}}}", *more]
    run("helm", "upgrade", "--install", OPERATOR, "charts/stresscampaigns", "-n", OPERATOR, *values)


def _namespace(name: str) -> None:
    if get("namespace", name) is None:
        apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def _password() -> None:
    """Made here, known to the cluster alone."""
    if get("-n", STAGING, "secret", "postgres") is None:
        metadata = {"name": "postgres", "namespace": STAGING}
        data = {"password": secrets.token_urlsafe(24).replace("-", "x")}
        apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data})


def _restart_where_images_changed() -> None:
    """An image that was built anew keeps its tag: a pod that runs an older one is replaced."""
    for namespace, kind, name in _PARTS:
        selector = f"app={name}" if namespace != OPERATOR else f"app.kubernetes.io/name={OPERATOR}"
        pods = (get("-n", namespace, "pods", "-l", selector) or {}).get("items", [])
        statuses = [one for pod in pods for one in pod["status"].get("containerStatuses") or []]
        if any(_stale(one) for one in statuses):
            run("kubectl", "-n", namespace, "rollout", "restart", f"{kind}/{name}")


def _stale(status: dict[str, str]) -> bool:
    running = status.get("imageID", "").rsplit("@", 1)[-1]
    tag = status["image"].split("docker.io/", 1)[-1]
    return bool(running) and running != run("docker", "image", "inspect", "--format", "{{.Id}}", tag).strip()
