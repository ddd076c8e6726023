"""What faults of packets ask of nft."""

import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stresscampaigns.api.fault_protocol import FaultOrder
from stresscampaigns.api.fault_types import TYPES
from stresscampaigns.faults.dropping import DroppingFault
from stresscampaigns.faults.duplication import Duplication
from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.kinds import MAKERS, made
from stresscampaigns.faults.mesh import proxies
from stresscampaigns.faults.network import by_chance
from stresscampaigns.faults.nft import NftError, nft
from stresscampaigns.faults.packets import PacketFault
from stresscampaigns.faults.protocol import CannotWork
from stresscampaigns.faults.queued import QueuedFault
from stresscampaigns.faults.redirection import FIRST, Redirection
from stresscampaigns.faults.treatments import Delay

LISTING = {
    "nftables": [
        {"metainfo": {}},
        {"set": {"name": "ports"}},
        {"rule": {"expr": [{"match": {}}, {"counter": {"packets": 3, "bytes": 180}}, {"drop": None}]}},
        {"rule": {"expr": [{"match": {}}, {"counter": {"packets": 4, "bytes": 240}}, {"drop": None}]}},
    ]
}


FORBIDDEN = "Operation not permitted (you must be root)"
LACKING = "Could not process rule: No such file or directory"
"""What nft says of a rule for which the kernel has no code."""


@dataclass
class FakeNft:
    """Notes every call; keeps the names of tables."""

    tables: list[str] = field(default_factory=list)
    calls: list[tuple[Sequence[str], str]] = field(default_factory=list)
    broken: str = ""
    """What it complains about, if anything."""

    def __call__(self, arguments: Sequence[str], script: str = "") -> str:
        self.calls.append((arguments, script))
        if self.broken:
            raise NftError(self.broken)
        if arguments[0] == "delete":
            self.tables.remove(arguments[-1])
        if arguments[0] == "-j":
            return json.dumps(LISTING)
        return "\n".join(f"table inet {name}" for name in self.tables)


def fault(run_nft: FakeNft, table: str = "t", flow: Flow | None = None) -> PacketFault:
    return PacketFault(table, flow or Flow(port=80), "counter drop", "packets dropped", run_nft)


def script_of(port: int, seconds: float, **flow: Any) -> str:
    fake = FakeNft()
    fault(fake, "stress-ab12-db-away", Flow(port=port, **flow)).inject(seconds)
    ((arguments, script),) = fake.calls
    assert arguments == ["-f", "-"]
    return script


def test_the_protocol_is_an_element_that_the_kernel_takes_out_in_time() -> None:
    script = script_of(5432, 12.3456)
    assert "flags timeout" in script
    assert "elements = { tcp timeout 12346ms }" in script


@pytest.mark.parametrize("seconds", [0.0001, 0.0, -3.0])
def test_an_element_always_has_a_timeout_for_without_one_it_would_stay(seconds: float) -> None:
    assert "tcp timeout 1ms" in script_of(5432, seconds)


def test_both_ways_are_cut_on_every_interface_but_loopback() -> None:
    drops = [line.strip() for line in script_of(5432, 5).splitlines() if "drop" in line]
    assert drops == [
        f'{way} != "lo" meta l4proto @on th {end} 5432 counter drop'
        for way in ("iifname", "oifname")
        for end in ("sport", "dport")
    ]


def test_one_direction_is_one_hook() -> None:
    assert "hook output" not in script_of(80, 5, direction="from")
    assert "hook input" not in script_of(80, 5, direction="to")


def test_only_the_traffic_with_its_peers_is_hit_each_family_by_its_own_words() -> None:
    script = script_of(80, 5, peers=("10.0.0.7", "10.1.0.0/16", "fd00::7"), direction="to")
    assert "@on ip daddr { 10.0.0.7, 10.1.0.0/16 } th dport 80 counter drop" in script
    assert "@on ip6 daddr { fd00::7 } th dport 80 counter drop" in script


