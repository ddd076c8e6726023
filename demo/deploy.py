"""Installs the operator and the staging system, sound or with its defect."""

import json
import secrets
from collections.abc import Callable, Iterable
from typing import Any

from demo.kubectl import apply, get, run

OPERATOR, STAGING, MONITORING = "stresscampaigns", "staging", "monitoring"
DATABASE_USER = "agents"
Say = Callable[[str], None]


def deploy(say: Say, broken: bool = False, defect: str | None = None) -> None:
    """Everything ready; safe to repeat. A defect is the name of an overlay in demo/manifests; `broken` is one, too."""
    variant = defect or ("broken" if broken else "base")
    for namespace in (OPERATOR, STAGING):
        _namespace(namespace)
    _login()
    say(f"deploying the staging system{_WORDS.get(variant, f' with a defect: {variant}')}")
    run("kubectl", "apply", "-k", f"demo/manifests/{variant}")
    say("installing the operator with Helm")
    install_operator()
    _restart_where_images_changed()
    for namespace, kind, name in _PARTS:
        say(f"waiting for {name}")
        run("kubectl", "-n", namespace, "rollout", "status", f"{kind}/{name}", "--timeout=180s")


_WORDS = {"base": "", "broken": " with its defect: a pool of one connection"}
_PARTS = (
    (STAGING, "statefulset", "postgres"),
    (STAGING, "deployment", "external-api"),
    (STAGING, "deployment", "agents"),
    (MONITORING, "deployment", "prometheus"),
    (MONITORING, "deployment", "alertmanager"),
    (OPERATOR, "deployment", "stresscampaigns"),
)


def install_operator(*more: str) -> None:
    """The chart, with power over the staging namespace and its Deployments."""
    values = ["--set", f"namespaces={{{STAGING}}}", "--set", f"rollouts={{{STAGING}}}", *more]
    run("helm", "upgrade", "--install", OPERATOR, "charts/stresscampaigns", "-n", OPERATOR, *values)


def _namespace(name: str) -> None:
    if get("namespace", name) is None:
        apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})


def _login() -> None:
    """The database's: its password is made here, known to the cluster alone; faults log in with it, too."""
    found = get("-n", STAGING, "secret", "postgres")
    if found is None:
        metadata = {"name": "postgres", "namespace": STAGING}
        data = {"username": DATABASE_USER, "password": secrets.token_urlsafe(24).replace("-", "x")}
        apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": data})
    elif "username" not in found["data"]:  # made by an older version
        patch = json.dumps({"stringData": {"username": DATABASE_USER}})
        run("kubectl", "-n", STAGING, "patch", "secret", "postgres", "-p", patch)


def _restart_where_images_changed() -> None:
    """An image that was built anew keeps its tag: its ID in the pods' template makes Kubernetes replace them."""
    for namespace, kind, name in _PARTS:
        found = get("-n", namespace, f"{kind}/{name}") or {}
        containers = found["spec"]["template"]["spec"]["containers"]
        tags = sorted({container["image"] for container in containers})
        run(
            "kubectl",
            "-n",
            namespace,
            "patch",
            f"{kind}/{name}",
            "-p",
            json.dumps(_template(map(_image_id, tags))),
        )


def _template(image_ids: Iterable[str]) -> dict[str, Any]:
    annotations = {"stresscampaigns.dev/images": " ".join(image_ids)}
    return {"spec": {"template": {"metadata": {"annotations": annotations}}}}


def _image_id(tag: str) -> str:
    return run("docker", "image", "inspect", "--format", "{{.Id}}", tag).strip()
