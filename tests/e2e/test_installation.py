"""The chart, as Helm itself sees it, and the operator that it installs."""

from demo.kubectl import CommandFailed, run
from tests.e2e.campaigns import NAMESPACE

ACCOUNT = "--as=system:serviceaccount:stresscampaigns:stresscampaigns"


def test_helm_test_passes() -> None:
    printed = run("helm", "test", "stresscampaigns", "-n", "stresscampaigns")
    assert "Phase:          Succeeded" in printed


def test_it_tells_its_own_metrics() -> None:
    ours = ("-n", "stresscampaigns", "-l", "app.kubernetes.io/name=stresscampaigns")
    pod = run("kubectl", "get", "pods", *ours, "-o", "name").split()[0].removeprefix("pod/")
    printed = run(
        "kubectl", "get", "--raw", f"/api/v1/namespaces/stresscampaigns/pods/{pod}:9090/proxy/metrics"
    )
    assert "stresscampaigns_leader 1.0" in printed
    assert 'stresscampaigns_reconcile_seconds_count{kind="StressRun"}' in printed


def test_its_power_ends_where_nobody_opted_in() -> None:
    assert _may("create", "jobs.batch", NAMESPACE)
    assert not _may("create", "jobs.batch", "kube-system")
    assert not _may("patch", "pods/ephemeralcontainers", "monitoring")
    for resource in ("secrets", "configmaps", "nodes"):
        assert not _may("get", resource, NAMESPACE)


def test_explain_knows_every_level() -> None:
    printed = run("kubectl", "explain", "stresscampaign.spec.load.stages.ramp")
    assert "Time in which the load goes in a straight line" in printed


def _may(verb: str, resource: str, namespace: str) -> bool:
    try:
        run("kubectl", "auth", "can-i", verb, resource, "-n", namespace, ACCOUNT)
    except CommandFailed:
        return False
    return True
