"""Pods as Kubernetes shows them, seen as decisions need them."""

from typing import Any

import pytest

from stresscampaigns.adapters.pods import newest_complaint, pod_view
from stresscampaigns.core.observation import Container

READY = {"type": "Ready", "status": "True"}


def pod(status: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    return {"metadata": {"name": "agents-1", "uid": "u-1", **metadata}, "status": status}


def waiting(reason: str, **more: str) -> dict[str, Any]:
    return {"containerStatuses": [{"state": {"waiting": {"reason": reason, **more}}}]}


def ended(phase: str, *codes: int) -> dict[str, Any]:
    states = [{"state": {"terminated": {"exitCode": code}}} for code in codes]
    return {"phase": phase, "containerStatuses": states}


def never_began(reason: str, message: str) -> dict[str, Any]:
    end = {"exitCode": 128, "reason": reason, "message": message}
    return {"phase": "Failed", "containerStatuses": [{"state": {"terminated": end}}]}


def last_words(phase: str, code: int, message: str) -> dict[str, Any]:
    end = {"exitCode": code, "reason": "Error", "message": message}
    return {"phase": phase, "containerStatuses": [{"state": {"terminated": end}}]}


def killed_for_memory(phase: str) -> dict[str, Any]:
    end = {"exitCode": 137, "reason": "OOMKilled"}
    return {"phase": phase, "containerStatuses": [{"state": {"terminated": end}}]}


def test_a_load_pod_tells_its_role_by_its_label_whatever_its_name() -> None:
    labelled = pod(
        {"phase": "Running"}, labels={"stresscampaigns.dev/role": "worker"}, name="x-coordinator-1"
    )
    assert pod_view(labelled).role == "worker"
    assert pod_view(pod()).role is None


def test_a_ready_pod_is_ready() -> None:
    view = pod_view(pod({"phase": "Running", "conditions": [READY]}))
    assert (view.name, view.uid, view.ready, view.ended, view.exit_code) == (
        "agents-1",
        "u-1",
        True,
        False,
        None,
    )


def test_a_pod_in_its_nodes_own_network_is_known_as_such() -> None:
    assert pod_view(pod() | {"spec": {"hostNetwork": True, "containers": []}}).host_network
    assert not pod_view(pod()).host_network


@pytest.mark.parametrize("shared", ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"])
def test_what_it_shares_with_its_node_or_among_its_containers_is_known(shared: str) -> None:
    assert pod_view(pod() | {"spec": {shared: True, "containers": []}}).shares == (shared,)
    assert pod_view(pod() | {"spec": {shared: False, "containers": []}}).shares == ()


def test_a_pod_that_no_controller_would_make_anew_is_bare() -> None:
    owned, named = (
        pod(ownerReferences=[{"kind": "ReplicaSet", **more}]) for more in ({"controller": True}, {})
    )
    assert [pod_view(one).bare for one in (owned, named, pod())] == [False, True, True]


@pytest.mark.parametrize("status", [None, {}, {"conditions": [{"type": "Ready", "status": "False"}]}])
def test_a_pod_that_does_not_say_it_is_ready_is_not(status: dict[str, Any] | None) -> None:
    view = pod_view(pod(status))
    assert not view.ready
    assert view.trouble is None


def test_a_pod_that_is_being_deleted_is_not_ready_whatever_it_says() -> None:
    assert not pod_view(pod({"conditions": [READY]}, deletionTimestamp="2026-01-01T00:00:00Z")).ready


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (ended("Succeeded", 0), 0),
        (ended("Failed", 3), 3),
        (ended("Failed", 0, 137), 137),
        (ended("Failed"), 255),
        (ended("Failed", 0), 255),
        ({"phase": "Failed", "reason": "Evicted"}, 255),
    ],
)
def test_a_failed_pod_never_ends_with_nought(status: dict[str, Any], code: int) -> None:
    view = pod_view(pod(status))
    assert (view.ended, view.exit_code) == (True, code)


