"""The kind node, entered from outside: what happens to processes when nobody asks them."""

from cluster.settings import NODE
from demo.kubectl import CommandFailed, run


def kill(command_line: str) -> None:
    """SIGKILL every process in the node's pods whose command line holds these words."""
    run("docker", "exec", NODE, "pkill", "-KILL", "-f", command_line)


def database_reachable() -> bool:
    """Does a pod of the service get an answer from the database? Workflow 0 is never there: 404 means yes."""
    try:
        run("kubectl", "get", "--raw", "/api/v1/namespaces/staging/services/agents:8080/proxy/workflows/0")
    except CommandFailed as error:
        return "NotFound" in str(error) or "could not find" in str(error)
    return True
