"""What is no abort rule: questions that only the end of a run answers, and bounds that mean nothing before it."""

from stresscampaigns.api.base import cel
from stresscampaigns.api.pod_watch import AFTERMATH
from stresscampaigns.api.units import DURATION_PATTERN

AT_ONCE = ("recovery", "restarts", "podsReady", "containment")
"""Kinds of rules about a fault: they hold from one moment on, and never cease to."""
_AT_ONCE = f"({' || '.join(f'has(self.{kind})' for kind in AT_ONCE)})"
_AT_ONCE_WORDS = "recovery, restarts, podsReady or containment"

REFUSALS = (
    cel(
        "!has(self.dataLoss)",
        "dataLoss is no abort rule: elements are read back when the load is over. Ask it in checks; to end a run "
        "whose writes fail, give errorRate with the name of the writes",
        ".dataLoss",
    ),
    cel(
        "!has(self.capacity)",
        "capacity is no abort rule: it is known when the search is over, which stops by itself at what does not hold. "
        "Ask it in checks, or give latency or errorRate",
        ".capacity",
    ),
    cel(
        "!has(self.comparedTo)",
        "comparedTo is no part of an abort rule: two windows are compared when both are over. Ask it in checks, or "
        "give a fixed bound, or a query that compares, like up / up offset 10m",
        ".comparedTo",
    ),
    cel(
        f"!{_AT_ONCE} || !has(self.below)",
        f"below of a {_AT_ONCE_WORDS} rule is known when all is over: give above, or ask min in checks",
        ".below",
    ),
    cel(
        f"!{_AT_ONCE} || !has(self.__for__)",  # so CEL spells a field that is called like a word of its own
        f"a {_AT_ONCE_WORDS} rule holds from the moment on at which above is passed: leave out for",
        ".for",
    ),
    cel(
        # What is no duration is refused by another rule.
        "!has(self.podsReady) || !has(self.above) || type(self.above) != string || "
        f"!string(self.above).matches(r'{DURATION_PATTERN}') || "
        f"duration(string(self.above)) < duration('{AFTERMATH:.0f}s')",
        f"above of a podsReady rule must be less than {AFTERMATH / 60:.0f}m: no longer are pods looked at then",
        ".above",
    ),
)
