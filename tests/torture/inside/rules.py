"""Of a network namespace's nftables, as `nft -j` tells them: what of ours still does something. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any

OURS = "stress_"
"""Every table of a sidecar's begins so."""
Part = Mapping[str, Any]


def our_tables(listed: Iterable[Part]) -> list[tuple[str, str]]:
    """Family and name of each table of ours."""
    tables = (part["table"] for part in listed if "table" in part)
    return [(one["family"], one["name"]) for one in tables if one["name"].startswith(OURS)]


def live(listed: Iterable[Part]) -> list[str]:
    """What still matches in one table; nothing: the table is inert.

    A rule of ours at a hook of the kernel's asks for an element of a set: without an element it matches nothing.
    One that does not ask matches for ever, and one that asks for its absence from then on.
    """
    parts = list(listed)
    hooks = {part["chain"]["name"] for part in parts if "hook" in part.get("chain", {})}
    found = [
        f"set {part['set']['name']} has elements: {part['set']['elem']}"
        for part in parts
        if part.get("set", {}).get("elem")
    ]
    rules = [part["rule"] for part in parts if "rule" in part]
    found += [
        f"a rule at {one['chain']} matches always"
        for one in rules
        if one["chain"] in hooks and not _asks(one) and not _resets_what_was_redirected(one)
    ]
    return found


def _resets_what_was_redirected(rule: Part) -> bool:
    """A dead proxy's: what went through it is ended. Nothing new gets there, for that takes an element."""
    matches = [part["match"] for part in rule["expr"] if "match" in part]
    redirected = any(one["left"] == {"ct": {"key": "status"}} and one["right"] == "dnat" for one in matches)
    return redirected and any(part.get("reject") == {"type": "tcp reset"} for part in rule["expr"])


def _asks(rule: Part) -> bool:
    matches = (part["match"] for part in rule["expr"] if "match" in part)
    return any(str(one.get("right", "")).startswith("@") and one["op"] != "!=" for one in matches)
