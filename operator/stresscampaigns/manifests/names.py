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


def labels(run: str, campaign: str, role: str) -> dict[str, str]:
    """Labels of everything that belongs to a run; the CRDs keep both names short enough for a label."""
    return {
        "app.kubernetes.io/managed-by": "stresscampaigns",
        CAMPAIGN_LABEL: campaign,
        RUN_LABEL: run,
        ROLE_LABEL: role,
    }


def run_selector(run: str) -> str:
    """Label selector of everything that belongs to a run."""
    return f"{RUN_LABEL}={run}"


def container_prefix(run_uid: str) -> str:
    """Every sidecar of one run begins so."""
    return f"stress-{hashlib.sha256(run_uid.encode()).hexdigest()[:8]}-"


def container_name(run_uid: str, fault: str) -> str:
    """One run, one fault, one name: putting it in twice is impossible."""
    return f"{container_prefix(run_uid)}{fault}"
