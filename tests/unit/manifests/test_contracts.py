"""What the manifests say is what the programs inside the pods understand."""

import importlib.util
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.fault_protocol import BOARD, BURN, DATABASE_PASSWORD, DATABASE_USER, NODE_ADDRESSES
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.fault_types import TYPES, FaultType
from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.api.load_pod import PLAN_VARIABLE
from stresscampaigns.core.observation import Container
from stresscampaigns.core.plan import DATA_FOLDER, data_file, load_plan
from stresscampaigns.faults.__main__ import parser as fault_parser
from stresscampaigns.load.__main__ import parser as load_parser
from stresscampaigns.manifests.load import METRICS_PORT, PORT, Sources
from stresscampaigns.manifests.sidecar import END_COMMAND, FAULTS_COMMAND, burn_command
from tests.unit.core.builders import template
from tests.unit.manifests.examples import (
    DATA,
    EVERY_SOURCE,
    EXHAUSTED,
    INTO,
    NOTHING,
    OWN_BOTH,
    OWN_DATA,
    OWN_FILE,
    OWN_IMAGE,
    custom,
    fault,
    load,
    mounted,
    plan,
    pod_specs,
    pressure,
    sidecar_of,
)

STAGE = {"name": "only", "users": 1, "duration": "60s"}


@given(st.integers(1, 65_535), st.floats(1.5e9, 4e9), st.floats(1, 86_400))
def test_the_faults_program_understands_its_sidecar(port: int, start: float, length: float) -> None:
    made = sidecar_of(fault(port=port), start, start + length)
    options = fault_parser().parse_args(made["args"])
    order = options.order
    assert (options.verb, order.type, order.id) == ("hold", "NetworkPartition", made["name"])
    assert order.settings == {"port": port}
    assert abs(order.at - start) < 0.001
    assert abs(order.until - start - length) < 0.001


def test_a_sidecar_that_must_know_its_node_is_told_and_no_other() -> None:
    unready = Fault(name="unready", type="ServiceUnready", at="1s", duration="9s", port=80)
    (variable,) = sidecar_of(unready)["env"]
    assert variable["name"] == NODE_ADDRESSES
    assert variable["valueFrom"] == {"fieldRef": {"fieldPath": "status.hostIP"}}
    assert "env" not in sidecar_of(fault())


def test_a_login_to_a_database_is_the_kubelets_to_read_and_stands_nowhere_in_the_order() -> None:
    made = sidecar_of(EXHAUSTED)
    told = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in made["env"]}
    assert told == {
        DATABASE_USER: {"name": "pg-login", "key": "username"},
        DATABASE_PASSWORD: {"name": "pg-login", "key": "pw"},
    }
    assert "pg-login" not in str(made["args"])


@pytest.mark.parametrize(
    ("asked", "into", "words"),
    [
        (pressure(amount="80%"), INTO, ["cpu", "0.400"]),
        (pressure(amount="80%"), replace(INTO, cpu_limit=None), ["cpu", "0.800"]),
        (pressure("MemoryPressure", amount="50%"), INTO, ["memory", str(96 * 2**20), "self"]),
        (pressure("MemoryPressure", amount="100%"), INTO, ["memory", str(192 * 2**20), "self"]),
        (pressure("MemoryPressure", amount="150%"), INTO, ["memory", str(288 * 2**20), "others"]),
        (pressure("DiskFull", amount="90%", path="/data"), INTO, ["disk", "/data", "0.9000"]),
        (
            pressure("DiskFull", amount="90%", path="/data/"),
            replace(INTO, subpaths=("/data",)),
            ["disk", "/data", "0.9000", "subpath"],
        ),
        (pressure("ServiceCrash"), INTO, ["crash"]),
    ],
)
def test_the_target_is_told_what_is_taken_from_it(asked: Fault, into: Container, words: list[str]) -> None:
    command = burn_command(asked, into, 17, 1000.0, 1030.0)
    assert command[:3] == [f"/proc/17/root{BURN}", f"/proc/17/fd/{BOARD}", "/proc/17/fd/1"]
    assert command[3:] == ["1000.000", "1030.000", *words]


@pytest.mark.parametrize("kind", TYPES)
def test_what_breaks_no_container_from_within_has_no_command_there_least_of_all_a_crash(
    kind: FaultType,
) -> None:
    asked = Fault.model_construct(name="f", type=kind, amount="50%", path="/data")
    if TYPES[kind].place == "container":
        assert burn_command(asked, INTO, 17, 1000.0, 1030.0)
        return
    with pytest.raises(AssertionError, match=f"{kind} breaks no container"):
        burn_command(asked, INTO, 17, 1000.0, 1030.0)


@given(st.floats(1.5e9, 4e9), st.floats(1, 86_400))
def test_target_and_sidecar_are_told_the_same_times(start: float, length: float) -> None:
    asked = pressure("ServiceCrash")
    order = fault_parser().parse_args(sidecar_of(asked, start, start + length, INTO)["args"]).order
    _, _, _, at, until, *_ = burn_command(asked, INTO, 17, start, start + length)
    assert (float(at), float(until)) == (order.at, order.until)


def test_the_faults_program_understands_how_it_is_ended() -> None:
    assert END_COMMAND[:-1] == FAULTS_COMMAND
    assert fault_parser().parse_args(END_COMMAND[-1:]).verb == "end"


def test_in_a_users_own_image_our_program_is_the_first_and_knows_what_to_run() -> None:
    made = sidecar_of(custom(parameters={"PORT": 80}))
    assert (made["image"], made["command"]) == ("own:1", FAULTS_COMMAND)
    order = fault_parser().parse_args(made["args"]).order
    assert (order.settings["command"], order.settings["parameters"]) == (["/own"], {"PORT": 80})


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
    assert sidecar_of(fault()) == sidecar_of(fault())


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
