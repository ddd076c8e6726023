"""What the owners of a run's namespaces allow: its target's, its faults', and those into which its load's way leads."""

import asyncio
from collections.abc import Collection

from stresscampaigns.core.addresses import shown
from stresscampaigns.core.consent import Consent, all_of, also, beyond_breaking, entrusted, led_to, protected
from stresscampaigns.core.progress import RunView
from stresscampaigns.runtime.ports import Staging


async def owners_consent(staging: Staging, run: RunView, own_namespaces: Collection[str]) -> Consent:
    """Of the owners of the target's and the faults' namespaces; and of those into which the load's way leads."""
    target, faults, ways = run.target_namespace, run.fault_namespaces, _ways(run)
    closed = protected({run.namespace, target, *ways.values(), *faults}, own_namespaces)
    if not closed.ok:
        return Consent(closed, closed)
    names = sorted({target, *ways.values(), *faults})
    consents = dict(zip(names, await asyncio.gather(*map(staging.namespace, names)), strict=True))
    beside = [consents[name] for name in faults if name != target]
    whole = all_of(consents[target], beside, target in faults)
    for way, other in ways.items():
        whole = whole if other == target else also(whole, consents[other], way)
    for fault in run.template.faults or []:
        if uses := beyond_breaking(fault):
            place, field = run.namespace_of(fault), f"spec.faults[{fault.name}]"
            whole = entrusted(whole, consents[place], place, run.namespace, field, uses)
    return whole


def _ways(run: RunView) -> dict[str, str]:
    """Of the load: what leads it → the namespace to which it leads, where that can be seen."""
    load, url = run.template.load, run.template.target.url
    named = {f"spec.target.url {shown(url)}": url}
    if load.proxy:
        named[f"spec.load.proxy {load.proxy}"] = load.proxy
    found = {way: led_to(address, run.namespace) for way, address in named.items()}
    return {way: other for way, other in found.items() if other}
