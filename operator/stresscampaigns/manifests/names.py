"""Names and labels of what a run creates: made from the run alone, so that creating twice is impossible."""

import hashlib

from stresscampaigns.api.base import CAMPAIGN_LABEL, ROLE_LABEL, RUN_LABEL

LONGEST = 52
"""Pods of a Job get up to 11 characters more, and a label value holds 63."""


def object_name(run: str, role: str) -> str:
    """`<run>-<role>`, shortened with a hash where it would be too long."""
    name = f"{run}-{role}"
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - 9 - len(role)]}-{hashlib.sha256(run.encode()).hexdigest()[:7]}-{role}"


def label_value(name: str) -> str:
    """A name as a label's value, which holds at most 63 characters."""
    return name if len(name) <= 63 else f"{name[:54]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def labels(run: str, campaign: str, role: str) -> dict[str, str]:
    """Labels of everything that belongs to a run."""
    return {
        "app.kubernetes.io/managed-by": "stresscampaigns",
        CAMPAIGN_LABEL: label_value(campaign),
        RUN_LABEL: label_value(run),
        ROLE_LABEL: role,
    }


def run_selector(run: str) -> str:
    """Label selector of everything that belongs to a run."""
    return f"{RUN_LABEL}={label_value(run)}"
