"""What holds of the fields of one fault together."""

from pydantic.config import JsonDict

from stresscampaigns.api.base import cel
from stresscampaigns.api.fault_types import type_rules
from stresscampaigns.api.selection import COUNTED
from stresscampaigns.api.units import DURATION_PATTERN, PERCENT_PATTERN, written_as

LONGEST_FAULT = "24h"
_NO_DURATION = f"!({written_as(DURATION_PATTERN, 'self.duration')})"
_POSITIVE = cel(
    "duration(self.duration) > duration('0s')",
    "a fault needs a duration of more than 0s",
    ".duration",
    unless=_NO_DURATION,
)
_BOUNDED = cel(
    f"duration(self.duration) <= duration('{LONGEST_FAULT}')",
    f"a fault lasts {LONGEST_FAULT} at most",
    ".duration",
    unless=_NO_DURATION,
)
_VALUE = cel(
    f"(self.mode in {list(COUNTED)}) == has(self.value)",
    f"value belongs to the modes {', '.join(COUNTED)}, which need it",
    ".value",
)
_PERCENT = cel(
    "!has(self.value) || self.mode == 'fixed' || self.value <= 100",
    "value of a mode that counts in percent is 100 at most",
    ".value",
)
_JITTER = cel(
    "!has(self.jitter) || !has(self.latency) || duration(self.jitter) <= duration(self.latency)",
    "jitter must not be more than latency: no packet arrives before it was sent",
    ".jitter",
    unless=f"!({written_as(DURATION_PATTERN, 'self.jitter', 'self.latency')})",
)
_DISK = cel(
    "self.type != 'DiskFull' || !has(self.amount) || double(self.amount.replace('%', '')) <= 100.0",
    "amount of a DiskFull is 100% at most: there is no more than the free space",
    ".amount",
    unless=f"!({written_as(PERCENT_PATTERN, 'self.amount')})",
)
_HOW_ALONE = ("status", "body", "latency", "limit")
_EITHER = cel(
    "self.type != 'ExternalApiFailure' || !has(self.how) || !("
    + " || ".join(f"has(self.{field})" for field in _HOW_ALONE)
    + ")",
    f"how of an ExternalApiFailure leaves no room for {', '.join(_HOW_ALONE)}: no request is answered",
    ".how",
)
_RETRY = cel("!has(self.retryAfter) || has(self.status)", "retryAfter goes with a status", ".retryAfter")
_NO_CHOICE = cel(
    "self.type != 'BadRollout' || (self.mode == 'one' && self.newPods == 'Ignore' && self.seed == 0)",
    "mode, seed and newPods choose pods: a BadRollout leaves them out, for it reaches all of its Deployment",
    ".mode",
)
_NO_PODS = cel(
    "self.type != 'BadRollout' || !has(self.target) || !has(self.target.selector)",
    "target of a BadRollout has no selector: its pods are those of its Deployment",
    ".target",
)
_PODS = cel(
    "self.type == 'BadRollout' || !has(self.target) || has(self.target.selector)",
    "target needs a selector",
    ".target",
)


def fault_rules() -> list[JsonDict]:
    """All of it, with what each type takes."""
    own = (
        _POSITIVE,
        _BOUNDED,
        _VALUE,
        _PERCENT,
        _JITTER,
        _DISK,
        _EITHER,
        _RETRY,
        _NO_CHOICE,
        _NO_PODS,
        _PODS,
    )
    return [*own, *type_rules()]
