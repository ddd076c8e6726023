"""Who refuses requests as too many: HTTP 429 as the load counted them; when it began, from the service's counter."""

from dataclasses import dataclass

from stresscampaigns.api.load_plan import WHOLE
from stresscampaigns.api.load_result import LoadResult, RequestStats
from stresscampaigns.api.saturation import RATE_LIMIT, ResourceRecord
from stresscampaigns.api.units import show_seconds
from stresscampaigns.core.checks import counting
from stresscampaigns.core.checks.answer import show_ratio
from stresscampaigns.core.observation import History

_REFUSED = " refused"
"""The scenario rate-limiter counts what was refused as promised under names that end so."""


@dataclass(frozen=True)
class Refusals:
    """What was refused of all that completed, since when (seconds into the load), and at what load."""

    refused: int
    total: int
    first: float | None = None
    load: str | None = None

    @property
    def words(self) -> str:
        """How many, and which share."""
        return f"{self.refused} requests refused with 429, {show_ratio(self.refused / self.total)}"

    @property
    def record(self) -> ResourceRecord:
        """As the run's status tells it."""
        known = self.refused and self.first is not None
        return ResourceRecord(
            resource=RATE_LIMIT,
            state="Saturated" if self.refused else "NotSaturated" if self.total else "Unknown",
            source="load generator",
            used=self.words if self.refused else None,
            reached_after=show_seconds(self.first) if known and self.first is not None else None,
            load=self.load if known else None,
            detail=None if self.total else "no request completed",
        )


def counted(result: LoadResult) -> tuple[int, int]:
    """How many requests were refused, and how many completed at all."""
    window = counting.window(result, WHOLE)
    entries = window.requests if window else []
    return sum(map(_refused, entries)), counting.total(entries)


def _refused(entry: RequestStats) -> int:
    promised = entry.count if entry.name.endswith(_REFUSED) else 0
    return promised + sum(count for kind, count in entry.failures.items() if kind.startswith("HTTP 429"))


def began(history: History | None, start: float) -> float | None:
    """When the first was refused, in seconds from the start of the load; None where nobody counted it."""
    moments = []
    for series in history.series if history else ():
        # A counter is there from the first refusal on, or stood at something before the load.
        before = next((value for moment, value in series.points if moment <= start + 1), 0.0)
        moments += [moment for moment, value in series.points if value > before][:1]
    return min(moments) - start if moments else None
