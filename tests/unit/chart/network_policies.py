"""What NetworkPolicies let through, as far as ours say anything: selectors of pods and namespaces, ports, addresses."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kubernetes.client import ApiClient

Policy = dict[str, Any]


@dataclass(frozen=True)
class Peer:
    """A pod in a namespace, or an address outside."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    opted_in: bool = False
    address: str | None = None


def as_kubernetes_reads_it(policy: Policy) -> Policy:
    """The policy through Kubernetes' own types: what they do not know is missing then."""
    client = ApiClient()
    read = client.deserialize(json.dumps(policy), "V1NetworkPolicy", "application/json")
    found: Policy = client.sanitize_for_serialization(read)
    return found


def concerns(policy: Policy, pod: Peer) -> bool:
    """Does it limit this pod?"""
    same = policy["metadata"]["namespace"] == pod.namespace
    return same and _selects(policy["spec"]["podSelector"], pod.labels)


def lets_out(policy: Policy, to: Peer, port: int, protocol: str = "TCP") -> bool:
    """Of a pod that it concerns: may it connect there?"""
    if "Egress" not in policy["spec"]["policyTypes"]:
        return True
    return any(_passes(policy, rule, "to", to, port, protocol) for rule in policy["spec"].get("egress", []))


def lets_in(policy: Policy, who: Peer, port: int, protocol: str = "TCP") -> bool:
    """Of a pod that it concerns: may it be connected to from there?"""
    rules = policy["spec"].get("ingress", [])
    return any(_passes(policy, rule, "from", who, port, protocol) for rule in rules)


def _passes(policy: Policy, rule: Policy, side: str, peer: Peer, port: int, protocol: str) -> bool:
    home = policy["metadata"]["namespace"]
    fits = side not in rule or any(_is(one, home, peer) for one in rule[side])
    ports = [(one["port"], one.get("protocol", "TCP")) for one in rule.get("ports", [])]
    return fits and ("ports" not in rule or (port, protocol) in ports)


def _is(one: Policy, home: str, peer: Peer) -> bool:
    if "ipBlock" in one:
        network = ipaddress.ip_network(one["ipBlock"]["cidr"])
        return peer.address is not None and ipaddress.ip_address(peer.address) in network
    if peer.address:
        return False
    allowed = {"stresscampaigns.dev/allowed": "load"} if peer.opted_in else {}
    labels = {"kubernetes.io/metadata.name": peer.namespace, **allowed}
    there = (
        _selects(one["namespaceSelector"], labels) if "namespaceSelector" in one else peer.namespace == home
    )
    return there and _selects(one.get("podSelector", {}), peer.labels)


def _selects(selector: Policy, labels: Mapping[str, str]) -> bool:
    wanted = selector.get("matchLabels", {}).items()
    expressions = selector.get("matchExpressions", [])
    return wanted <= dict(labels).items() and all(
        one["key"] in labels and (one["operator"] == "Exists" or labels[one["key"]] in one["values"])
        for one in expressions
    )
