"""A fault that was put into pods: followed in each of them to its proven end."""

import math

from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.run import FaultPod, FaultRecord, StressRunStatus
from stresscampaigns.core.observation import Observation, Sidecar
from stresscampaigns.core.within import died

LOST_AFTER = 20.0
"""Seconds after its end at which a sidecar that has reported nothing counts as lost."""

CLOCKS_APART = 5.0
"""Seconds by which the clock of a node may be behind the operator's: a sidecar that sees more refuses."""

OUTLIVING = frozenset(
    {
        "NetworkPartition",
        "NetworkLoss",
        "NetworkDuplication",
        "DatabaseUnavailable",
        "ServiceHang",
        "ServiceUnready",
        "DnsFailure",
        "ExternalApiFailure",
        "Custom",
    }
)
"""Types that may go on when their sidecar is dead: nobody but the kernel can end them then, at their deadline."""


def may_hold(status: StressRunStatus, sidecar: Sidecar, now: float) -> bool:
    """Can a fault be in force in it, now or later?

    One that first starts after its time refuses by itself. Of one whose node does not answer nothing is known, whatever
    its state was, but that it ended at its deadline.
    """
    if sidecar.state == "Terminated":
        return False
    if sidecar.state == "Running" and not sidecar.unheard:
        return True
    known = (record.ends_at for record in status.faults or [] if record.name == sidecar.fault)
    ends_at = next(known, None)
    return ends_at is None or now <= ends_at + LOST_AFTER


def left_to_the_kernel(status: StressRunStatus, seen: Observation) -> bool:
    """Is a fault in force, or may it be, whose sidecar is gone without having ended it?"""
    last = seen.now - CLOCKS_APART
    records = {one.name: one for one in status.faults or [] if last <= (one.ends_at or 0.0)}
    gone = (one for one in seen.sidecars if one.state == "Terminated" and one.fault in records)
    return any(_goes_on(records[one.fault], one) for one in gone)


def _goes_on(record: FaultRecord, gone: Sidecar) -> bool:
    # The API server tells whole seconds.
    begun = gone.ended_at is None or gone.ended_at >= math.floor(record.starts_at or 0.0)
    died = record.type in OUTLIVING and begun and gone.report.outcome is None
    return died or gone.report.left


def followed(record: FaultRecord, fault: Fault | None, seen: Observation) -> FaultRecord:
    """The record after this look at the fault's sidecars; `fault` is None where the run does not tell it any more."""
    sidecars = {sidecar.pod: sidecar for sidecar in seen.sidecars if sidecar.fault == record.name}
    pods = [_follow(pod, sidecars.get(pod.pod), seen, record, fault) for pod in record.pods or []]
    return record.model_copy(update={"pods": pods or None})


def _follow(
    pod: FaultPod, sidecar: Sidecar | None, seen: Observation, record: FaultRecord, fault: Fault | None
) -> FaultPod:
    end = record.ends_at or 0.0
    if pod.outcome == "HeldBack" and sidecar and sidecar.uid == pod.uid and sidecar.report.injected_at:
        # It had begun before it could be told not to.
        pod = pod.model_copy(update={"outcome": None, "message": None})
    if pod.outcome:
        return pod
    if pod.asked_at and pod.injected_at:
        return pod.lost("its deletion was accepted; the run was over before it was seen to be gone")
    if sidecar is None and pod.injected_at is None:
        never = "nothing of it was seen in its time: the operator was away, or the pod is gone"
        return pod.lost(pod.message or never) if seen.now > end + LOST_AFTER else pod
    if sidecar is None or sidecar.uid != pod.uid:
        return pod.lost("the pod or its sidecar is gone; the fault ended with it")
    if sidecar.unheard:
        unknown = "its node does not answer: what the sidecar has reported is not known"
        return pod.lost(unknown) if seen.now > end + LOST_AFTER else pod
    report = sidecar.report
    seen_so_far = pod.model_copy(
        update={
            "injected_at": report.injected_at or pod.injected_at,
            "ended_at": report.ended_at,
            "harmed": report.harmed,
            "unit": report.unit,
            "outcome": report.outcome,
            "message": report.message or sidecar.trouble,
        }
    )
    if report.outcome:
        return seen_so_far
    if sidecar.state == "Terminated" and sidecar.target:
        return died(seen_so_far, sidecar, fault, record.starts_at or 0.0, seen.now)
    if sidecar.state == "Terminated":
        return seen_so_far.lost(_death(sidecar, fault))
    if seen.now > end + LOST_AFTER:
        return seen_so_far.lost(_silence(sidecar, fault))
    return seen_so_far


def _death(sidecar: Sidecar, fault: Fault | None) -> str:
    if fault and fault.image and sidecar.report.pid is None:
        return _silence(sidecar, fault)
    return "the sidecar died; what it held ends with it, or by the kernel at its deadline"


def _silence(sidecar: Sidecar, fault: Fault | None) -> str:
    own = f"; {fault.image} must be built FROM the operator's fault image" if fault and fault.image else ""
    return f"the sidecar never reported: {sidecar.trouble or 'no reason known'}{own}"
