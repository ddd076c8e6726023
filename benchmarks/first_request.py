"""How long from `kubectl apply` of a campaign until its target gets the first request?

Reference: from `kubectl apply` of a plain Job, with the same image, to the first line of its container.
"""

import statistics
import time
from typing import Any

from benchmarks.figure import Figure
from demo.kubectl import apply, run
from tests.e2e.campaigns import NAMESPACE, campaign, delete

ROUNDS = 5
_LISTENER = """
import http.server, time
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/": print(f"{self.path} {time.time()}\\n", end="", flush=True)
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("", 8080), Handler).serve_forever()
"""


def measure() -> list[Figure]:
    """Five rounds of each, in turn; the medians. The operator's own number of workers for two users is one."""
    _listen()
    plain, mine, two = [], [], []
    for number in range(ROUNDS):
        plain.append(_plain_job(f"bench-plain-{number}"))
        mine.append(_campaign(f"bench-first-{number}", workers=None))
        two.append(_campaign(f"bench-first-two-{number}", workers=2))
    _stop_listening("--wait=false")
    reference = statistics.median(plain)
    return [
        Figure(
            "apply → first request, beyond a plain Job's first line",
            statistics.median(mine) - reference,
            2.0,
            "s",
            f"plain Job {_span(plain)}, campaign {_span(mine)}, with two workers {_span(two)}",
        )
    ]


def _span(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} s ({min(values):.2f} to {max(values):.2f})"


def _pod_spec(script: str, **more: Any) -> dict[str, Any]:
    container = {
        "name": "only",
        "image": "stresscampaigns/load:dev",
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", script],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    return {
        "containers": [container],
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 1,
        **more,
    }


def _listen() -> None:
    _stop_listening("--wait=true")
    metadata = {"name": "bench-listener", "namespace": NAMESPACE, "labels": {"app": "bench-listener"}}
    apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": _pod_spec(_LISTENER)})
    spec = {"selector": {"app": "bench-listener"}, "ports": [{"port": 8080}]}
    apply({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec})
    run("kubectl", "-n", NAMESPACE, "wait", "pod/bench-listener", "--for=condition=Ready", "--timeout=60s")


def _stop_listening(wait: str) -> None:
    run("kubectl", "-n", NAMESPACE, "delete", "pod,service", "bench-listener", "--ignore-not-found", wait)


def _plain_job(name: str) -> float:
    run("kubectl", "-n", NAMESPACE, "delete", "job", name, "--ignore-not-found")
    template = {"spec": _pod_spec("import time; print(time.time())", restartPolicy="Never")}
    metadata = {"name": name, "namespace": NAMESPACE}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": template}}
    began = time.time()
    apply(job)
    run("kubectl", "-n", NAMESPACE, "wait", f"job/{name}", "--for=condition=Complete", "--timeout=60s")
    line = float(run("kubectl", "-n", NAMESPACE, "logs", f"job/{name}"))
    run("kubectl", "-n", NAMESPACE, "delete", "job", name, "--wait=false")
    return line - began


def _campaign(name: str, workers: int | None) -> float:
    path = f"/{name}-{time.time()}"
    load = {
        "stages": [{"name": "only", "users": 2, "duration": "3s"}],
        "scenarios": [{"name": "http", "parameters": {"path": path}}],
    }
    target = {
        "url": "http://bench-listener.staging:8080",
        "selector": {"matchLabels": {"app": "bench-listener"}},
    }
    manifest = campaign(name, load={**load, "workers": workers} if workers else load, target=target)
    run("kubectl", "-n", NAMESPACE, "delete", "stresscampaign", name, "--ignore-not-found")
    began = time.time()
    apply(manifest)
    _wait_until_finished(f"stressrun/{name}-g1")
    delete(name)
    return _first_request(path) - began


def _wait_until_finished(run_name: str) -> None:
    """By a watch: asking again and again would take CPU from what is measured."""
    wait = ("kubectl", "-n", NAMESPACE, "wait", run_name, "--timeout=120s")
    run(*wait, "--for=create")
    run(*wait, "--for=jsonpath={.status.phase}=Finished")


def _first_request(path: str) -> float:
    lines = run("kubectl", "-n", NAMESPACE, "logs", "bench-listener").splitlines()
    return min(float(line.split()[1]) for line in lines if line.startswith(path))
