"""What the manifests say is what the programs in the load's pods understand."""

import importlib.util
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.api.load_pod import PLAN_VARIABLE
from stresscampaigns.core.plan import DATA_FOLDER, data_file, load_plan
from stresscampaigns.load.__main__ import parser as load_parser
from stresscampaigns.manifests.load import METRICS_PORT, PORT, Sources
from tests.unit.core.builders import template
from tests.unit.manifests.examples import (
    DATA,
    EVERY_SOURCE,
    NOTHING,
    OWN_BOTH,
    OWN_DATA,
    OWN_FILE,
    OWN_IMAGE,
    load,
    mounted,
    plan,
    pod_specs,
)

STAGE = {"name": "only", "users": 1, "duration": "60s"}


def test_the_loads_program_understands_both_its_roles() -> None:
    options = [load_parser().parse_args(spec["containers"][0]["args"]) for spec in pod_specs()]
    coordinator, worker = options
    assert (coordinator.role, coordinator.port, coordinator.metrics_port) == (
        "coordinator",
        PORT,
        METRICS_PORT,
    )
    assert (worker.role, worker.port) == ("worker", PORT)


def test_workers_find_the_coordinator_by_its_service() -> None:
    made = load()
    service, job = made["Service/coordinator"], made["Job/coordinator"]
    (worker,) = made["Job/worker"]["spec"]["template"]["spec"]["containers"]
    host = load_parser().parse_args(worker["args"]).coordinator
    assert host == f"{service['metadata']['name']}.staging.svc"
    assert service["spec"]["selector"].items() <= job["spec"]["template"]["metadata"]["labels"].items()
    assert {port["port"] for port in service["spec"]["ports"]} == {PORT, METRICS_PORT}
    assert service["spec"]["publishNotReadyAddresses"]


def test_a_worker_knows_its_number_from_its_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kubernetes writes it into the variable of an Indexed Job's pods."""
    job = load()["Job/worker"]["spec"]
    (container,) = job["template"]["spec"]["containers"]
    assert job["completionMode"] == "Indexed"
    monkeypatch.setenv("JOB_COMPLETION_INDEX", "2")
    assert load_parser().parse_args(container["args"]).number == 2


def test_there_are_as_many_workers_as_the_plan_expects() -> None:
    job = load()["Job/worker"]["spec"]
    assert (job["completions"], job["parallelism"]) == (plan().workers, plan().workers)
    assert load()["Job/coordinator"]["spec"]["completions"] == 1


def test_the_plan_arrives_in_the_pods_as_it_was_made() -> None:
    made = load()
    text = made["ConfigMap/coordinator"]["data"]["plan.json"]
    assert LoadPlan.model_validate_json(text) == plan()
    for spec in pod_specs():
        (variable,) = spec["containers"][0]["env"]
        source = variable["valueFrom"]["configMapKeyRef"]
        assert variable["name"] == PLAN_VARIABLE
        assert source == {"name": made["ConfigMap/coordinator"]["metadata"]["name"], "key": "plan.json"}
        assert load_parser().parse_args(spec["containers"][0]["args"]).plan is None


def test_a_pod_without_a_users_own_files_has_no_volume_that_it_would_wait_for() -> None:
    assert [spec["volumes"] for spec in pod_specs()] == [[], []]


names = st.text(min_size=1, max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)
positive = st.floats(0.001, 1e6)


@given(
    st.lists(
        st.fixed_dictionaries({"name": names, "users": st.integers(0, 10**5), "duration": positive}),
        min_size=1,
    ),
    st.lists(
        st.fixed_dictionaries({"name": names, "parameters": st.dictionaries(names, values, max_size=3)})
    ),
)
def test_any_plan_comes_out_of_its_json_as_it_went_in(stages: list[object], scenarios: list[object]) -> None:
    made = plan(stages=stages, scenarios=scenarios)
    assert LoadPlan.model_validate_json(made.model_dump_json()) == made


def asked_for(**changes: Any) -> tuple[LoadPlan, list[dict[str, Any]]]:
    """The plan of a campaign, and its load pods."""
    run = template(load={"stages": [STAGE], **changes}, faults=None)
    return load_plan(run, "smoke-1", "smoke", "staging"), pod_specs(Sources.of(run.load))


@pytest.mark.parametrize("image", [{}, {"image": "mine:1"}])
def test_a_users_own_file_is_where_the_plan_says(image: dict[str, str]) -> None:
    made, specs = asked_for(locustfile={"configMap": "mine", **image})
    for spec in specs:
        volume, folder = mounted(spec, "locustfile")
        assert volume["configMap"] == {"name": "mine"}
        assert made.locustfile == f"{folder}/locustfile.py"


