"""A run's record: everything that was asked and measured, so that a report can be made of it at any later time.

It is kept in ConfigMaps that the run owns. One holds 1 MiB at most, so it is cut; each part says how many there are
and the SHA-256 of the whole.
"""

import base64
import hashlib
import zlib
from collections.abc import Sequence
from typing import TypedDict

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from stresscampaigns.api.load_result import LoadResult

PART_BYTES = 900 * 1024
KEY = "record"
"""Under it a part's bytes are in its ConfigMap's `binaryData`."""


class TornRecord(ValueError):
    """The ConfigMaps do not hold the whole record; the message says what is missing."""


class Record(BaseModel):
    """What one run was, and what came of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    run: str
    namespace: str
    uid: str
    versions: dict[str, str] = Field(description="Of this format, of the API, of the images.")
    spec: dict[str, JsonValue] = Field(description="What was asked, frozen.")
    status: dict[str, JsonValue] = Field(description="The verdict and all that led to it.")
    load: LoadResult | None = Field(
        description="What the load measured, exact; None where it gave no results."
    )


class PackedPart(TypedDict):
    """What one of the ConfigMaps holds."""

    data: dict[str, str]
    binaryData: dict[str, str]


def pack(record: Record) -> list[PackedPart]:
    """`data` and `binaryData` of each ConfigMap."""
    packed = zlib.compress(record.model_dump_json().encode())
    sha256 = hashlib.sha256(packed).hexdigest()
    parts = [packed[start : start + PART_BYTES] for start in range(0, len(packed), PART_BYTES)]
    return [
        {
            "data": {"part": str(number), "parts": str(len(parts)), "sha256": sha256},
            "binaryData": {KEY: base64.b64encode(part).decode()},
        }
        for number, part in enumerate(parts)
    ]


def unpack(parts: Sequence[PackedPart]) -> Record:
    """The record from its ConfigMaps, in any order.

    Raises:
        TornRecord: a part is missing or damaged.
    """
    try:
        found = {int(part["data"]["part"]): part["binaryData"][KEY] for part in parts}
        total = max((int(part["data"]["parts"]) for part in parts), default=0)
        missing = [number for number in range(total) if number not in found]
        if not total or missing:
            raise TornRecord(f"parts {missing} of {total} of the record are missing")
        packed = b"".join(base64.b64decode(found[number]) for number in range(total))
        if {hashlib.sha256(packed).hexdigest()} != {part["data"]["sha256"] for part in parts}:
            raise TornRecord("the record is damaged: its SHA-256 differs")
        return Record.model_validate_json(zlib.decompress(packed))
    except (KeyError, TypeError, zlib.error) as error:
        raise TornRecord(f"this is no part of a record: {type(error).__name__} {error}") from error
