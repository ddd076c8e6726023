"""A user's own program as a fault, in an image that is built from the fault image: judged from outside."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from cluster.our_images import into_node
from cluster.settings import NODE
from demo.kubectl import run
from tests.doc_examples import ROOT, blocks
from tests.e2e.campaigns import NAMESPACE, campaign, delete, finished, leftovers, start, status_of
from tests.e2e.node import database_reachable, kill, running
from tests.e2e.waiting import eventually

IMAGE = "stresscampaigns/own-fault:test"
DOCKERFILE = """
FROM stresscampaigns/fault:dev
COPY refuse.sh squat.sh /
WORKDIR /shadows
RUN echo 'raise SystemExit(9)' > signal.py
ENV PYTHONPATH=/shadows
ENTRYPOINT ["/squat.sh"]
"""
"""What a careless author sets is in nobody's way."""
CUSTOM = ROOT / "docs" / "faults" / "custom.md"
REFUSE = next(one for one in blocks(CUSTOM.read_text()) if one.startswith("#!")) + "\n"
"""The example that the docs give."""
SQUAT = """#!/bin/sh
unset PYTHONPATH
case $1 in
check)
  [ "$(id -u)" = 65532 ] || { echo "as user $(id -u)" >&2; exit 1; }
  [ ! -e /var/run/secrets/kubernetes.io ] || { echo "with a token" >&2; exit 1; }
  ! touch /tmp/file 2> /dev/null || { echo "with a root that can be written" >&2; exit 1; }
  grep -q 'CapEff:.0000000000000000' /proc/self/status || { echo "with capabilities" >&2; exit 1; }
  grep -q 'Seccomp:.2' /proc/self/status || { echo "without seccomp" >&2; exit 1; }
  echo 1 port taken > "$STRESS_NOTES" ;;
hold)
  (setsid sh -c 'trap "" TERM HUP; while :; do sleep 1; : own-runaway; done' > /dev/null 2>&1 &)
  exec python3 -I -m http.server $STRESS_PORT ;;
inject)
  until python3 -I -c "import socket; socket.create_connection(('127.0.0.1', $STRESS_PORT))"; do sleep 0.1; done ;;
evidence) cat "$STRESS_NOTES" ;;
*) exit 64 ;;
esac
"""
LOAD: dict[str, Any] = {
    "workers": 1,
    "stages": [{"name": "only", "users": 2, "duration": "40s"}],
    "scenarios": [{"name": "agent-workflow"}],
}
DATABASE = {"selector": {"matchLabels": {"app": "postgres"}}}
ERRORS = [{"name": "errors", "errorRate": {}, "max": "90%"}]


@pytest.fixture(scope="module", autouse=True)
def own_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """In the node, as if it had been pulled."""
    context = tmp_path_factory.mktemp("own-fault")
    for name, text in {"Dockerfile": DOCKERFILE, "refuse.sh": REFUSE, "squat.sh": SQUAT}.items():
        (context / name).write_text(text)
        (context / name).chmod(0o755)
    run("docker", "build", "-q", "-t", IMAGE, str(context))
    into_node(IMAGE)
    yield
    run("docker", "image", "rm", "-f", IMAGE)
    run("docker", "exec", NODE, "ctr", "-n", "k8s.io", "images", "rm", f"docker.io/{IMAGE}")


def _own(name: str, program: str, port: int, **changes: Any) -> dict[str, Any]:
    words = {"name": name, "type": "Custom", "at": "12s", "duration": "10s", "target": DATABASE}
    own = {"image": IMAGE, "command": [program], "parameters": {"PORT": port}}
    return {**words, **own, **changes}


def _started(name: str, *faults: dict[str, Any]) -> str:
    return start(campaign(name, load=LOAD, faults=list(faults), checks=ERRORS))


def _in_force(run_name: str) -> bool:
    events = [entry["event"] for entry in status_of(run_name).get("timeline") or []]
    return "FaultInjected" in events


@pytest.mark.long
def test_it_breaks_what_it_is_told_to_for_its_time_and_tells_what_it_did() -> None:
    name = _started("own-fault", _own("refuse", "/refuse.sh", 5432, capabilities=["NET_ADMIN"]))
    eventually(lambda: _in_force(name), 90, "the program has broken it")
    assert not database_reachable()
    eventually(database_reachable, 30, "the database can be reached again")
    status = finished(name)
    (pod,) = status["faults"][0]["pods"]
    assert (pod["outcome"], pod["unit"]) == ("Ended", "packets refused"), pod
    assert pod["harmed"] > 0
    assert status["verdict"] == "Passed", status["message"]
    assert leftovers(name) == []
    delete("own-fault")


def _database_serves(port: int) -> bool:
    """Does anything in the database's pod take connections there, as a pod of the service sees it?"""
    address = run("kubectl", "-n", NAMESPACE, "get", "pod", "postgres-0", "-o", "jsonpath={.status.podIP}")
    ask = (
        "import socket\n"
        f"try: socket.create_connection(('{address}', {port}), 2); print('open')\n"
        "except OSError: print('closed')"
    )
    return "open" in run("kubectl", "-n", NAMESPACE, "exec", "deploy/agents", "--", "python3", "-c", ask)


def test_the_kernel_ends_it_when_all_that_could_end_it_is_stopped() -> None:
    name = _started("own-stopped", _own("squat", "/squat.sh", 9999))
    eventually(lambda: _in_force(name), 90, "the program has broken it")
    kill("^/usr/local/bin/guard ", "STOP")
    kill("stresscampaigns.faults hold .*Custom", "STOP")
    assert _database_serves(9999)
    ends_at = status_of(name)["faults"][0]["endsAt"]
    last_seen = _last_seen("own-runaway", ends_at + 30)
    assert ends_at - 1 <= last_seen <= ends_at + 5
    assert not _database_serves(9999)
    status = finished(name)
    (pod,) = status["faults"][0]["pods"]
    assert (pod["outcome"], status["verdict"]) == ("Lost", "Inconclusive"), pod
    assert leftovers(name) == []
    delete("own-stopped")


def _last_seen(command_line: str, most: float) -> float:
    """The last look, by the clock, at which it still ran."""
    seen = looked = time.time()
    while running(command_line):
        seen = looked
        assert seen < most, f"{command_line} still runs"
        time.sleep(0.2)
        looked = time.time()
    return seen


@pytest.mark.long
def test_an_image_that_is_not_ours_or_not_there_is_told_and_leaves_nothing_behind() -> None:
    foreign = _own("foreign", "/own", 1, image="stresscampaigns/demo-monitoring:dev")
    absent = _own("absent", "/own", 1, image="registry.invalid/own:1")
    name = _started("own-missing", foreign, absent)
    status = finished(name)
    (not_ours,), (not_there,) = (fault["pods"] for fault in status["faults"])
    assert (not_ours["outcome"], not_there["outcome"]) == ("Lost", "Lost")
    assert "built FROM the operator's fault image" in not_ours["message"], not_ours
    assert "registry.invalid/own:1" in not_there["message"], not_there
    assert status["verdict"] == "Inconclusive"
    assert not running("stresscampaigns.faults hold .*Custom")
    assert leftovers(name) == []
    delete("own-missing")
