"""Of a campaign as it is written: before which faults is the service looked at, and which are held back in any case?"""

import math

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.run import FaultRecord
from stresscampaigns.api.units import write_seconds
from stresscampaigns.core.plan import looked_at, under_load
from stresscampaigns.core.steady_state import AHEAD, EXCUSED, KNOWN, excused_by, held_back


def planned_looks(template: RunTemplate) -> dict[str, str]:
    """Of each fault, in words that follow `steady state`: from when to when it is looked at, or why it is not."""
    found: dict[str, str] = {}
    never: dict[str, FaultRecord] = {}
    for fault in sorted(template.faults or [], key=lambda one: one.start_seconds):
        found[fault.name], held = _look(template, fault, never)
        if held:  # it excuses no later one
            never[fault.name] = held_back(FaultRecord(name=fault.name), found[fault.name])
    return found


def _look(template: RunTemplate, fault: Fault, never: dict[str, FaultRecord]) -> tuple[str, bool]:
    """And whether the fault is held back for certain."""
    if not fault.needs_steady_state:
        return f"not looked at: whenNotSteady is {fault.when_not_steady}", False
    if excuse := excused_by(template, fault, never):
        return f"not looked at: {EXCUSED.format(excuse.name)}", False
    since, until = looked_at(fault)
    span, known = f"from {write_seconds(since)} to {write_seconds(until)}", until - AHEAD - KNOWN
    if math.ceil(since) + 1 > known:
        held = "not known so early: the fault is held back; let it begin 5s into the load, or later"
    elif not any(start < known and end > since for start, end in under_load(template.load)):
        held = f"not known without load {span}: the fault is held back"
    else:
        return f"looked at {span}", False
    return held, True
