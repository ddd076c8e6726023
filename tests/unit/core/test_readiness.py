"""Before the start: what is missing, in words that say what to do."""

from typing import Any

import pytest

from stresscampaigns.core import readiness, runs
from stresscampaigns.core.actions import CreateLoad
from stresscampaigns.core.observation import Pod, Probe
from stresscampaigns.core.progress import Decision
from tests.unit.core.builders import T0, ready_pod, run, seen, under_load

PREPARING = under_load(phase="Preparing", phase_time=T0, load=None)
CLOSED = Probe(False, "NamespaceNotAllowed", "namespace staging has not opted in")
SILENT = Probe(False, "PrometheusUnavailable", "it does not answer")
FAR = Probe(False, "TargetUnreachable", "nothing answers at http://agents:8080")


def decide(after: float, **surroundings: Any) -> Decision:
    return runs.decide(run(PREPARING), seen(T0 + after, **surroundings))


def test_when_all_is_ready_the_load_is_created() -> None:
    decision = decide(1)
    assert decision.actions == (CreateLoad(),)
    assert decision.status.phase == "Running"


@pytest.mark.parametrize(
    ("surroundings", "reason", "words"),
    [
        ({"namespace": CLOSED}, "NamespaceNotAllowed", "has not opted in"),
        ({"prometheus": SILENT}, "PrometheusUnavailable", "does not answer"),
        ({"target_url": FAR}, "TargetUnreachable", "http://agents:8080"),
        (
            {"target_pods": ()},
            "TargetNotFound",
            "spec.target.selector: selector app=agents in namespace staging",
        ),
        ({"target_pods": (Pod("agents-0", "u"),)}, "TargetNotReady", "kubectl describe pod -l app=agents"),
        ({"fault_pods": {}}, "FaultTargetNotFound", "spec.faults[cut].target: app=postgres"),
        ({"fault_pods": {"cut": (Pod("postgres-0", "u"),)}}, "FaultTargetNotFound", "matches no ready pod"),
    ],
)
class TestWhatIsMissing:
    def test_is_waited_for_and_named(self, surroundings: dict[str, Any], reason: str, words: str) -> None:
        decision = decide(119.9, **surroundings)
        phase = "Pending" if "namespace" in surroundings else "Preparing"
        assert (decision.status.phase, decision.status.verdict, decision.actions) == (phase, None, ())
        assert words in (decision.status.message or "")
        assert [(said.kind, said.reason) for said in decision.said] == [("Warning", reason)]

    def test_ends_the_run_without_an_answer_when_the_start_timeout_is_over(
        self, surroundings: dict[str, Any], reason: str, words: str
    ) -> None:
        decision = decide(120, **surroundings)
        assert (decision.status.verdict, decision.actions) == ("Inconclusive", ())
        assert (decision.status.message or "").startswith(f"{reason}: ")
        assert words in (decision.status.message or "")


def test_what_must_be_mended_first_is_named_first() -> None:
    missing = readiness.problem(run(), seen(T0, namespace=CLOSED, target_pods=(), prometheus=SILENT))
    assert missing == CLOSED


def test_one_ready_pod_of_the_target_is_enough() -> None:
    pods = (Pod("agents-0", "u"), ready_pod("agents-1"))
    assert readiness.problem(run(), seen(T0, target_pods=pods)) is None


def test_a_fault_without_a_target_of_its_own_names_the_campaigns() -> None:
    fault = {"name": "cut", "type": "NetworkPartition", "at": "1s", "duration": "1s", "port": 80}
    missing = readiness.problem(run(faults=[fault]), seen(T0, fault_pods={}))
    assert missing is not None
    assert "app=agents" in missing.message


def test_without_faults_nobody_looks_for_their_targets() -> None:
    assert readiness.problem(run(faults=None), seen(T0, fault_pods={})) is None
