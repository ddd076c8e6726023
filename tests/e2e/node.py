"""The kind node, entered from outside: what happens to processes when nobody asks them."""

import asyncio

from cluster.settings import NODE
from demo.kubectl import CommandFailed, run
from tests.torture.lookout import Lookout

_NO_MATCH = 1
_GONE = "No such process"
"""What pkill says of one that ended between its look and its signal."""


class NobodyThere(Exception):
    """No process has these words in its command line."""


def kill(command_line: str, signal: str = "KILL") -> None:
    """SIGKILL, or another signal, to every process in the node's pods whose command line holds these words.

    Raises:
        NobodyThere: there is none.
        CommandFailed: the node could not be entered, or pkill failed.
    """
    try:
        run("docker", "exec", NODE, "pkill", f"-{signal}", "-f", command_line)
    except CommandFailed as error:
        # Docker's own failures, too, have the number 1, but not without a word.
        if error.code == _NO_MATCH and (not error.said or _GONE in error.said):
            raise NobodyThere(command_line) from error
        raise


def running(command_line: str) -> bool:
    """Is there any?"""
    try:
        kill(command_line, "0")
    except NobodyThere:
        return False
    return True


def left_on_node() -> list[str]:
    """What of any fault still works in a pod of the node, or in a network namespace: nothing, once all are over."""
    with Lookout() as lookout:
        leaks: list[str] = asyncio.run(lookout.ask("scan"))["leaks"]
    return leaks


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
