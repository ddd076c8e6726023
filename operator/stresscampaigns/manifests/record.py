"""The ConfigMaps that hold a run's record."""

from collections.abc import Mapping
from typing import Any

from stresscampaigns.api.base import VERSION
from stresscampaigns.api.load import LoadResult
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
            "versions": {"record": FORMAT, "api": VERSION, "load": images.load, "fault": images.fault},
            "spec": spec,
            "status": status.to_wire(),
            "load": load,
        }
    )
    return [_part(owner, number, content) for number, content in enumerate(pack(record))]


def _part(owner: Owner, number: int, content: dict[str, Any]) -> Manifest:
    made = owned_object("v1", "ConfigMap", owner, ROLE, number)
    return {**made, "immutable": True, **content}
