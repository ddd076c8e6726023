"""CEL about the parts of a campaign together: what one of them names is there in another, and fits into it."""

from collections.abc import Iterator

from pydantic.config import JsonDict

from stresscampaigns.api.base import cel
from stresscampaigns.api.check_spec import EVERY
from stresscampaigns.api.fault_pairs import pair_rules
from stresscampaigns.api.load_rules import NO_DURATION, SEARCHES, TOTAL, is_stage
from stresscampaigns.api.prometheus_rules import PROMETHEUS_RULES
from stresscampaigns.api.saturation import BUILT_IN
from stresscampaigns.api.written_set import SET_WRITES


def _names_a_scenario(question: str) -> str:
    """Of a question of `c`, a check or a rule: the scenario that it asks for is there, or is a Locust file's own."""
    asked = f"c.{question}.scenario"
    return (
        f"(!has(c.{question}) || !has({asked}) || !has(self.load.scenarios) || self.load.scenarios.exists(s, "
        f"s.name == {asked} || {asked}.startsWith(s.name + '-')))"
    )


_NAMES_A_SCENARIO = " && ".join(map(_names_a_scenario, ("latency", "errorRate", "throughput")))


def _about_what_is_there(field: str, what: str) -> Iterator[JsonDict]:
    """Of the questions in a field: faults, resources and neighbours that they name are the campaign's."""

    def each(question: str, there: str, message: str) -> JsonDict:
        rule = f"!has(self.{field}) || self.{field}.all(c, !has(c.{question}) || {there})"
        return cel(rule, message, f".{field}")

    for kind in ("recovery", "restarts", "podsReady", "containment"):
        named = f"c.{kind}.fault == '{EVERY}' || self.faults.exists(f, f.name == c.{kind}.fault)"
        words = f"a {kind} {what} names a fault that is not in faults"
        yield each(kind, f"(has(self.faults) && ({named}))", words)
    own = "(has(self.saturation) && self.saturation.exists(r, r.name == c.saturation.resource))"
    yield each(
        "saturation",
        f"c.saturation.resource in {list(BUILT_IN)} || {own}",
        f"a saturation {what} names a resource that is neither in saturation nor one of {', '.join(BUILT_IN)}",
    )
    yield each(
        "containment",
        "(has(self.neighbours) && (!has(c.containment.neighbours) || "
        "c.containment.neighbours.all(n, self.neighbours.exists(one, one.name == n))))",
        f"a containment {what} needs neighbours, and those that it names must be among them",
    )


CROSS_RULES = (
    cel(
        f"self.checks.all(c, {_NAMES_A_SCENARIO})",
        "a check names a scenario that is not in load.scenarios",
        ".checks",
    ),
    cel(
        f"!has(self.abortWhen) || self.abortWhen.all(c, {_NAMES_A_SCENARIO})",
        "an abort rule names a scenario that is not in load.scenarios: it could never hold",
        ".abortWhen",
    ),
    cel(
        f"!has(self.faults) || self.faults.all(f, duration(f.at) + duration(f.duration) <= {TOTAL})",
        "a fault ends after the load does: at + duration of every fault must fit into the stages' total",
        ".faults",
        unless=NO_DURATION,
    ),
    *_about_what_is_there("checks", "check"),
    *_about_what_is_there("abortWhen", "rule of abortWhen"),
    cel(
        f"{SEARCHES} || self.checks.all(c, !has(c.capacity))",
        "a capacity check needs a search: give load.capacity, or the profile capacity",
        ".checks",
    ),
    cel(
        f"self.checks.all(c, !has(c.dataLoss)) || (has(self.load.scenarios) && "
        f"self.load.scenarios.exists(s, s.name == '{SET_WRITES}' && (!has(s.weight) || s.weight > 0)))",
        f"a dataLoss check needs the scenario {SET_WRITES}: it writes what is then looked for",
        ".checks",
    ),
    cel(
        "self.checks.all(c, !has(c.after) || (has(self.faults) && self.faults.exists(f, f.name == c.after)))",
        "`after` of a check names a fault that is not in faults",
        ".checks",
    ),
    *(
        cel(
            f"self.checks.all(c, !has(c.{window}) || {is_stage(f'c.{window}')} || "
            f"(has(self.faults) && self.faults.exists(f, f.name == c.{window})))",
            f"`{window}` of a check names neither a stage nor a fault",
            ".checks",
        )
        for window in ("during", "comparedTo")
    ),
    cel(
        f"!has(self.faults) || !self.faults.exists(f, {is_stage('f.name')})",
        "a fault and a stage have the same name: `during` could not tell them apart",
        ".faults",
    ),
    *pair_rules(),
    *PROMETHEUS_RULES,
)
