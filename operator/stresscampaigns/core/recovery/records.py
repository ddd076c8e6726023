"""Faults, recovery and data loss in the words of a run's status."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from stresscampaigns.api.recovery_record import (
    MOST_NAMED,
    DataLossRecord,
    FaultMoments,
    RecoveryOutcome,
    RecoverySummary,
)
from stresscampaigns.api.run import FaultRecord
from stresscampaigns.api.units import show_seconds, threshold_value
from stresscampaigns.api.written_set import WrittenElement, WrittenSet
from stresscampaigns.core.checks.data_loss import shown_element
from stresscampaigns.core.evidence import Evidence
from stresscampaigns.core.recovery.detection import Detection
from stresscampaigns.core.recovery.impact import impact
from stresscampaigns.core.recovery.measure import FaultMeasurement, measured, outcome, question_of

_LATER_ONE = "good again, {} at least from its end; how long it took is not known: another fault was in force meanwhile"


def fault_record(record: FaultRecord, evidence: Evidence, detection: Detection | None) -> FaultRecord:
    """The record with all that was measured; without what rests on numbers that cannot be trusted."""
    question, check = question_of(evidence.template.checks, record.name)
    found = None if evidence.faults_untold else measured(evidence, record.name)
    bound = threshold_value(check.max) if check and check.max is not None else None
    told = outcome(found, question, bound)
    detected = detection.at if detection else None
    changes: dict[str, object] = {"moments": _moments(record, found, evidence.started_at, detected)}
    if detection:
        changes["detection"] = detection.words
    if not evidence.faults_untold:
        changes["outcome"] = told
    if found is not None:
        changes |= {"detail": _detail(found, told), "impact": impact(evidence, record.name, found)}
        changes |= _times(found)
    return record.model_copy(update=changes)


def _moments(
    record: FaultRecord, found: FaultMeasurement | None, origin: float, detected: float | None
) -> FaultMoments:
    pods = record.pods or []
    acknowledged = min((pod.injected_at for pod in pods if pod.injected_at), default=None)
    ended = [pod.ended_at for pod in pods]
    known = None if found is None or found.unsteady else found.found
    broken, recovered = (known.broken_at, known.recovered_at) if known else (None, None)
    return FaultMoments(
        injected=record.starts_at,
        acknowledged=acknowledged,
        broken=None if broken is None else origin + broken,
        detected=detected,
        ended=max((at for at in ended if at), default=None) if ended and all(ended) else None,
        recovered=None if recovered is None or broken is None else origin + recovered,
    )


def _times(found: FaultMeasurement) -> dict[str, str]:
    """Never broken counts as recovered at once."""
    if found.unsteady:
        return {}
    broken = found.found.broken_at
    shown = {} if broken is None else {"broken_after": show_seconds(max(0.0, broken - found.start))}
    if found.from_start is not None and found.from_end is not None:
        shown["recovered_from_start"] = show_seconds(found.from_start)
        shown["recovered_from_end"] = show_seconds(found.from_end)
    return shown


def _detail(found: FaultMeasurement, told: str) -> str | None:
    if found.unsteady:
        return found.unsteady
    if found.under_another:
        return _LATER_ONE.format(show_seconds(found.soonest - found.end))
    if told == "Recovered":
        later = f"; second {found.too_late}, is too late to be its doing" if found.too_late else ""
        return f"the service stayed good{later}" if found.found.never_broken else None
    least = show_seconds(found.soonest - found.end)
    return f"not good again when {found.looked_until}, {least} at least from its end; {found.last_bad}"


def summary(records: Sequence[FaultRecord], evidence: Evidence) -> RecoverySummary | None:
    """All faults together; None where there was none."""
    if not records:
        return None
    told = Counter(record.outcome for record in records if record.outcome)
    known = told["Recovered"] + told["NotRecovered"]
    found = [measured(evidence, record.name) for record in records if record.outcome == "Recovered"]
    return RecoverySummary(
        faults=len(records),
        recovered=told["Recovered"],
        not_recovered=told["NotRecovered"],
        censored=told["Censored"],
        unknown=len(records) - known - told["Censored"],
        success_rate=f"{told['Recovered']} of {known}",
        **_spread("from_end", [one.from_end for one in found if one], told),
        **_spread("from_start", [one.from_start for one in found if one], told),
    )


def _spread(name: str, times: Sequence[float | None], told: Counter[RecoveryOutcome]) -> dict[str, str]:
    known = [one for one in times if one is not None]
    if not known:
        return {}
    others = ((told["NotRecovered"], "not recovered"), (told["Censored"], "censored"))
    beside = "".join(f", {number} {words}" for number, words in others if number)
    open_ = told["Censored"] or len(known) < len(times)
    worst = f"at least {show_seconds(max(known))}" if open_ else show_seconds(max(known))
    return {
        f"median_{name}": f"{show_seconds(median(known))} of {len(known)}{beside}",
        f"worst_{name}": "not recovered" if told["NotRecovered"] else worst,
    }


def data_loss(written: WrittenSet | None) -> DataLossRecord | None:
    """What was written; None where nothing was to be."""
    if written is None:
        return None
    counts = written.model_dump(exclude={"listed", "lost_elements", "duplicated_elements"})
    return DataLossRecord(
        **counts,
        lost_elements=_first(written.lost_elements),
        duplicated_elements=_first(written.duplicated_elements),
    )


def _first(elements: Sequence[WrittenElement]) -> list[str] | None:
    return [shown_element(one) for one in elements[:MOST_NAMED]] or None
