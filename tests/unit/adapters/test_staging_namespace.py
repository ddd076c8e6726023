"""Only where invited: the namespace's label and the operator's rights, and what is created there."""

import asyncio

import pytest

from stresscampaigns.adapters.kubernetes_errors import (
    AlreadyThere,
    ClusterError,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from stresscampaigns.adapters.staging import KubernetesStaging
from stresscampaigns.api.base import ALLOWED_LABEL, MAX_FAULT_SHARE_ANNOTATION
from stresscampaigns.core.consent import Consent
from stresscampaigns.core.observation import Probe
from stresscampaigns.runtime.ports import Away, Refusal
from tests.unit.adapters.fake_api import FakeApi
from tests.unit.runtime.fake_clock import FakeClock, run_in

NAMESPACE = "/api/v1/namespaces/staging"
PODS = f"{NAMESPACE}/pods"
POD = f"{PODS}/agents-1"
JOBS = "/apis/batch/v1/namespaces/staging/jobs"
JOB = {"kind": "Job", "metadata": {"name": "r-worker", "namespace": "staging"}}
CONFIG = {"kind": "ConfigMap", "metadata": {"name": "r-coordinator", "namespace": "staging"}}
SIDECAR = {"name": "stress-ab-db-away", "image": "fault"}


def namespace(api: FakeApi) -> Consent:
    return asyncio.run(KubernetesStaging(api).namespace("staging"))


def permitted(api: FakeApi) -> Probe:
    return asyncio.run(KubernetesStaging(api).permitted("staging"))


def create(api: FakeApi) -> None:
    asyncio.run(KubernetesStaging(api).create([CONFIG, JOB]))


def inject(api: FakeApi, uid: str = "u-1") -> None:
    asyncio.run(KubernetesStaging(api).inject("staging", "agents-1", uid, SIDECAR))


def labelled(value: str) -> dict[str, object]:
    return {"metadata": {"labels": {ALLOWED_LABEL: value}}}


def pod(*sidecars: str) -> dict[str, object]:
    return {"metadata": {"uid": "u-1"}, "spec": {"ephemeralContainers": [{"name": one} for one in sidecars]}}


def test_what_the_owner_of_a_namespace_allows_is_read_from_it() -> None:
    metadata = {"labels": {ALLOWED_LABEL: "true"}, "annotations": {MAX_FAULT_SHARE_ANNOTATION: "50%"}}
    assert namespace(FakeApi({NAMESPACE: {"metadata": metadata}})) == Consent(most_share=0.5)


@pytest.mark.parametrize("body", [{"metadata": {}}, {"metadata": {"labels": None}}, labelled("false")])
def test_without_the_label_it_is_closed(body: object) -> None:
    assert namespace(FakeApi({NAMESPACE: body})).load.reason == "NamespaceNotAllowed"


def test_a_namespace_that_does_not_exist_is_said() -> None:
    found = namespace(FakeApi())
    assert (found.load.reason, found.faults.reason) == ("NamespaceNotFound", "NamespaceNotFound")


def test_with_rights_we_may_work_there() -> None:
    assert permitted(FakeApi({PODS: []})) == Probe(True)


def test_without_rights_there_it_says_how_to_get_them() -> None:
    found = permitted(FakeApi({PODS: NotAllowed("pods is forbidden")}))
    assert (found.ok, found.reason) == (False, "NamespaceNotPermitted")
    assert "pods is forbidden" in found.message


def test_creating_twice_makes_everything_once() -> None:
    api = FakeApi()
    create(api)
    create(api)
    assert [(verb, body["kind"]) for verb, _, body in api.changes] == [
        ("create", "ConfigMap"),
        ("create", "Job"),
    ]


def test_what_was_half_created_is_completed() -> None:
    api = FakeApi({f"{NAMESPACE}/configmaps/r-coordinator": CONFIG})
    create(api)
    assert [path for _, path, _ in api.changes] == [JOBS]


@pytest.mark.parametrize("error", [NotAllowed("quota exceeded"), Refused("name is too long")])
def test_what_the_api_server_will_not_have_is_refused_in_its_words(error: ClusterError) -> None:
    with pytest.raises(Refusal, match=str(error)):
        create(FakeApi({f"POST {JOBS}": error}))


def test_an_api_server_that_is_away_is_no_refusal() -> None:
    with pytest.raises(Unavailable):
        create(FakeApi({f"POST {JOBS}": Unavailable("timeout")}))


def test_a_sidecar_is_put_into_the_very_pod_that_was_chosen() -> None:
    api = FakeApi({POD: pod("debugger")})
    inject(api)
    ((_, path, patch),) = api.changes
    assert path == f"{POD}/ephemeralcontainers"
    assert patch == {"metadata": {"uid": "u-1"}, "spec": {"ephemeralContainers": [SIDECAR]}}


@pytest.mark.parametrize(
    "api",
    [
        FakeApi({POD: pod("debugger", SIDECAR["name"])}),
        FakeApi({POD: NotFound("gone")}),
        FakeApi({POD: {"metadata": {"uid": "a new pod of that name"}, "spec": {}}}),
        FakeApi({POD: pod(), f"PATCH {POD}/ephemeralcontainers": NotFound("gone just now")}),
    ],
    ids=["there already", "pod gone", "another pod", "gone just now"],
)
def test_nothing_is_put_where_it_is_already_or_where_the_pod_is_another(api: FakeApi) -> None:
    inject(api)
    assert api.changes == []


def test_a_sidecar_that_the_namespace_does_not_allow_is_refused() -> None:
    with pytest.raises(Refusal, match=r"pod agents-1: violates PodSecurity"):
        inject(FakeApi({POD: pod(), f"PATCH {POD}/ephemeralcontainers": NotAllowed("violates PodSecurity")}))


def test_a_sidecar_that_cannot_be_put_in_for_now_is_no_refusal() -> None:
    failed = Unavailable("failed calling webhook")
    with pytest.raises(Away, match=r"pod agents-1: failed calling webhook"):
        inject(FakeApi({POD: pod(), f"PATCH {POD}/ephemeralcontainers": failed}))


def test_the_very_pod_that_was_chosen_is_killed_without_grace() -> None:
    api = FakeApi()
    asyncio.run(KubernetesStaging(api).kill_pod("staging", "agents-1", "u-1"))
    assert api.changes == [("delete", POD, ("u-1", 0))]


@pytest.mark.parametrize("error", [AlreadyThere("another uid"), None])
def test_a_pod_that_is_gone_or_another_by_now_is_not_killed(error: ClusterError | None) -> None:
    api = FakeApi({f"DELETE {POD}": error} if error else {})
    asyncio.run(KubernetesStaging(api).kill_pod("staging", "agents-1", "u-1"))


def test_without_the_right_to_kill_pods_the_run_is_told() -> None:
    api = FakeApi({f"DELETE {POD}": NotAllowed("cannot delete pods")})
    with pytest.raises(Refusal, match="pod agents-1 cannot be killed: cannot delete pods"):
        asyncio.run(KubernetesStaging(api).kill_pod("staging", "agents-1", "u-1"))


def start(api: FakeApi) -> None:
    asyncio.run(KubernetesStaging(api).start_in_target("staging", "agents-1", "agents", ["burn", "cpu"]))


def test_a_program_is_started_in_a_container_and_left_alone_after_its_first_words() -> None:
    api = FakeApi({f"EXEC {POD}": "started"})
    start(api)
    assert api.changes == [("exec", f"{POD}/agents", (["burn", "cpu"], True))]


@pytest.mark.parametrize("error", [NotFound("gone"), Refused("not running"), Unavailable("slow")])
def test_where_it_cannot_be_started_now_its_sidecar_will_say_so(error: ClusterError) -> None:
    start(FakeApi({f"EXEC {POD}": error}))


class Frozen(FakeApi):
    """A pod whose processes stand still: what is to be run there never says a word."""

    async def execute(self, *_: object, **__: object) -> str:
        await asyncio.sleep(3600)
        return ""


def test_a_pod_that_stands_still_does_not_keep_the_run_from_ending_the_others() -> None:
    clock = FakeClock(moment=1000.0)
    run_in(clock, KubernetesStaging(Frozen()).end_fault("staging", "agents-1", "stress-ab-db"))
    assert clock.now() < 1010


def test_a_fault_that_may_not_be_told_to_end_is_a_refusal() -> None:
    staging = KubernetesStaging(FakeApi({f"EXEC {POD}": NotAllowed("a policy denies exec")}))
    with pytest.raises(
        Refusal, match="the fault in pod agents-1 cannot be told to end: a policy denies exec"
    ):
        asyncio.run(staging.end_fault("staging", "agents-1", "stress-ab-db"))


def test_without_the_right_to_start_anything_the_run_is_told() -> None:
    with pytest.raises(Refusal, match="nothing can be started in pod agents-1: no exec"):
        start(FakeApi({f"EXEC {POD}": NotAllowed("no exec")}))


def test_deleting_a_load_takes_away_all_that_was_created() -> None:
    api = FakeApi()
    asyncio.run(KubernetesStaging(api).delete_load("staging", "r"))
    assert {path for _, path, _ in api.changes} == {
        f"{NAMESPACE}/configmaps/r-coordinator",
        f"{NAMESPACE}/services/r-coordinator",
        f"{JOBS}/r-coordinator",
        f"{JOBS}/r-worker",
    }