def test_a_container_that_ended_in_a_pod_that_runs_has_no_exit_code_yet() -> None:
    assert pod_view(pod(ended("Running", 1))).exit_code is None


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (
            waiting("ImagePullBackOff", message="no such image"),
            "ImagePullBackOff: no such image",
        ),
        (waiting("CreateContainerConfigError"), "CreateContainerConfigError: see kubectl describe pod"),
        (waiting("ContainerCreating"), None),
        (waiting("PodInitializing"), None),
        (
            {"phase": "Failed", "reason": "Evicted", "message": "node is low on memory"},
            "Evicted: node is low on memory",
        ),
        (
            {
                "conditions": [
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "reason": "Unschedulable",
                        "message": "0/1 nodes",
                    }
                ]
            },
            "Unschedulable: 0/1 nodes",
        ),
        ({"conditions": [{"type": "PodScheduled", "status": "True"}]}, None),
        (
            never_began("StartError", "exec: no such file"),
            "StartError: exec: no such file",
        ),
        (ended("Failed", 3), None),
        (killed_for_memory("Failed"), "OOMKilled"),
        (killed_for_memory("Running"), None),
        (last_words("Failed", 3, "key token of Secret a is empty"), "key token of Secret a is empty"),
        (
            last_words("Failed", 1, 'Timeout!\n  File "stuck.py", line 9\n'),
            'Timeout! File "stuck.py", line 9',
        ),
        (last_words("Failed", 1, 3000 * "x" + " the end"), f"…{1992 * 'x'} the end"),
        (last_words("Succeeded", 0, "all is well"), None),
        (last_words("Running", 3, "not over yet"), None),
        (last_words("Failed", 0, "a mesh's proxy ended well"), None),
    ],
)
def test_why_a_pod_does_not_start_is_said_in_kubernetes_words(
    status: dict[str, Any], trouble: str | None
) -> None:
    assert pod_view(pod(status)).trouble == trouble


def event(uid: str, message: str, **moment: str | None) -> dict[str, Any]:
    created = {"creationTimestamp": "2026-01-01T00:00:00Z"}
    about = {"involvedObject": {"uid": uid}, "metadata": created}
    return {**about, "reason": "FailedCreate", "message": message, **moment}


def test_the_newest_complaint_about_our_own_objects_counts() -> None:
    events = [
        event("job", "exceeded quota", lastTimestamp="2026-01-01T00:00:05Z"),
        event("job", "old", lastTimestamp=None),
        event("another", "newer, but not ours", eventTime="2026-01-01T00:00:09Z"),
    ]
    assert newest_complaint(events, {"job"}) == "FailedCreate: exceeded quota"
    assert newest_complaint(events, {"nothing"}) is None


LIMITS = {"memory": "192Mi", "cpu": "500m"}
OOM = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "2027-01-15T08:00:30Z"}


def contained(limits: dict[str, str] | None, **status: Any) -> Container:
    asked = {"name": "agents", "resources": {"limits": limits} if limits else {}}
    body = pod({"containerStatuses": [{"name": "agents", **status}]}) | {"spec": {"containers": [asked]}}
    (container,) = pod_view(body).containers
    return container


def test_a_containers_limits_are_bytes_and_cores() -> None:
    assert contained(LIMITS) == Container("agents", memory_limit=192 * 2.0**20, cpu_limit=0.5)


def test_a_container_without_limits_has_none() -> None:
    assert contained(None) == Container("agents")


def test_a_container_tells_how_often_it_restarted_and_why_it_last_ended() -> None:
    told = contained(None, restartCount=2, state={"running": {}}, lastState={"terminated": OOM})
    assert (told.restarts, told.ended_reason, told.ended_at) == (2, "OOMKilled", 1_800_000_030.0)


def test_a_container_that_has_just_ended_tells_this_end_not_the_one_before() -> None:
    now = {"reason": "Error", "exitCode": 1, "finishedAt": "2027-01-15T08:01:00Z"}
    told = contained(None, state={"terminated": now}, lastState={"terminated": OOM})
    assert (told.ended_reason, told.ended_at) == ("Error", 1_800_000_060.0)


def test_a_container_that_kubernetes_says_nothing_of_yet_has_its_limits_all_the_same() -> None:
    body = {
        "metadata": {"name": "a", "uid": "u"},
        "spec": {"containers": [{"name": "x", "resources": {"limits": LIMITS}}]},
    }
    assert pod_view(body).containers[0].cpu_limit == 0.5


@pytest.mark.parametrize(
    ("of_pod", "of_container", "told", "ids"),
    [
        (None, None, None, (None, None)),
        ({"runAsUser": 1, "runAsGroup": 2}, None, None, (1, 2)),
        ({"runAsUser": 1, "runAsGroup": 2}, {"runAsUser": 3}, None, (3, 2)),
        ({"runAsUser": 1}, {"runAsUser": 3}, {"uid": 0, "gid": 5}, (0, 5)),
    ],
)
def test_as_whom_a_container_runs_is_what_kubernetes_tells_else_what_was_asked_for(
    of_pod: Any, of_container: Any, told: Any, ids: Any
) -> None:
    spec = {"securityContext": of_pod, "containers": [{"name": "x", "securityContext": of_container}]}
    statuses = [{"name": "x", "user": {"linux": told} if told else None}]
    (found,) = pod_view(pod({"containerStatuses": statuses}) | {"spec": spec}).containers
    assert (found.user, found.group) == ids


