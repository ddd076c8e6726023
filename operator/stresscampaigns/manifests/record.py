"""The ConfigMaps that hold a run's record."""

from collections.abc import Mapping
from typing import Any

from stresscampaigns.api.base import VERSION
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.record import Record, pack
from stresscampaigns.api.run import StressRunStatus
from stresscampaigns.manifests.load import Images, Manifest, Owner, owned_object

FORMAT = "1"
ROLE = "record"


def record_manifests(
    owner: Owner,
    spec: Mapping[str, Any],
    status: StressRunStatus,
    load: LoadResult | None,
    images: Images,
) -> list[Manifest]:
    """The record, cut into as many as it takes; nobody may change them, and they go when the run goes."""
    record = Record.model_validate(
        {
            "run": owner.name,
            "namespace": owner.namespace,
            "uid": owner.uid,
            "versions": {
                "record": FORMAT,
                "api": VERSION,
                "load": _own_image(spec) or images.load,
                "fault": images.fault,
            },
            "spec": spec,
            "status": status.to_wire(),
            "load": load,
        }
    )
    return [_part(owner, number, content) for number, content in enumerate(pack(record))]


def _own_image(spec: Mapping[str, Any]) -> str | None:
    """In which the load ran instead of ours. The spec may be one that nobody could read."""
    found: Any = spec
    for name in ("template", "load", "locustfile", "image"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else None


def _part(owner: Owner, number: int, content: dict[str, Any]) -> Manifest:
    made = owned_object("v1", "ConfigMap", owner, ROLE, number)
    return {**made, "immutable": True, **content}
