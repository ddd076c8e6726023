"""A run with two faults: `cut` from 50 s to 60 s, and `slow` from 75 s to 80 s of a load of 100 s."""

from typing import Any

from stresscampaigns.api.run import FaultRecord
from stresscampaigns.core.evidence import Evidence
from tests.unit.core.builders import CUT, ERRORS, T0, template
from tests.unit.core.measurements import ended_pod, evidence, fault_record, result, seconds

SLOW: dict[str, Any] = {
    "name": "slow",
    "type": "NetworkLatency",
    "at": "75s",
    "duration": "5s",
    "latency": "1s",
}
BOTH = template(faults=[CUT, SLOW], checks=[ERRORS])
WELL = "+" * 100


def picture(*bad: tuple[int, int], length: int = 100) -> str:
    """Good seconds, but for those from … to …."""
    return "".join("-" if any(a <= t < b for a, b in bad) else "+" for t in range(length))


def slow_record(start: float = 75, end: float = 80, **pod: Any) -> FaultRecord:
    """What became of the second fault."""
    chosen = ended_pod(**({"injected_at": T0 + start, "ended_at": T0 + end} | pod))
    return FaultRecord(name="slow", pods=[chosen], starts_at=T0 + start, ends_at=T0 + end)


def measured(shown: str, *records: FaultRecord, **changes: Any) -> Evidence:
    """What was measured, with these seconds."""
    found: dict[str, Any] = {
        "template": BOTH,
        "result": result(seconds=seconds(shown)),
        "faults": list(records) or [fault_record(), slow_record()],
    }
    return evidence(**(found | changes))
