"""What is said of a fault as it goes on: in the run's timeline and as events, each thing once."""

from collections.abc import Sequence

from stresscampaigns.api.run import FaultPod, FaultRecord, StressRunStatus
from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.clocktime import to_rfc3339
from stresscampaigns.core.progress import RunView, note


def tell(
    run: RunView, status: StressRunStatus, old: FaultRecord | None, new: FaultRecord
) -> tuple[StressRunStatus, list[Announcement]]:
    """Timeline and events for what has newly happened to one fault."""
    before = {pod.uid: pod for pod in (old.pods if old else None) or []}
    said: list[Announcement] = []
    asked = [pod for pod in new.pods or [] if pod.chosen_at and pod.outcome is None]
    if fresh := [pod for pod in asked if pod.uid not in before]:
        text = _who_what_where_when(run, new, fresh)
        said.append(Announcement("Normal", "FaultScheduled", text))
        status = note(status, fresh[0].chosen_at or 0.0, "FaultScheduled", text)
    before_it = new.steady_state
    if before_it and before_it.held_back and not (old and old.held_back):
        text = f"fault {new.name} is held back, nothing is injected: {before_it.detail}"
        said.append(Announcement("Warning", "FaultHeldBack", text))
        status = note(status, before_it.at, "FaultHeldBack", text)
    if before_it and before_it.service == "NotLookedAt" and not (old and old.steady_state):
        text = f"whether the service was well before fault {new.name} is not known: {before_it.detail}"
        said.append(Announcement("Warning", "FaultUnverified", text))
    for pod in new.pods or []:
        known = before.get(pod.uid)
        if pod.injected_at and not (known and known.injected_at):
            text = f"fault {new.name} is in force in {new.into} {pod.pod} since {to_rfc3339(pod.injected_at)}"
            said.append(Announcement("Normal", "FaultInjected", text))
            status = note(status, pod.injected_at, "FaultInjected", text)
        told = known.outcome if known else None
        if pod.outcome and pod.outcome != "HeldBack" and told in (None, "HeldBack"):
            announcement = _end_words(new, pod)
            said.append(announcement)
            at = pod.ended_at or new.ends_at or 0.0
            status = note(status, at, f"Fault{pod.outcome}", announcement.message)
    return status, said


def _who_what_where_when(run: RunView, record: FaultRecord, pods: Sequence[FaultPod]) -> str:
    who = f"campaign {run.spec.campaign}, generation {run.spec.campaign_generation}"
    what = ": ".join(filter(None, (record.type, record.settings)))
    where = ", ".join(f"{pod.pod} on {pod.node}" if pod.node else pod.pod for pod in pods)
    where += f" in namespace {record.namespace}" if record.namespace else ""
    begin = max(record.starts_at or 0.0, pods[0].since or 0.0)
    when = f"from {to_rfc3339(begin)} to {to_rfc3339(record.ends_at or 0.0)}"
    return f"fault {record.name} of {who} ({what}) goes into {where}, {when}"


def _end_words(record: FaultRecord, pod: FaultPod) -> Announcement:
    if pod.outcome == "Ended":
        did = f"; {pod.harmed} {pod.unit or 'harmed'}" if pod.harmed is not None else ""
        text = f"fault {record.name} has ended in {record.into} {pod.pod}{did}"
        return Announcement("Normal", "FaultEnded", text)
    text = f"fault {record.name} in {record.into} {pod.pod}: {pod.outcome}: {pod.message}"
    return Announcement("Warning", f"Fault{pod.outcome}", text)
