"""Does an image registry answer? Asked once a process, and not for long: a no comes at once or not at all."""

from functools import cache

from cluster import docker
from cluster.progress import output
from cluster.settings import PUBLISHED_BASE

_PATIENCE_SECONDS = 20


@cache
def reachable() -> bool:
    """Can the base image's manifest be had? Where no daemon answers yet, nobody can be asked."""
    return (
        docker.answers()
        and output(["docker", "manifest", "inspect", PUBLISHED_BASE], _PATIENCE_SECONDS) is not None
    )
