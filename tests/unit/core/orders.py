"""Standing orders: campaigns as their plan sees them, and what became of their runs."""

from datetime import UTC, datetime
from typing import Any

from stresscampaigns.api.campaign import StressCampaignStatus
from stresscampaigns.api.status import Verdict
from stresscampaigns.core.campaigns import CampaignView, RunView
from tests.unit.core.builders import campaign_spec


def at(text: str) -> float:
    """A moment in UTC, like `2027-01-15T08:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


CREATED = at("2027-01-15T07:59")


def order(status: dict[str, Any] | None = None, **changes: Any) -> CampaignView:
    """A campaign called `weekly`; what is not about the object itself goes into its spec.

    `asks_dry_run` is the annotation; `dry_run` is the spec's.
    """
    own = {"generation", "created", "run_now", "rehearse", "asks_dry_run", "deleting"}
    about = {"generation": 1, "created": CREATED} | {key: changes[key] for key in own & set(changes)}
    spec = campaign_spec(**{key: value for key, value in changes.items() if key not in own})
    about["dry_run"] = about.pop("asks_dry_run", None)
    known = StressCampaignStatus.model_validate(status or {})
    return CampaignView("weekly", "staging", "uid-of-campaign", spec=spec, status=known, **about)


def hourly(status: dict[str, Any] | None = None, **changes: Any) -> CampaignView:
    """One that runs at every full hour."""
    return order(status, **({"schedule": "0 * * * *"} | changes))


def past_run(name: str, intended: float = CREATED, verdict: Verdict = "Passed", *failed: str) -> RunView:
    """A run that is over."""
    return RunView(name, intended, finished=True, verdict=verdict, failed_checks=failed)


def active_run(name: str, intended: float = CREATED) -> RunView:
    """A run under way."""
    return RunView(name, intended, finished=False)
