"""What a namespace's owner lets happen there, read from a label and an annotation. Pure."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from stresscampaigns.api.base import ALLOWED_LABEL, MAX_FAULT_SHARE_ANNOTATION, TRUSTS_ANNOTATION
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.selection import SYSTEM_NAMESPACES
from stresscampaigns.api.units import PERCENT_PATTERN, threshold_value
from stresscampaigns.core.observation import Probe

YES = Probe(True)
_HOST = re.compile(r"^https?://(?:[^/?#@]*@)?([A-Za-z0-9._-]+)")
"""An address in brackets is no name."""
NOT_FOUND = "NamespaceNotFound"


@dataclass(frozen=True)
class Consent:
    """May there be load, may there be faults, and of how many pods at once?"""

    load: Probe = YES
    faults: Probe = YES
    most_share: float = 1.0
    """Of the pods that one selector picks, broken at once."""
    trusts: frozenset[str] = frozenset()
    """Other namespaces whose campaigns may use Secrets, change Deployments, and run programs of their own in pods."""

    def to(self, faults: bool) -> Probe:
        """To a run with or without faults."""
        return self.faults if faults and self.load.ok else self.load


def consent(name: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> Consent:
    """What the owner of a namespace allows."""
    allowed = labels.get(ALLOWED_LABEL)
    if allowed not in ("true", "load"):
        closed = Probe(False, "NamespaceNotAllowed", _not_opted_in(name, allowed))
        return Consent(closed, closed)
    if allowed == "load":
        command = _command(name, "true", known=True)
        message = f"namespace {name} allows load, but no faults; its owner allows both with {command}"
        return Consent(faults=Probe(False, "FaultsNotAllowed", message))
    trusts = frozenset(map(str.strip, annotations.get(TRUSTS_ANNOTATION, "").split(",")))
    return replace(_bounded(name, annotations.get(MAX_FAULT_SHARE_ANNOTATION)), trusts=trusts - {""})


def protected(namespaces: Collection[str], own: Collection[str]) -> Probe:
    """System namespaces and the operator's own stay untouched, whatever their labels say."""
    closed = sorted(set(namespaces) & {*SYSTEM_NAMESPACES, *own})
    if not closed:
        return YES
    message = (
        f"namespace {closed[0]} is Kubernetes' or the operator's own: no load and no fault goes there, whatever its "
        "label says; use the namespace of a staging system"
    )
    return Probe(False, "NamespaceProtected", message)


def led_to(url: str, home: str) -> str | None:
    """The namespace of the Service or pod that a URL names, as a pod in the namespace `home` would look it up.

    None where it names none for certain; what is given need not exist: `shop.example` may be a host anywhere.
    """
    found = _HOST.match(url)
    labels = found[1].lower().rstrip(".").split(".") if found else ["localhost"]
    if labels == ["localhost"] or labels[-1].isdigit():
        return None
    if "svc" in labels[2:]:
        return labels[labels.index("svc", 2) - 1]
    return home if len(labels) == 1 else labels[-1]


def also(first: Consent, theirs: Consent, way: str) -> Consent:
    """Where the load's URL or proxy leads into another namespace, its owner has a say, too; where there is one.

    Args:
        way: the field that leads there, and what it says.
    """
    if theirs.load.ok or theirs.load.reason == NOT_FOUND or not first.load.ok:
        return first
    closed = Probe(False, theirs.load.reason, f"{way} leads there: {theirs.load.message}")
    return Consent(closed, closed)


def beyond_breaking(fault: Fault) -> str | None:
    """What the fault takes that is worth more than to break something, as what nobody may do without trust.

    A program in a pod has that pod's network, its way to a database and what a cloud gives to its address among it.
    """
    if fault.credentials:
        return "use no Secret of"
    if fault.rolls_out:
        return "change no Deployment of"
    return "run no program of its own in a pod of" if fault.type == "Custom" else None


def entrusted(first: Consent, theirs: Consent, name: str, home: str, fault: str, uses: str) -> Consent:
    """A fault that takes more than breaking does so with our rights, not with those of its author.

    Args:
        name: of the namespace in which it does.
        home: the campaign's, whose authors may have no right there.
        fault: the field that says so.
        uses: what it takes, as `beyond_breaking` has it.
    """
    if name == home or home in theirs.trusts or not first.faults.ok:
        return first
    message = (
        f"{fault}: a campaign of namespace {home} may {uses} namespace {name}; its owner allows it with "
        f"`kubectl annotate namespace {name} {TRUSTS_ANNOTATION}={home}`"
    )
    return replace(first, faults=Probe(False, "NamespaceNotTrusted", message))


def all_of(target: Consent, others: Collection[Consent], at_target: bool) -> Consent:
    """Of the target's owner to the load, and of the owners of all namespaces in which there is to be a fault.

    Args:
        others: of those namespaces, but for the target's.
        at_target: is there to be a fault in the target's own, too?
    """
    asked = [*([target] if at_target else []), *others]
    closed = next((one for one in asked if not one.faults.ok), None)
    share = min((one.most_share for one in asked), default=target.most_share)
    return Consent(target.load, closed.faults if closed else YES, share)


def _not_opted_in(name: str, known: str | None) -> str:
    both, load = (_command(name, value, known is not None) for value in ("true", "load"))
    return f"namespace {name} has not opted in; its owner allows load and faults with {both}, load alone with {load}"


def _command(name: str, value: str, known: bool) -> str:
    return f"`kubectl label namespace {name} {ALLOWED_LABEL}={value}{' --overwrite' if known else ''}`"


def _bounded(name: str, share: str | None) -> Consent:
    if share is None:
        return Consent()
    if re.fullmatch(PERCENT_PATTERN, share) and threshold_value(share) <= 1:
        return Consent(most_share=threshold_value(share))
    message = (
        f"annotation {MAX_FAULT_SHARE_ANNOTATION} of namespace {name} is {share!r}: nobody knows how many pods may be "
        "broken; its owner writes it like 50%"
    )
    return Consent(faults=Probe(False, "FaultShareUnreadable", message))
