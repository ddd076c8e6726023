"""What a manifest is: an object that the API server shall create."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

Part = Mapping[str, object]
"""Of a manifest, or a patch: a JSON object that we write and do not read."""


class Metadata(TypedDict):
    """Whose name we have chosen."""

    name: str
    namespace: str
    labels: NotRequired[Mapping[str, str]]
    ownerReferences: NotRequired[list[Part]]
    finalizers: NotRequired[list[str]]


class Manifest(TypedDict):
    """A whole object."""

    apiVersion: str
    kind: str
    metadata: Metadata
    spec: NotRequired[Part]
    data: NotRequired[Mapping[str, str]]
    binaryData: NotRequired[Mapping[str, str]]
    immutable: NotRequired[bool]
