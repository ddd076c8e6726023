"""Who is left of a fault though neither a sidecar nor burn: a user's own program, a session in the database."""

import os
import subprocess
import time
from collections.abc import Iterator

import pytest

from stresscampaigns.api.fault_spec import Fault
from tests.torture.inside.processes import ours
from tests.torture.traces import traces
from tests.unit.torture.test_drawing import fault

OWN = fault("Custom", image="own:1", command=["/own"], parameters={"NAME": "stress_own_7"})
POOL = fault("DatabasePoolExhausted", port=5432, credentials={"secret": "postgres"})
TOLD = {"STRESS_NAME": "stress_own_7", "STRESS_NOTES": "/proc/1/fd/3"}


@pytest.fixture
def _started(request: pytest.FixtureRequest) -> Iterator[int]:
    """A process of this name, with this environment besides."""
    name, told = request.param
    ready = ["/bin/sh", "-c", "echo; exec sleep 60"] if name is None else None
    command = ready or ["bash", "-c", f"exec -a '{name}' bash -c 'echo; read'"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env={**os.environ, **told}, stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        process.stdout.readline()
        yield process.pid
        process.kill()


def found(pid: int, by: Fault) -> bool:
    """Seen, and told to be that fault's?"""
    words = traces(by, "stress-r-", 5.0)
    seen = [one for one in ours(time.time() + 1) if f" {pid} since " in one]
    return any(word in one for one in seen for word in words)


def session(client: str) -> str:
    return f"postgres: agents postgres {client} idle"


@pytest.mark.parametrize("_started", [(None, TOLD)], indirect=True)
def test_what_a_users_program_has_started_is_found_wherever_it_went(_started: int) -> None:
    assert found(_started, OWN)
    assert not found(_started, POOL)


@pytest.mark.parametrize("_started", [(None, {})], indirect=True)
def test_what_nobody_of_ours_has_started_is_not(_started: int) -> None:
    assert not found(_started, OWN)


@pytest.mark.parametrize(
    "_started", [(session("127.0.0.1(40312)"), {}), (session("::1(40312)"), {})], indirect=True
)
def test_a_session_from_the_databases_own_pod_is_a_faults(_started: int) -> None:
    assert found(_started, POOL)
    assert not found(_started, OWN)


@pytest.mark.parametrize(
    "_started", [(session("10.244.0.7(40312)"), {}), (session("[local]"), {})], indirect=True
)
def test_one_of_the_service_or_of_the_readiness_probe_is_not(_started: int) -> None:
    assert not found(_started, POOL)
