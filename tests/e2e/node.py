"""The kind node, entered from outside: what happens to processes when nobody asks them."""

from cluster.settings import NODE
from demo.kubectl import run


def kill(command_line: str) -> None:
    """SIGKILL every process in the node's pods whose command line holds these words."""
    run("docker", "exec", NODE, "pkill", "-KILL", "-f", command_line)


def stop(command_line: str) -> None:
    """SIGSTOP them."""
    run("docker", "exec", NODE, "pkill", "-STOP", "-f", command_line)


def running(command_line: str) -> bool:
    """Is there any process in the node's pods whose command line holds these words?"""
    found = run("docker", "exec", NODE, "sh", "-c", f"pgrep -f '{command_line}' || true").split()
    return len(found) > 1  # the shell itself is one


def fresh_operator() -> None:
    """A new operator pod: kubelet lets one that was often killed wait longer each time before it starts again."""
    where = ("-n", "stresscampaigns", "rollout")
    run("kubectl", *where, "restart", "deployment/stresscampaigns")
    run("kubectl", *where, "status", "deployment/stresscampaigns", "--timeout=120s")


def database_reachable() -> bool:
    """Does a pod of the service get an answer from the database? It has no workflow 0, and says so: 404."""
    ask = (
        "import urllib.request, urllib.error\n"
        "try: urllib.request.urlopen('http://127.0.0.1:8080/workflows/0', timeout=5)\n"
        "except urllib.error.HTTPError as error: print(error.code)"
    )
    return (
        run("kubectl", "-n", "staging", "exec", "deploy/agents", "--", "python3", "-c", ask).strip() == "404"
    )
