"""What is missing on this machine, in one line each, before anything is changed. Pure: facts in, problems out."""

from dataclasses import dataclass

from cluster.settings import DISK_GIB, DISK_GIB_WARM, MEMORY_GIB

CAP_SYS_RESOURCE = 24


@dataclass(frozen=True)
class Facts:
    """What this machine is like."""

    linux: bool
    root: bool
    debian: bool
    docker_answers: bool
    docker_denied: bool
    docker_spares: bool
    capabilities: int
    go: bool
    warm: bool
    """Every image is there already: nothing has to be compiled."""
    node_registry: bool
    disk_gib: float
    memory_gib: float
    ports_taken: tuple[int, ...] = ()


def problems(facts: Facts) -> list[str]:
    """Everything that is in the way, and what to do about each."""
    return [*_docker(facts), *_building(facts), *_room(facts)]


def _docker(facts: Facts) -> list[str]:
    if not facts.linux:
        return [] if facts.docker_answers else ["Docker does not answer: install and start Docker Desktop"]
    if facts.docker_denied:
        return ["no right to use Docker: add yourself to the group docker (`sudo usermod -aG docker $USER`)"]
    if not facts.docker_answers and not (facts.debian and facts.root):
        return ["Docker does not answer: install and start it (https://docs.docker.com/engine/install/)"]
    if facts.docker_answers and not facts.docker_spares and lacks_sys_resource(facts):
        return [
            "this host lacks CAP_SYS_RESOURCE and its Docker daemon needs it: stop it, so that one that can do "
            "without is started, or give it cluster/runc-lowcap as default runtime, by the name lowcap"
        ]
    return []


def _building(facts: Facts) -> list[str]:
    if facts.warm or facts.node_registry:
        return []
    found = []
    if not facts.go:
        found.append(
            "no image registry answers and Go is missing: install Go 1.26 or newer (https://go.dev/dl/)"
        )
    if not (facts.debian and facts.root):
        found.append("no image registry answers: building the images takes Debian or Ubuntu, and root")
    return found


def _room(facts: Facts) -> list[str]:
    needed = DISK_GIB_WARM if facts.warm else DISK_GIB
    found = []
    if facts.disk_gib < needed:
        found.append(f"only {facts.disk_gib:.0f} GiB of disk are free: make room for {needed} GiB")
    if facts.memory_gib < MEMORY_GIB:
        found.append(f"only {facts.memory_gib:.1f} GiB of memory are free: {MEMORY_GIB} GiB are needed")
    found += [f"port {port} is taken: stop what listens there" for port in facts.ports_taken]
    return found


def lacks_sys_resource(facts: Facts) -> bool:
    """Does the host withhold CAP_SYS_RESOURCE, without which runc cannot start privileged containers?"""
    return not facts.capabilities >> CAP_SYS_RESOURCE & 1
