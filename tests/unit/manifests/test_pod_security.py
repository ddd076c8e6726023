"""How little our pods may do."""

from dataclasses import replace
from typing import Any

import pytest

from stresscampaigns.manifests.load import Sources
from tests.unit.manifests.examples import (
    EVERY_SOURCE,
    EXHAUSTED,
    INTO,
    OWN_LOGIN,
    custom,
    fault,
    load,
    pod_specs,
    pressure,
    sidecar_of,
)

CONTAINERS = [
    container for sources in EVERY_SOURCE for spec in pod_specs(sources) for container in spec["containers"]
]
WITHIN = sidecar_of(pressure(amount="80%"), into=INTO)
CLIENT = sidecar_of(EXHAUSTED)
OWN, OWN_IN_NETWORK = sidecar_of(custom()), sidecar_of(custom(name="net", capabilities=["NET_ADMIN"]))
EVERY = [
    pytest.param(one, id=one["name"])
    for one in [*CONTAINERS, sidecar_of(fault()), WITHIN, CLIENT, OWN, OWN_IN_NETWORK]
]


@pytest.mark.parametrize("container", EVERY)
def test_no_container_may_write_its_image_or_gain_rights(container: dict[str, Any]) -> None:
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"] is True
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"]["drop"] == ["ALL"]
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not security.get("privileged")


@pytest.mark.parametrize(
    "container", [pytest.param(one, id=one["name"]) for one in [*CONTAINERS, CLIENT, OWN]]
)
def test_the_load_a_client_of_a_server_and_a_users_own_program_run_as_nobody_and_without_any_capability(
    container: dict[str, Any],
) -> None:
    security = container["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] > 0
    assert security["runAsGroup"] > 0
    assert "add" not in security["capabilities"]


@pytest.mark.parametrize("container", [pytest.param(one, id=one["name"]) for one in CONTAINERS])
def test_the_load_has_its_share_of_the_node_and_no_more(container: dict[str, Any]) -> None:
    assert set(container["resources"]["limits"]) == {"cpu", "memory"}


def test_a_faults_sidecar_has_the_one_capability_that_it_needs() -> None:
    for one in (sidecar_of(fault()), OWN_IN_NETWORK):
        assert one["securityContext"]["capabilities"]["add"] == ["NET_ADMIN"]


def test_a_program_of_a_users_own_sees_nobodys_processes_and_nobodys_files() -> None:
    assert not {"targetContainerName", "volumeMounts", "env", "envFrom"} & set(OWN)


def test_a_sidecar_that_shares_a_containers_processes_is_its_user_and_has_no_capability() -> None:
    assert WITHIN["targetContainerName"] == "agents"
    security = WITHIN["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["runAsNonRoot"]) == (1000, 1000, True)
    assert "add" not in security["capabilities"]


def test_it_is_root_only_where_its_target_is_and_leaves_the_group_to_the_pod_where_that_is_not_told() -> None:
    root = sidecar_of(pressure(amount="80%"), into=replace(INTO, user=0, group=None))["securityContext"]
    assert (root["runAsUser"], root["runAsNonRoot"]) == (0, False)
    assert "runAsGroup" not in root


@pytest.mark.parametrize("sources", EVERY_SOURCE)
def test_no_load_pod_gets_a_token_or_the_hosts_anything(sources: Sources) -> None:
    for spec in pod_specs(sources):
        assert spec["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & set(spec)
        assert all(
            set(volume) & {"configMap", "secret", "projected", "emptyDir"} for volume in spec["volumes"]
        )
        projected = [one["projected"]["sources"] for one in spec["volumes"] if "projected" in one]
        assert all(set(source) <= {"configMap", "secret"} for found in projected for source in found)


@pytest.mark.parametrize("sources", EVERY_SOURCE)
def test_only_the_temporary_folder_can_be_written_to_and_only_by_a_locust_file_or_the_operator(
    sources: Sources,
) -> None:
    for spec, hears in zip(pod_specs(sources), (sources.answers, False), strict=True):
        (container,) = spec["containers"]
        writable = [mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")]
        assert writable == (["/tmp"] if sources.locustfile or hears else [])


def test_only_who_sends_requests_gets_what_they_carry_and_nobody_in_its_environment() -> None:
    coordinator, worker = pod_specs(OWN_LOGIN)
    assert (coordinator["volumes"], coordinator["containers"][0]["volumeMounts"]) == ([], [])
    assert [volume["name"] for volume in worker["volumes"]] == ["headers"]
    for spec in (coordinator, worker):
        assert "api-login" not in str(spec["containers"])


def test_every_object_goes_when_its_run_goes() -> None:
    for made in load().values():
        (owner,) = made["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["name"], owner["controller"]) == ("StressRun", "smoke-1", True)


def test_a_load_never_starts_again_nor_runs_for_ever() -> None:
    for made in load().values():
        if made["kind"] == "Job":
            assert made["spec"]["backoffLimit"] == 0
            assert 60 < made["spec"]["activeDeadlineSeconds"] < 600
            assert made["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_no_deadline_cuts_a_search_off() -> None:
    """Trials that last longest, and users of each that are there as late as they may be: 1 + 60 + 2 + 3 s."""
    words = {
        "lowest": 1,
        "highest": 100,
        "duration": 20,
        "confirm_duration": 60,
        "confirmations": 3,
        "settle": 1,
    }

    def deadline(most_trials: int) -> int:
        made = load(capacity=words | {"most_trials": most_trials})
        return int(made["Job/coordinator"]["spec"]["activeDeadlineSeconds"])

    assert deadline(50) - deadline(10) == 40 * (1 + 60 + 2 + 3)
