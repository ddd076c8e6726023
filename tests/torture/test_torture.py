"""A few rounds of `make torture`, which has many; and that its scanner and its probes see what is left."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from cluster.settings import NODE
from demo.kubectl import run
from stresscampaigns.api.base import ROLLBACK_ANNOTATION
from tests.e2e.campaigns import NAMESPACE
from tests.e2e.waiting import eventually
from tests.torture.campaigned import asked_for
from tests.torture.choice import FEW_ROUNDS, FEW_SEED, chosen
from tests.torture.drawing import SCRATCH
from tests.torture.inside.volumes import PATH
from tests.torture.lookout import Lookout
from tests.torture.rollouts import Rollouts
from tests.torture.rounds import torture
from tests.torture.targets import volume

PLANTED = "stress_planted"
DROP = "chain output { type filter hook output priority 0; tcp dport 5432 drop; }"
REDIRECT = "chain output { type nat hook output priority -101; tcp dport 8080 redirect to :9; }"
"""To where nobody answers, as a proxy's that has died."""
FILE = ("deploy/" + SCRATCH, "python3", "-c", f"open('{PATH}/left', 'w').write('x' * 5000)")
OWN = ("deploy/" + SCRATCH, "env", "STRESS_NOTES=/none", "STRESS_NAME=left", "sleep", "600")
SESSION = (
    "postgres-0",
    "sh",
    "-c",
    "PGPASSWORD=$POSTGRES_PASSWORD exec psql -h 127.0.0.1 -U agents postgres -c 'SELECT pg_sleep(600)'",
)
NO_SESSION = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'"


@pytest.fixture
def lookout() -> Iterator[Lookout]:
    with Lookout() as lookout:
        yield lookout


@pytest.fixture
def _rule(lookout: Lookout, request: pytest.FixtureRequest) -> Iterator[None]:
    """In a pod of the service; no deadline ends it."""
    service = run("docker", "exec", NODE, "pgrep", "-o", "-f", "python -m service$").strip()
    lookout.within(service, "nft", "-f", "-", stdin=f"table inet {PLANTED} {{\n{request.param}\n}}")
    yield
    lookout.within(service, "nft", "delete", "table", "inet", PLANTED)


@pytest.mark.usefixtures("_rule")
@pytest.mark.parametrize(
    ("_rule", "words"),
    [(DROP, "timed out"), (REDIRECT, "Connection refused")],
    indirect=["_rule"],
    ids=["dropped", "redirected"],
)
def test_what_is_left_in_a_pod_is_found_by_scanner_and_by_probe(lookout: Lookout, words: str) -> None:
    scanned, probed = (asyncio.run(lookout.ask(one)) for one in ("scan", "probe"))
    assert scanned["leaks"] == [f"table {PLANTED}: a rule at output matches always"]
    assert any(words in one for one in probed), probed


@pytest.fixture
def _remains() -> Iterator[None]:
    """A file on the volume, a user's own process, a session in the database."""
    command = ("kubectl", "-n", NAMESPACE, "exec")
    with volume(), ExitStack() as stack:
        run(*command, FILE[0], "--", *FILE[1:])
        for where, *what in (OWN, SESSION):
            process = stack.enter_context(
                subprocess.Popen([*command, where, "--", *what], stdout=subprocess.DEVNULL)
            )
            stack.callback(process.kill)
        yield
        run(
            *command,
            "postgres-0",
            "--",
            "psql",
            "-h",
            "/run/postgresql",
            "-U",
            "agents",
            "postgres",
            "-c",
            NO_SESSION,
        )


@pytest.mark.usefixtures("_remains")
def test_what_is_left_on_a_volume_in_a_container_or_in_the_database_is_found(lookout: Lookout) -> None:
    def look() -> list[str] | None:
        found: list[str] = asyncio.run(lookout.ask("scan"))["leaks"]
        return found if len(found) >= 3 else None

    on_volume, own, session = sorted(
        eventually(look, 30, "all of it is found"),
        key=lambda one: ("volume", "own", "session").index(one.split()[0]),
    )
    assert on_volume.endswith("files: left")
    assert "sleep 600 STRESS_NOTES=/none STRESS_NAME=left" in own
    assert "postgres: agents postgres 127.0.0.1(" in session


def test_what_is_left_of_a_bad_revision_is_found() -> None:
    rollouts, agents = Rollouts("agents"), ("-n", NAMESPACE, "deployment", "agents")
    assert asyncio.run(rollouts.left()) == []
    run("kubectl", "annotate", *agents, f"{ROLLBACK_ANNOTATION}=left")
    try:
        assert asyncio.run(rollouts.left()) == [f"Deployment agents has the annotation {ROLLBACK_ANNOTATION}"]
    finally:
        run("kubectl", "annotate", *agents, f"{ROLLBACK_ANNOTATION}-")


def test_whatever_a_round_asks_of_the_operator_is_taken_by_the_api_server() -> None:
    rounds = [one for one in (chosen(1, number) for number in range(1, 401)) if one.by_operator]
    asked = {"apiVersion": "v1", "kind": "List", "items": [asked_for(one) for one in rounds]}
    said = run("kubectl", "apply", "--dry-run=server", "-f", "-", stdin=json.dumps(asked))
    assert said.count("(server dry run)") == len(rounds)


def test_no_fault_outlives_its_deadline_whoever_is_killed() -> None:
    summary = asyncio.run(torture(FEW_ROUNDS, FEW_SEED, print))
    assert summary.kept, summary.text()
