"""What happens to packets, by rules in the kernel: dropped all, dropped in part, refused.

How it ends by itself: every rule asks whether the packet's protocol is in a set, and what is in there has a timeout.
The kernel takes it out when its time is over; then the rules match nothing, though everything of ours may be dead.
Flows that exist are hit as well as new ones, for the rules look at packets, not at connections.
Source: nft(8), section SETS, `timeout`.
"""

from typing import Literal

from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.nft import Nft, NftError, NoNft, counted, nft
from stresscampaigns.faults.protocol import CannotWork

PRIORITY = -300
"""Before connection tracking, NAT and everything else that a pod may have."""
_OPTIONS = {
    "dup to ip ": "CONFIG_NFT_DUP_IPV4",
    "dup to ip6 ": "CONFIG_NFT_DUP_IPV6",
    "numgen ": "CONFIG_NFT_NUMGEN",
    "reject ": "CONFIG_NFT_REJECT",
    "ct status ": "CONFIG_NFT_CT",
    "redirect to ": "CONFIG_NFT_NAT, CONFIG_NFT_REDIR",
}
"""nftables' words → what a kernel must be built with to know them."""


def _needed(error: NftError, rules: str) -> str:
    """What a pod lacks in which nft complains about these rules."""
    unusable = f"nftables cannot be used in this pod ({error})"
    if isinstance(error, NoNft):
        return unusable
    if "not permitted" in str(error):
        right = "the sidecar needs the capability NET_ADMIN, which Pod Security must allow in this namespace"
        return f"{unusable}; {right}"
    options = ", ".join(["nftables", *(option for words, option in _OPTIONS.items() if words in rules)])
    return f"the node's kernel does not take this fault's rules ({error}); it must have {options}"


class PacketFault:
    """`table` is this fault's own name: no other fault's table is touched.

    Args:
        verdict: what becomes of a packet of the flow.
        chains: more of them, to which the verdict may jump.
        family: `inet` are both; some verdicts exist in `ip` or `ip6` alone.
    """

    kind = "filter"
    priority = PRIORITY

    def __init__(
        self,
        table: str,
        flow: Flow,
        verdict: str,
        unit: str,
        run_nft: Nft = nft,
        chains: str = "",
        family: Literal["inet", "ip", "ip6"] = "inet",
    ) -> None:
        self.unit = unit
        self.table = table.replace("-", "_")
        self._full = f"{family} {self.table}"
        self._flow = flow
        self._verdict = verdict
        self._nft = run_nft
        self._chains = f"  {chains}\n" if chains else ""

    def check(self) -> None:
        """Can we read the rule set, and is the kernel's nftables there?"""
        rules = self._rules(1.0)
        try:
            self._nft(["--check", "-f", "-"], rules)
        except NftError as error:
            raise CannotWork(_needed(error, rules)) from error

    def inject(self, seconds: float) -> None:
        """One transaction: the rules and the element with its timeout. A table of an older try goes first."""
        fresh = f"add table {self._full}\ndelete table {self._full}\n"
        try:
            self._nft(["-f", "-"], fresh + self._rules(seconds))
        except NftError as error:
            raise CannotWork(f"the kernel took no rules though it had said it would ({error})") from error

    def _rules(self, seconds: float) -> str:
        milliseconds = max(1, round(seconds * 1000))
        elements = ", ".join(f"{one} timeout {milliseconds}ms" for one in self._flow.protocols)
        matches = list(self._flow.hooks())
        chains = "".join(
            self._chain(hook, [match for known, match in matches if known == hook]) for hook in dict(matches)
        )
        return (
            f"table {self._full} {{\n"
            f"  set on {{ type inet_proto; flags timeout; elements = {{ {elements} }} }}\n"
            f"{self._chains}{chains}}}\n"
        )

    def _chain(self, hook: str, matches: list[str]) -> str:
        rules = "".join(f"    {match} {self._verdict}\n" for match in matches)
        return (
            f"  chain {hook} {{\n"
            f"    type {self.kind} hook {hook} priority {self.priority}; policy accept;\n{rules}  }}\n"
        )

    def evidence(self) -> int:
        """The rules' own counters.

        Raises:
            CannotWork: somebody took the rules away; for how long they were there nobody knows.
        """
        try:
            return counted(self._nft, self._full)
        except NftError as error:
            raise CannotWork(
                f"its rules in the pod's network were not there until its end ({error}): did somebody flush them?"
            ) from error

    def stop(self) -> None:
        """No packet is hit any more, though the rules are still there."""
        if not self.gone():
            self._nft(["flush", "set", *self._full.split(), "on"])

    def end(self) -> None:
        """Take the table away, rules, set and all."""
        if not self.gone():
            self._nft(["delete", "table", *self._full.split()])

    def gone(self) -> bool:
        """Is there no such table any more?"""
        return f"table {self._full}\n" not in self._nft(["list", "tables"]) + "\n"
