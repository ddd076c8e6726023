"""The conditions of a run, at any time of its life: Passed, Completed, AllRecovered, ResultsValid."""

from stresscampaigns.api.run import FaultRecord, StressRunStatus
from stresscampaigns.api.run_plan import RunPlan
from stresscampaigns.api.status import Condition
from stresscampaigns.core.conditions import condition, truth
from stresscampaigns.core.progress import RunView


def run_conditions(run: RunView, status: StressRunStatus) -> list[Condition]:
    """All four, as this status says; what is not known yet is Unknown. Of a dry run: whether a run could start."""
    if status.plan is not None:
        return [_completed(status), _planned(status, status.plan)]
    if status.verdict is None:
        unknown = [
            condition(kind, "Unknown", "UnderWay", "known once the run is judged")
            for kind in ("Passed", "AllRecovered", "ResultsValid")
        ]
        return [unknown[0], _completed(status), *unknown[1:]]
    return [_passed(status), _completed(status), _recovered(run, status), _valid(status)]


def _planned(status: StressRunStatus, plan: RunPlan) -> Condition:
    """Of a dry run: could a run start now?"""
    reason = "InTheWay" if plan.in_the_way else "Ready"
    return condition("Planned", truth(not plan.in_the_way), reason, status.message or reason)


def _completed(status: StressRunStatus) -> Condition:
    if status.phase == "Finished":
        return condition("Completed", "True", "Finished", "the run is over and nothing of it is left behind")
    if status.verdict is not None:
        return condition("Completed", "False", "CleaningUp", "load and faults are being taken away")
    return condition("Completed", "False", status.phase or "Pending", "the run is under way")


def _passed(status: StressRunStatus) -> Condition:
    judged = {"Passed": True, "Failed": False}.get(status.verdict or "")
    verdict = status.verdict or "Inconclusive"
    return condition("Passed", truth(judged), verdict, status.message or verdict)


def _recovered(run: RunView, status: StressRunStatus) -> Condition:
    recovered, why = _all_recovered(run, status)
    return condition("AllRecovered", truth(recovered), "Unknown" if recovered is None else "Measured", why)


def _all_recovered(run: RunView, status: StressRunStatus) -> tuple[bool | None, str]:
    if status.checks is None:
        return None, "the run gave no results"
    if not run.template.faults:
        return True, "there was no fault"
    recovered = {record.name for record in status.faults or [] if _was_good_again(record)}
    late = [fault.name for fault in run.template.faults if fault.name not in recovered]
    if late:
        return False, f"not seen to be good again: {', '.join(late)}"
    return True, "the service was good again after every fault"


def _was_good_again(record: FaultRecord) -> bool:
    """How long that took may be unknown, where another fault was in force meanwhile."""
    told = record.moments.recovered if record.moments else None
    return told is not None or record.recovered_from_end is not None


def _valid(status: StressRunStatus) -> Condition:
    doubts = "; ".join(status.invalid_because or []) or "no reason for doubt was found"
    if status.checks is None:
        return condition("ResultsValid", "False", "NoResults", doubts)
    return condition("ResultsValid", truth(not status.invalid_because), "Checked", doubts)