def test_peers_that_are_nobody_hit_nothing() -> None:
    assert "drop" not in script_of(80, 5, peers=())


def test_without_a_port_and_a_protocol_both_protocols_are_hit() -> None:
    assert Flow.of({"peers": ["10.0.0.7"]}, "both").protocols == ("tcp", "udp")
    assert Flow.of({"port": 53, "protocol": "UDP"}, "both").protocols == ("udp",)


def test_an_image_that_is_too_old_says_so() -> None:
    with pytest.raises(CannotWork, match=r"knows no NetworkMadness: it is older than the operator"):
        made(FaultOrder("NetworkMadness", "t", 0, 1))


def test_a_table_of_an_older_try_goes_in_the_same_transaction() -> None:
    first, second, third, *_ = script_of(5432, 5).splitlines()
    name = "inet stress_ab12_db_away"
    assert (first, second, third) == (f"add table {name}", f"delete table {name}", f"table {name} {{")


def test_checking_changes_nothing() -> None:
    fake = FakeNft()
    fault(fake).check()
    assert [arguments[0] for arguments, _ in fake.calls] == ["--check"]


def test_without_the_right_it_says_what_is_needed() -> None:
    with pytest.raises(CannotWork, match=r"Operation not permitted.*NET_ADMIN.*Pod Security"):
        fault(FakeNft(broken=FORBIDDEN)).check()


