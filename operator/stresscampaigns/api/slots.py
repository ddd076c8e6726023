"""The load's histograms over its whole time, slot after slot: what any percentile of any window is answered from."""

from pydantic import Field

from stresscampaigns.api.wire import Wire


class SlotRequests(Wire):
    """Requests of one name in every slot; they belong to the slot in which they completed."""

    scenario: str
    name: str
    counts: list[int] = Field(description="Requests that completed, failed ones among them, slot by slot.")
    failures: list[int] = Field(description="Of these: failed.")
    histograms: str = Field(
        description="Latencies in microseconds: for every slot four bytes of length and HdrHistogram V2's own bytes; "
        "all of it zlib, then base64."
    )


class Slots(Wire):
    """Slots of equal length, from the start of the load to its last answer."""

    length: int = Field(ge=1, description="Seconds of one slot.")
    number: int = Field(ge=0, description="So many there are.")
    requests: list[SlotRequests] = Field(default_factory=list)
