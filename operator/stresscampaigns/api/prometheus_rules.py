"""CEL about a campaign that names no Prometheus: what only Prometheus could answer is refused, never left open."""

from pydantic.config import JsonDict

from stresscampaigns.api.base import cel

WITHOUT_PROMETHEUS = ("memory", "cpu")
"""Resources whose use metrics.k8s.io tells of, too."""
_MISSING = "needs `prometheus`: nobody else can answer it"


def _needed_by(what: str, rule: str, field: str) -> JsonDict:
    return cel(f"has(self.prometheus) || {rule}", f"{what} {_MISSING}", field)


PROMETHEUS_RULES = (
    _needed_by("a query check", "self.checks.all(c, !has(c.query))", ".checks"),
    _needed_by(
        f"a saturation check of anything but {' and '.join(WITHOUT_PROMETHEUS)}",
        f"self.checks.all(c, !has(c.saturation) || c.saturation.resource in {list(WITHOUT_PROMETHEUS)})",
        ".checks",
    ),
    _needed_by("a resource of the service's own", "!has(self.saturation)", ".saturation"),
    _needed_by(
        "an abort rule on a query or on saturation",
        "!has(self.abortWhen) || self.abortWhen.all(r, !has(r.query) && !has(r.saturation))",
        ".abortWhen",
    ),
    _needed_by(
        "`detected` of a fault", "!has(self.faults) || self.faults.all(f, !has(f.detected))", ".faults"
    ),
    _needed_by("load.serverCounter", "!has(self.load.serverCounter)", ".load"),
)
