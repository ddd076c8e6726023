"""Two faults that exclude each other are refused at apply; two that get along are not."""

from typing import Any

import pytest

from tests.e2e.admission import FAULT, PLAIN, Wrong, offer, refused
from tests.e2e.campaigns import campaign

PODS = {"selector": {"matchLabels": {"app": "agents"}}}
AWAY = {**FAULT, "name": "away", "type": "DatabaseUnavailable"}
ROLLOUT: dict[str, Any] = {
    **PLAIN,
    "type": "BadRollout",
    "deployment": "agents",
    "env": {"DEFECT": "no-limit"},
}
HUNG = {**FAULT, "name": "hung", "type": "ServiceHang"}
UNREADY = {**FAULT, "name": "unready", "type": "ServiceUnready"}
NAMELESS = {**PLAIN, "name": "nameless", "type": "DnsFailure"}
FULL = {**PLAIN, "name": "full", "type": "DiskFull", "amount": "90%", "path": "/data"}
EXCLUSIVE: dict[str, Wrong] = {
    "two rollouts of one deployment at once": (
        {"faults": [ROLLOUT, {**ROLLOUT, "name": "again"}]},
        "spec.faults",
        "exclude each other",
    ),
    "two fillings of one volume": (
        {"faults": [FULL, {**FULL, "name": "fuller", "at": "2s"}]},
        "spec.faults",
        "two faults of one type at the same time in the same pods",
    ),
    "two ends of one database": (
        {"faults": [AWAY, {**AWAY, "name": "silent", "how": "Silent"}]},
        "spec.faults",
        "two faults of one type at the same time in the same pods",
    ),
    "two hangs of one port": (
        {"faults": [HUNG, {**HUNG, "name": "longer", "duration": "3s"}]},
        "spec.faults",
        "two faults of one type at the same time in the same pods",
    ),
    "two ways to be unready at one port": (
        {"faults": [UNREADY, {**UNREADY, "name": "again", "at": "2s"}]},
        "spec.faults",
        "two faults of one type at the same time in the same pods",
    ),
    "no name that resolves, in two ways": (
        {"faults": [NAMELESS, {**NAMELESS, "name": "none", "how": "NoSuchName"}]},
        "spec.faults",
        "two faults of one type at the same time in the same pods",
    ),
    "a kill under a fault in all pods": (
        {"faults": [{**FAULT, "mode": "all"}, {**PLAIN, "name": "kill", "type": "PodKill", "at": "2s"}]},
        "spec.faults",
        "end what a fault has put into all of the same pods",
    ),
}


@pytest.mark.parametrize("pair", EXCLUSIVE)
def test_it_is_refused_with_what_excludes_the_other(pair: str) -> None:
    refused(EXCLUSIVE[pair])


OTHERS: dict[str, list[dict[str, Any]]] = {
    "one after the other": [AWAY, {**AWAY, "name": "again", "at": "3s"}],
    "at two ports": [AWAY, {**AWAY, "name": "other", "port": 5433}],
    "in other pods": [AWAY, {**AWAY, "name": "other", "target": PODS}],
    "of a type that adds up": [
        {**FAULT, "name": name, "type": "NetworkLatency", "latency": "10ms"} for name in ("a", "b")
    ],
    "hung for some of its clients, each by itself": [
        {**HUNG, "name": app, "peers": {"selector": {"matchLabels": {"app": app}}}} for app in ("a", "b")
    ],
    "hung for some of its clients, then for all": [
        HUNG,
        {**HUNG, "name": "some", "peers": {"cidrs": ["10.0.0.1"]}},
    ],
    "hung at two ports": [HUNG, {**HUNG, "name": "other", "port": 5433}],
    "names that fail in two ways": [
        {**NAMELESS, "name": how.lower(), "how": how, "names": [f"{how.lower()}.example"]}
        for how in ("NoSuchName", "ServerFailure")
    ],
    "one name that fails while none resolves": [
        NAMELESS,
        {**NAMELESS, "name": "api", "names": ["api.example"]},
    ],
    "a kill under a fault in one pod": [FAULT, {**PLAIN, "name": "kill", "type": "PodKill", "at": "2s"}],
    "a kill after a fault in all": [
        {**FAULT, "mode": "all"},
        {**PLAIN, "name": "kill", "type": "PodKill", "at": "3s"},
    ],
}


@pytest.mark.parametrize("faults", OTHERS.values(), ids=OTHERS.keys())
def test_faults_that_get_along_are_accepted(faults: list[dict[str, Any]]) -> None:
    offer(campaign("along", faults=faults))
