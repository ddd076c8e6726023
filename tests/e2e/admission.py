"""Campaigns that are offered to the API server, which takes or refuses them: nothing of them is kept."""

import json
from typing import Any

import pytest

from demo.kubectl import CommandFailed, run
from tests.e2e.campaigns import campaign

FAULT = {"name": "cut", "type": "NetworkPartition", "at": "1s", "duration": "2s", "port": 5432}
PLAIN = {key: value for key, value in FAULT.items() if key != "port"}
POOL = {"name": "db-pool", "used": "db_pool_in_use", "limit": "db_pool_size"}
DATA = {"configMap": "items", "key": "items.csv"}
LOGIN = {"secret": "postgres"}
STAGE = {"name": "only", "users": 3, "duration": "6s"}
Wrong = tuple[dict[str, Any], str, str]
"""Of a campaign's spec what is changed, the field that is named then, and words of the message."""


def staged(**changes: Any) -> dict[str, Any]:
    """A load of one stage."""
    return {"stages": [STAGE], "scenarios": [{"name": "agent-workflow"}], **changes}


def by_profile(profile: str = "light", **changes: Any) -> dict[str, Any]:
    """A load by its profile's name."""
    return {"profile": profile, "scenarios": [{"name": "agent-workflow"}], **changes}


def expected(**changes: Any) -> dict[str, Any]:
    """A load by the traffic that is expected."""
    return {"expected": {"users": 10, **changes}, "scenarios": [{"name": "agent-workflow"}]}


def own_file(**source: str) -> dict[str, Any]:
    """A load of the user's own Locust file."""
    return {"stages": [STAGE], "locustfile": source}


def one_check(**fields: Any) -> list[dict[str, Any]]:
    """All that is checked."""
    return [{"name": "one", **fields}]


def offer(manifest: dict[str, Any]) -> None:
    """Apply it, but for what would be kept.

    Raises:
        CommandFailed: it is refused.
    """
    run("kubectl", "apply", "--dry-run=server", "-f", "-", stdin=json.dumps(manifest))


def refused(wrong: Wrong) -> None:
    """It is, and the message names the field and says what is wrong."""
    changes, field, words = wrong
    refused_with(campaign("malformed", **changes), field, words)


def refused_with(manifest: dict[str, Any], field: str, words: str) -> None:
    """The same of a whole campaign."""
    assert words, "no word is in any message"
    with pytest.raises(CommandFailed) as refusal:
        offer(manifest)
    said = str(refusal.value)
    assert field in said, said
    assert words in said, said