def test_nothing_is_mounted_over_a_file_in_an_image() -> None:
    for spec in pod_specs(OWN_IMAGE):
        (mount,) = spec["containers"][0]["volumeMounts"]
        assert mount["mountPath"] == "/tmp"


def test_a_users_own_authority_is_where_the_plan_says_and_nothing_else_of_its_secret() -> None:
    made, specs = asked_for(scenarios=[{"name": "http"}], tls={"caSecret": "authority"})
    for spec in specs:
        volume, folder = mounted(spec, "ca")
        only = [{"key": "ca.crt", "path": "ca.crt"}]
        assert volume["secret"] == {"secretName": "authority", "items": only}
        assert made.ca_file == f"{folder}/ca.crt"


def from_secret(name: str, secret: str, key: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


def test_headers_are_where_the_plan_says_each_key_once_and_nothing_else_of_its_secret() -> None:
    secrets = [("login", "token"), ("login", "tenant"), ("other", "token"), ("login", "token")]
    headers = [from_secret(f"X-{number}", *one) for number, one in enumerate(secrets)]
    plain = {"name": "X-Plain", "value": "acme"}
    made, (_, worker) = asked_for(scenarios=[{"name": "http"}], headers=[plain, *headers])
    volume, folder = mounted(worker, "headers")
    sources = [source["secret"] for source in volume["projected"]["sources"]]
    assert all(set(source) == {"name", "items"} for source in sources), "one that is missing must be told"
    files = {
        f"{folder}/{item['path']}": (one["name"], item["key"]) for one in sources for item in one["items"]
    }
    assert len(sources) == len(files) == 3
    first, *others = made.headers
    assert (first.name, first.value, first.file) == ("X-Plain", "acme", None)
    assert [files[one.file or ""] for one in others] == secrets
    assert [(one.name, one.value) for one in others] == [(f"X-{number}", None) for number in range(4)]


@pytest.mark.parametrize("sources", [OWN_IMAGE, OWN_BOTH])
def test_everybody_works_in_the_users_own_image_which_kubernetes_pulls_as_ever(sources: Sources) -> None:
    containers = [spec["containers"][0] for spec in pod_specs(sources)]
    assert [one["image"] for one in containers] == ["mine:1", "mine:1"]
    assert not any("imagePullPolicy" in one for one in containers)


@pytest.mark.parametrize("sources", [NOTHING, OWN_FILE])
def test_where_there_is_no_image_of_the_users_own_the_operators_is_taken(sources: Sources) -> None:
    containers = [spec["containers"][0] for spec in pod_specs(sources)]
    assert [one["image"] for one in containers] == ["load:1", "load:1"]
    assert {one["imagePullPolicy"] for one in containers} == {"Never"}


@pytest.mark.parametrize("sources", EVERY_SOURCE)
def test_whatever_the_image_the_pod_starts_our_program(sources: Sources) -> None:
    for spec in pod_specs(sources):
        python, option, module = spec["containers"][0]["command"]
        assert (python, option) == ("/opt/venv/bin/python", "-m")
        assert importlib.util.find_spec(f"{module}.__main__")


def test_data_are_where_the_plan_says_each_file_once_and_no_other_key() -> None:
    for spec in pod_specs(OWN_DATA):
        (volume,) = spec["volumes"]
        (mount,) = spec["containers"][0]["volumeMounts"]
        sources = [one["configMap"] for one in volume["projected"]["sources"]]
        files = {
            f"{mount['mountPath']}/{one['path']}": source for source in sources for one in source["items"]
        }
        planned = {f"{DATA_FOLDER}/{data_file(one)}": one.config_map for one in DATA}
        assert {path: source["name"] for path, source in files.items()} == planned
        assert len(sources) == len(planned) == 3
        assert mount["readOnly"]


def test_data_that_are_not_there_keep_no_pod_from_starting_and_saying_so() -> None:
    for spec in pod_specs(OWN_DATA):
        assert all(one["configMap"]["optional"] for one in spec["volumes"][0]["projected"]["sources"])


def test_the_same_run_makes_the_same_objects() -> None:
    assert load() == load()


def test_the_pods_of_a_job_are_spread_over_the_nodes() -> None:
    made = load()
    for role in ("coordinator", "worker"):
        template = made[f"Job/{role}"]["spec"]["template"]
        (spread,) = template["spec"]["topologySpreadConstraints"]
        assert (spread["topologyKey"], spread["whenUnsatisfiable"]) == (
            "kubernetes.io/hostname",
            "ScheduleAnyway",
        )
        assert spread["labelSelector"]["matchLabels"] == template["metadata"]["labels"]


def test_a_quota_can_count_what_every_load_pod_may_use() -> None:
    for spec in pod_specs():
        for container in spec["containers"]:
            assert (
                set(container["resources"]["requests"])
                == set(container["resources"]["limits"])
                == {"cpu", "memory"}
            )
