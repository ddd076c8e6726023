"""Faults that exclude each other: at the same time, in the same pods, one would undo or outdo the other."""

from pydantic.config import JsonDict

from stresscampaigns.api.base import cel
from stresscampaigns.api.load_rules import NO_DURATION

ALONE: dict[str, str] = {
    "DatabaseUnavailable": "port",
    "DatabasePoolExhausted": "port",
    "ExternalApiFailure": "port",
    "MemoryPressure": "",
    "DiskFull": "path",
    "BadRollout": "deployment",
    "ServiceHang": "port",
    "ServiceUnready": "port",
    "DnsFailure": "",
}
"""Type → the field in which two of it must differ to get along; none: they never do."""
NARROWED = {"ServiceHang": "peers", "DnsFailure": "names"}
"""Type → the field of which one that has it gets along with any other: it does not hit all that the other hits."""
KILLERS = ("PodKill", "ServiceCrash")
_SAME_PODS = "((has(f.target) && has(g.target)) ? f.target == g.target : (!has(f.target) && !has(g.target)))"
_F_BEGINS_IN_G = "duration(f.at) >= duration(g.at) && duration(f.at) < duration(g.at) + duration(g.duration)"


def pair_rules() -> list[JsonDict]:
    """Of a list of faults; `g` is the one that is there first."""
    same = " || ".join(
        f"f.type == '{kind}'" + _equal(field) + _whole(NARROWED.get(kind)) for kind, field in ALONE.items()
    )
    return [
        _never(
            f"g.name != f.name && f.type == g.type && ({same}) && {_F_BEGINS_IN_G} && {_SAME_PODS}",
            f"two faults of one type at the same time in the same pods exclude each other: {', '.join(ALONE)}",
        ),
        _never(
            f"f.type in {list(KILLERS)} && !(g.type in {list(KILLERS)}) && has(g.mode) && g.mode == 'all' && "
            f"{_F_BEGINS_IN_G} && {_SAME_PODS}",
            f"{' and '.join(KILLERS)} end what a fault has put into all of the same pods: that one would be Lost",
        ),
    ]


def _equal(field: str) -> str:
    return f" && f.{field} == g.{field}" if field else ""


def _whole(narrowed: str | None) -> str:
    return f" && !has(f.{narrowed}) && !has(g.{narrowed})" if narrowed else ""


def _never(pair: str, message: str) -> JsonDict:
    rule = f"!has(self.faults) || self.faults.all(f, !self.faults.exists(g, {pair}))"
    return cel(rule, message, ".faults", unless=NO_DURATION)