@pytest.mark.parametrize(
    ("kind", "settings", "options"),
    [
        ("NetworkDuplication", {"share": 0.1}, "nftables, CONFIG_NFT_DUP_IPV4, CONFIG_NFT_NUMGEN"),
        ("NetworkLoss", {"share": 0.1, "port": 80}, "nftables, CONFIG_NFT_NUMGEN"),
        ("NetworkPartition", {"port": 80}, "nftables"),
        ("DatabaseUnavailable", {"port": 80}, "nftables, CONFIG_NFT_REJECT"),
        ("ExternalApiFailure", {"port": 80, "status": 503}, "nftables, .*CONFIG_NFT_NAT, CONFIG_NFT_REDIR"),
    ],
)
def test_of_a_kernel_that_lacks_something_it_says_what_that_may_be_and_blames_no_right(
    kind: str, settings: dict[str, Any], options: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An nft that complains as the real one does: the real kernel has it all."""
    (tmp_path / "nft").write_text(f"#!/bin/sh\necho '{LACKING}' >&2\nexit 1\n")
    (tmp_path / "nft").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(CannotWork, match=rf"No such file or directory\); it must have {options}$") as refused:
        made(FaultOrder(kind, "t", 0, 1, settings)).check()
    assert "NET_ADMIN" not in str(refused.value)


def test_evidence_is_the_sum_of_the_rules_counters() -> None:
    assert fault(FakeNft()).evidence() == 7


def test_without_its_table_there_is_no_evidence() -> None:
    with pytest.raises(CannotWork, match="not there until its end"):
        fault(FakeNft(broken=FORBIDDEN)).evidence()


def test_only_its_own_table_is_taken_away() -> None:
    fake = FakeNft(tables=["t", "t_2", "filter"])
    partition = fault(fake)
    partition.end()
    assert fake.tables == ["t_2", "filter"]
    assert partition.gone()


def test_ending_twice_is_safe() -> None:
    fake = FakeNft(tables=["t"])
    partition = fault(fake)
    partition.end()
    partition.end()
    assert fake.tables == []


def test_a_missing_nft_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NftError, match="nft is not installed"):
        nft(["list", "tables"])
    with pytest.raises(CannotWork, match=r"^nftables cannot be used in this pod \(nft is not installed.*\)$"):
        PacketFault("t", Flow(port=80), "counter drop", "packets dropped").check()


def test_rules_that_the_kernel_does_not_take_are_told_as_such() -> None:
    with pytest.raises(CannotWork, match=r"took no rules .*Operation not permitted"):
        fault(FakeNft(broken=FORBIDDEN)).inject(1.0)


def test_what_vanishes_goes_to_a_chain_of_its_own_table() -> None:
    fake = FakeNft()
    PacketFault.check(DroppingFault("t", Flow(port=80), run_nft=fake))
    script = fake.calls[0][1]
    assert script.index("chain vanish") < script.index("hook input")
    assert script.count("@on th dport 80 counter jump vanish") == 2


def test_copies_are_made_by_a_table_for_each_family_and_never_of_copies() -> None:
    fake = FakeNft()
    Duplication("t", Flow(port=80, direction="to", peers=("10.0.0.7", "fd00::7")), "pick", fake).inject(5)
    scripts = {script.split()[2]: script for _, script in fake.calls}
    assert "ip daddr { 10.0.0.7 } th dport 80 meta skuid >= 0 pick counter dup to ip daddr" in scripts["ip"]
    assert "fd00" not in scripts["ip"]
    assert "ip6" not in scripts or "{ fd00::7 }" in scripts["ip6"]


def test_only_first_packets_of_calls_to_others_are_redirected_and_never_those_of_a_proxy() -> None:
    fake = FakeNft()
    Redirection("t", Flow(port=80, direction="to", peers=("10.0.0.7",)).of_calls(), 4711, fake).inject(5)
    script = fake.calls[0][1]
    (line,) = [line.strip() for line in script.splitlines() if "redirect" in line]
    assert line == (
        'oifname != "lo" meta l4proto @on ip daddr { 10.0.0.7 } th dport 80 '
        f"{FIRST} meta mark != 0x53545253 counter redirect to :4711"
    )
    assert "type nat hook output" in script


@pytest.mark.parametrize(("share", "words"), [(0.1, "< 100000"), (1e-9, "< 1"), (0.999999, "< 999999")])
def test_a_share_of_packets_is_picked_by_chance(share: float, words: str) -> None:
    assert by_chance(share) == f"numgen random mod 1000000 {words}"


def test_all_packets_need_no_chance() -> None:
    assert by_chance(1.0) == ""


def test_a_queued_fault_takes_no_more_packets_before_its_rules_go() -> None:
    fake = FakeNft(tables=["t"])
    QueuedFault("t", Flow(port=80), Delay(1.0), run_nft=fake).end()
    assert [arguments for arguments, _ in fake.calls if arguments[0] != "list"] == [
        ["flush", "set", "inet", "t", "on"],
        ["delete", "table", "inet", "t"],
    ]


def test_one_whose_packets_nobody_reads_has_no_evidence() -> None:
    with pytest.raises(CannotWork, match="reader died"):
        QueuedFault("t", Flow(port=80), Delay(1.0), run_nft=FakeNft()).evidence()


def test_the_sidecar_knows_every_type_that_a_campaign_can_ask_for() -> None:
    assert set(MAKERS) == {kind for kind, takes in TYPES.items() if takes.place != "cluster"}


def test_a_meshs_proxy_is_known_by_who_listens_at_its_port() -> None:
    asked: list[int] = []

    def listening(ports: Collection[int]) -> set[int]:
        asked.extend(ports)
        return {2102, 1337}

    assert proxies(listening) == (1337, 2102)
    assert {15001, 4140} <= set(asked)


def test_where_the_kernel_does_not_tell_who_listens_there_is_no_mesh() -> None:
    def untold(ports: Collection[int]) -> set[int]:
        raise CannotWork("no")

    assert proxies(untold) == ()


def test_what_a_meshs_proxy_asks_for_in_the_pods_place_is_left_alone_and_nothing_else_of_it() -> None:
    asked = {"port": 80, "direction": "both", "aside": [1337]}
    rests = [match.partition("@on ")[2].strip() for _, match in Flow.of(asked, "to").hooks()]
    assert rests == [
        "th sport 80",
        "th dport 80",
        "th sport 80",
        "th dport 80 meta skuid != { 1337 }",
    ]
