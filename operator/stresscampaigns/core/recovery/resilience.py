"""The resilience score, version 2. Its formula stands in docs/recovery.md, and all that goes into it in the status.

    fault = 0.5 × recovered + 0.3 × served + 0.2 × contained, where the campaign names neighbours
    fault = (0.5 × recovered + 0.3 × served) / 0.8, where it does not: what nobody looked at earns nothing
    score = 100 × mean of the faults; 0 where an acknowledged write was lost

There is no score where something of it was not measured, where the load's numbers are in doubt, or where a fault is not
proven to have ended: a number that nobody can rely on is worse than none.
"""

from collections.abc import Sequence

from stresscampaigns.api.pod_watch import of_neighbour
from stresscampaigns.api.recovery_record import FaultScore, Resilience
from stresscampaigns.api.run import FaultRecord
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.recovery.impact import neighbours_harms, requests_of
from stresscampaigns.core.recovery.measure import measured
from stresscampaigns.core.recovery.pods import taken, unseen, without_pods

RECOVERED, SERVED, CONTAINED = 0.5, 0.3, 0.2


def resilience(
    records: Sequence[FaultRecord], evidence: Evidence, invalid: Sequence[str], rehearsal: bool
) -> Resilience | None:
    """The score, or why there is none; None where there was no fault.

    Args:
        records: with what was measured.
        invalid: why the run's measurement cannot be trusted.
    """
    if not records:
        return None
    if missing := _missing(records, evidence, invalid, rehearsal):
        return Resilience(reason=f"no score: {missing}")
    parts = [_part(record, evidence) for record in records]
    lost = evidence.result.written.lost if evidence.result.written else 0
    if lost:
        return Resilience(score=0.0, reason=f"{lost} acknowledged writes were lost", faults=parts)
    mean = sum(_value(part) for part in parts) / len(parts)
    told = "" if evidence.template.neighbours else ", without containment: no neighbours are named"
    return Resilience(score=round(100 * mean, 1), reason=f"mean of {len(parts)} faults{told}", faults=parts)


def _missing(
    records: Sequence[FaultRecord], evidence: Evidence, invalid: Sequence[str], rehearsal: bool
) -> str | None:
    if rehearsal:
        return "a rehearsal is no evidence"
    if open_ := [record.name for record in records if not _ended(record)]:
        return f"not proven to have ended: fault {', '.join(open_)}"
    if doubts := dict.fromkeys([*invalid, *evidence.faults_untold]):
        return "; ".join([*doubts][:3])
    neighbours = {of_neighbour(one.name) for one in evidence.template.neighbours or []}
    for record in records:
        if record.outcome not in ("Recovered", "NotRecovered"):
            return f"whether fault {record.name} was recovered from is not known: {record.detail or 'not measured'}"
        if blind := unseen(evidence, record.name) or _unknown(evidence, record.name, neighbours):
            return blind
    written = evidence.result.written
    if written and not written.lost and (written.problem or written.never_read or not written.acknowledged):
        return f"what was written could not be read back: {written.problem or 'nothing was acknowledged'}"
    return None


def _unknown(evidence: Evidence, fault: str, neighbours: set[str]) -> str | None:
    """Why nobody can say whether it was contained."""
    return without_pods(evidence, fault, neighbours) or taken(evidence, fault, neighbours)


def _ended(record: FaultRecord) -> bool:
    return bool(record.pods) and all(pod.outcome == "Ended" and pod.ended_at for pod in record.pods or [])


def _part(record: FaultRecord, evidence: Evidence) -> FaultScore:
    found = measured(evidence, record.name)
    requests, failed = requests_of(evidence, found) if found else (0, 0)
    return FaultScore(
        fault=record.name,
        recovered=float(record.outcome == "Recovered"),
        served=round(1 - failed / requests, 4) if requests else 0.0,
        contained=float(not neighbours_harms(evidence, record.name))
        if evidence.template.neighbours
        else None,
    )


def _value(part: FaultScore) -> float:
    own = RECOVERED * part.recovered + SERVED * part.served
    return own / (RECOVERED + SERVED) if part.contained is None else own + CONTAINED * part.contained
