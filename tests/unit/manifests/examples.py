"""One campaign's objects, as the operator would create them."""

from typing import Any

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.fault_types import FaultType
from stresscampaigns.api.header_spec import SecretKeyRef
from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.api.load_spec import DataSource
from stresscampaigns.api.locustfile_spec import LocustfileSource
from stresscampaigns.core.observation import Container
from stresscampaigns.manifests.load import Images, Owner, Sources, load_manifests
from stresscampaigns.manifests.sidecar import sidecar

IMAGES = Images(load="load:1", fault="fault:1", pull_policy="Never")
DATA = tuple(
    DataSource(config_map=name, key=key)
    for name, key in (("prompts", "a.csv"), ("items", "a.csv"), ("prompts", "b.jsonl"), ("prompts", "a.csv"))
)
"""As four scenarios have them; the first and the last the same."""
NOTHING = Sources()
OWN_FILE = Sources(LocustfileSource(config_map="mine"))
OWN_IMAGE = Sources(LocustfileSource(image="mine:1", path="/locust/locustfile.py"))
OWN_BOTH = Sources(LocustfileSource(image="mine:1", config_map="mine"))
OWN_AUTHORITY = Sources(ca_secret="authority")
OWN_DATA = Sources(data=DATA)
OWN_LOGIN = Sources(headers=(SecretKeyRef(name="api-login", key="token"),))
SPOKEN_TO = Sources(answers=True)
"""A search of which the operator judges trials."""
EVERY_SOURCE = (NOTHING, OWN_FILE, OWN_IMAGE, OWN_BOTH, OWN_AUTHORITY, OWN_DATA, OWN_LOGIN, SPOKEN_TO)
UID = "6f1c6d3e-0000-4000-8000-000000000001"


def plan(**changes: Any) -> LoadPlan:
    """Two stages, three workers."""
    words = {
        "run": "smoke-1",
        "campaign": "smoke",
        "namespace": "staging",
        "url": "http://agents:8080",
        "workers": 3,
        "stages": [{"name": "up", "users": 5, "ramp": 10, "duration": 60}],
    }
    return LoadPlan.model_validate(words | changes)


def load(
    run: str = "smoke-1", campaign: str = "smoke", sources: Sources = NOTHING, **planned: Any
) -> dict[str, dict[str, Any]]:
    """`Kind/role` → object."""
    owner = Owner(name=run, uid=UID, namespace="staging", campaign=campaign)
    made = load_manifests(owner, plan(**planned), IMAGES, sources)
    return {f"{one['kind']}/{one['metadata']['labels']['stresscampaigns.dev/role']}": one for one in made}


def pod_specs(sources: Sources = NOTHING) -> list[dict[str, Any]]:
    """The pods of the load's Jobs."""
    made = load(sources=sources).values()
    return [one["spec"]["template"]["spec"] for one in made if one["kind"] == "Job"]


def mounted(spec: dict[str, Any], name: str) -> tuple[dict[str, Any], str]:
    """One of the pod's volumes, and where its container finds it."""
    volume = next(one for one in spec["volumes"] if one["name"] == name)
    mount = next(one for one in spec["containers"][0]["volumeMounts"] if one["name"] == name)
    return volume, mount["mountPath"]


def fault(name: str = "db-away", port: int = 5432) -> Fault:
    """A fault of half a minute."""
    return Fault(name=name, type="NetworkPartition", at="10s", duration="30s", port=port)


INTO = Container("agents", memory_limit=192 * 2.0**20, cpu_limit=0.5, user=1000, group=1000)


def pressure(kind: FaultType = "CpuPressure", **settings: Any) -> Fault:
    """One that breaks a container from within."""
    words = {"name": "pressure", "type": kind, "at": "10s", "duration": "30s"}
    return Fault.model_validate(words | settings)


EXHAUSTED = Fault.model_validate(
    {
        "name": "no-connections",
        "type": "DatabasePoolExhausted",
        "at": "10s",
        "duration": "30s",
        "port": 5432,
        "credentials": {"secret": "pg-login", "passwordKey": "pw"},
    }
)


def custom(**settings: Any) -> Fault:
    """A program of a user's own."""
    words = {
        "name": "own",
        "type": "Custom",
        "at": "10s",
        "duration": "30s",
        "image": "own:1",
        "command": ["/own"],
    }
    return Fault.model_validate(words | settings)


def sidecar_of(
    one: Fault, start: float = 1000.0, end: float = 1030.0, into: Container | None = None
) -> dict[str, Any]:
    """Its ephemeral container."""
    return sidecar(UID, one, IMAGES, start, end, into=into)
