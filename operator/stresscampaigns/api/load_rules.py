"""CEL about a load whose stages may be written out, or follow from a profile or from the expected traffic."""

import json
from collections.abc import Mapping

from stresscampaigns.api.base import cel, unique_names
from stresscampaigns.api.load_plan import WHOLE
from stresscampaigns.api.profiles import BUFFER, EXPECTED, PROFILES, SPIKE_FACTOR, stage_names
from stresscampaigns.api.units import DURATION_PATTERN, written_as

_L = "self.load"
_NEVER = "duration('87600h')"
"""Of a load without stages: another rule has refused it already."""


def _literal(table: Mapping[str, object]) -> str:
    """A table as CEL writes it."""
    return json.dumps(table).replace('"', "'")


_LENGTHS = _literal({name: profile.duration for name, profile in PROFILES.items()})
_NAMES = _literal(stage_names())

TOTAL = (
    f"(has({_L}.stages) ? {_L}.stages.map(s, duration(s.duration)).sum() : "
    f"has({_L}.profile) ? duration(has({_L}.duration) ? {_L}.duration : {_LENGTHS}[{_L}.profile]) : "
    f"has({_L}.expected) ? duration({_L}.expected.duration) + duration({_L}.expected.duration) : {_NEVER})"
)
"""Length of all stages of a campaign's load together."""
_WRITTEN = " && ".join(
    (
        f"(!has({_L}.stages) || {_L}.stages.all(s, {written_as(DURATION_PATTERN, 's.duration')}))",
        f"(!has({_L}.expected) || {written_as(DURATION_PATTERN, f'{_L}.expected.duration')})",
        written_as(DURATION_PATTERN, f"{_L}.duration"),
        f"(!has(self.faults) || self.faults.all(f, {written_as(DURATION_PATTERN, 'f.at', 'f.duration')}))",
    )
)
NO_DURATION = f"!({_WRITTEN})"
"""Is one of the lengths and times that a campaign's stages and faults have no duration? It is refused as such."""
SEARCHES = f"(has({_L}.capacity) || (has({_L}.profile) && {_L}.profile == 'capacity'))"
"""Is there a search for the capacity?"""


def is_stage(name: str) -> str:
    """Is the value of this CEL expression the name of a stage of a campaign's load?"""
    return (
        f"((has({_L}.stages) && {_L}.stages.exists(s, s.name == {name})) || "
        f"(has({_L}.profile) && {name} in {_NAMES}[{_L}.profile]) || "
        f"(has({_L}.expected) && {name} in ['{EXPECTED}', '{BUFFER}']))"
    )


_IS_OPEN = "((has(self.stages) && self.stages.all(s, has(s.rate))) || (has(self.expected) && has(self.expected.rate)))"
_IS_CAPACITY = "has(self.profile) && self.profile == 'capacity'"

LOAD_RULES = (
    cel(
        "[has(self.profile), has(self.stages), has(self.expected)].filter(x, x).size() == 1",
        "give exactly one of profile, stages, expected: it says how much load there is, and when",
    ),
    cel(
        "has(self.profile) || (!has(self.users) && !has(self.duration))",
        "users and duration change those of a profile: give a profile, or write them into the stages",
    ),
    cel(
        f"!(has(self.profile) && self.profile == 'spike' && has(self.users)) || self.users >= {SPIKE_FACTOR}",
        f"users of a spike are its peak, {SPIKE_FACTOR} times its baseline: give {SPIKE_FACTOR} or more",
        ".users",
    ),
    cel(
        f"!({_IS_CAPACITY}) || !has(self.duration)",
        "a search takes as long as its trials: leave duration out, and give capacity.trial and capacity.confirm",
        ".duration",
    ),
    cel(
        f"!({_IS_CAPACITY}) || !has(self.users) || !has(self.capacity)",
        "the search's highest load is given twice: give capacity.highest, or leave capacity out",
        ".users",
    ),
    cel(
        "has(self.scenarios) != has(self.locustfile)",
        "give either scenarios or locustfile: exactly one of them says what the users do",
    ),
    cel(
        f"!(has(self.maxInFlight) || has(self.arrivals)) || {_IS_OPEN}",
        "maxInFlight and arrivals belong to the open model: give the stages a rate instead of users",
    ),
    cel(
        f"!has(self.capacity) || !{_IS_OPEN}",
        "capacity is searched in users: give the stages users instead of a rate",
    ),
)
"""Of a load."""

STAGES_RULES = (
    unique_names("stages"),
    cel(
        f"self.all(s, s.name != '{WHOLE}')",
        f"no stage can be called {WHOLE}: that is the window of the whole load",
    ),
    cel(
        "self.exists(s, (has(s.users) && s.users > 0) || (has(s.rate) && s.rate > 0.0))",
        "no stage has any load: give at least one stage users, or a rate, of 1 or more",
    ),
    cel(
        "self.all(s, has(s.users)) || self.all(s, has(s.rate))",
        "stages mix users (closed model) and rate (open model): give all of them the one or the other",
    ),
)
"""Of stages that are written out."""