def test_where_volumes_are_mounted_is_told_without_the_last_slash() -> None:
    mounts = [
        {"name": "data", "mountPath": "/data/", "subPath": "mine"},
        {"name": "tmp", "mountPath": "/tmp"},
    ]
    spec = {"containers": [{"name": "x", "volumeMounts": mounts}]}
    (container,) = pod_view(pod() | {"spec": spec}).containers
    assert (container.mounts, container.subpaths) == (("/data", "/tmp"), ("/data",))


def test_a_pod_that_is_being_deleted_is_not_ready_and_says_so() -> None:
    view = pod_view(
        pod({"phase": "Running", "conditions": [READY]}, deletionTimestamp="2026-01-01T00:00:00Z")
    )
    assert (view.ready, view.deleting) == (False, True)


def test_where_a_pod_runs_is_known_once_it_is_scheduled() -> None:
    assert pod_view({**pod(), "spec": {"nodeName": "node-7"}}).node == "node-7"
    assert pod_view(pod()).node is None


@pytest.mark.parametrize(
    ("status", "began"),
    [
        ({}, False),
        ({"state": {"waiting": {"reason": "ImagePullBackOff"}}}, False),
        ({"state": {"terminated": {"reason": "StartError", "exitCode": 128}}}, False),
        ({"state": {"running": {}}}, True),
        ({"state": {"terminated": {"reason": "Error", "exitCode": 1}}}, True),
        (
            {
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"reason": "Error", "exitCode": 1}},
            },
            True,
        ),
    ],
)
def test_whether_a_container_was_ever_started_is_told(status: dict[str, Any], began: bool) -> None:
    body = pod({"containerStatuses": [{"name": "agents", **status}]})
    (found,) = pod_view({**body, "spec": {"containers": [{"name": "agents"}]}}).containers
    assert found.began is began


def test_whose_bad_revision_a_pod_is_stands_on_it() -> None:
    assert pod_view(pod(annotations={"stresscampaigns.dev/bad-revision": "u.bad"})).mark == "u.bad"
    assert pod_view(pod()).mark is None


@pytest.mark.parametrize(
    ("owners", "lone"),
    [
        ([], True),
        ([{"kind": "ReplicaSet", "controller": True}], False),
        ([{"kind": "Anything"}], True),
        ([{"kind": "Anything"}, {"kind": "StatefulSet", "controller": True}], False),
    ],
)
def test_a_pod_without_a_controller_is_alone(owners: list[dict[str, Any]], lone: bool) -> None:
    assert pod_view(pod(ownerReferences=owners)).bare is lone


def test_what_ended_sidecars_take_of_a_pods_description_grows_with_them_and_their_orders() -> None:
    def worn(*orders: str) -> int:
        past = [{"name": f"stress-0-{at}", "args": ["hold", one]} for at, one in enumerate(orders)]
        return pod_view(pod() | {"spec": {"containers": [], "ephemeralContainers": past}}).worn

    assert pod_view(pod()).worn == worn() == 0
    assert worn("x", "x") == 2 * worn("x") > 1000
    assert worn("x" * 5000) == worn("x") + 4999


def test_a_pod_that_its_node_runs_by_itself_is_told_from_others() -> None:
    mirrored = {"kubernetes.io/config.mirror": "abc"}
    assert pod_view(pod(annotations=mirrored)).static
    assert not pod_view(pod()).static


@pytest.mark.parametrize(("policy", "restarts"), [("Always", True), ("OnFailure", True), ("Never", False)])
def test_whether_its_containers_start_again_is_the_pods_to_say(policy: str, restarts: bool) -> None:
    assert pod_view(pod() | {"spec": {"restartPolicy": policy}}).restarts is restarts


def test_a_pod_that_is_deleted_tells_by_when_it_was_to_be_gone() -> None:
    view = pod_view(pod({"phase": "Running"}, deletionTimestamp="2027-01-15T08:00:00Z"))
    assert (view.deleting, view.gone_by) == (True, 1_800_000_000.0)
    assert pod_view(pod()).gone_by is None
