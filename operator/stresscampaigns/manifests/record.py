"""The ConfigMaps that hold a run's record."""

from collections.abc import Mapping

from stresscampaigns.api.base import VERSION
from stresscampaigns.api.depth import within_depth
from stresscampaigns.api.load_result import LoadResult
from stresscampaigns.api.record import PackedPart, Record, pack
from stresscampaigns.api.run import StressRunStatus
from stresscampaigns.manifests.load import Images, Owner, owned_object
from stresscampaigns.manifests.manifest import Manifest

FORMAT = "1"
ROLE = "record"
_DEEPEST = 180
"""Of a spec in a record: some more than one that can be read, and less than what can be written."""
_UNREADABLE: Mapping[str, object] = {"unreadable": "it is nested too deep to be written down"}


def record_manifests(
    owner: Owner,
    spec: Mapping[str, object],
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
            "spec": spec if within_depth(spec, _DEEPEST) else _UNREADABLE,
            "status": status.to_wire(),
            "load": load,
        }
    )
    return [_part(owner, number, content) for number, content in enumerate(pack(record))]


def _own_image(spec: Mapping[str, object]) -> str | None:
    """In which the load ran instead of ours. The spec may be one that nobody could read."""
    found: object = spec
    for name in ("template", "load", "locustfile", "image"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else None


def _part(owner: Owner, number: int, content: PackedPart) -> Manifest:
    made = owned_object("v1", "ConfigMap", owner, ROLE, number)
    return {**made, "immutable": True, "data": content["data"], "binaryData": content["binaryData"]}
