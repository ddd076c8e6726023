"""NetworkPartition: packets to one TCP port are dropped, on every interface but loopback, both in and out.

How it ends by itself: the rules match a set of ports, and the port is a set element with a timeout. The kernel
takes it out when its time is over; then the rules match nothing, though everything of ours may be dead. Flows that
exist are cut as well as new ones, for the rules look at packets, not at connections.
Source: nft(8), section SETS, `timeout`.
"""

import json
import subprocess
from collections.abc import Sequence
from typing import Any, Protocol

from stresscampaigns.faults.protocol import CannotWork


class Nft(Protocol):
    """The nft command."""

    def __call__(self, arguments: Sequence[str], script: str = "") -> str:
        """Its standard output.

        Raises:
            NftError: it failed; the message is its own.
        """


class NftError(Exception):
    """nft failed."""


def nft(arguments: Sequence[str], script: str = "") -> str:
    """Run nft; a script comes on standard input and is applied whole or not at all."""
    try:
        done = subprocess.run(["nft", *arguments], input=script, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise NftError("nft is not installed in this image") from error
    if done.returncode:
        raise NftError(done.stderr.strip().splitlines()[0] if done.stderr.strip() else "nft failed")
    return done.stdout


class NetworkPartition:
    """Drops what goes to one port. `table` is this fault's own name: no other fault's table is touched."""

    def __init__(self, table: str, port: int, run_nft: Nft = nft) -> None:
        self._table = table.replace("-", "_")
        self._port = port
        self._nft = run_nft

    def check(self) -> None:
        """Can we read the rule set, and is the kernel's nftables there?"""
        try:
            self._nft(["--check", "-f", "-"], self._rules(1.0))
        except NftError as error:
            raise CannotWork(
                f"nftables cannot be used in this pod ({error}); the sidecar needs the capability NET_ADMIN, "
                "which Pod Security must allow in this namespace, and a kernel with nftables"
            ) from error

    def inject(self, seconds: float) -> None:
        """One transaction: the rules and the port's element with its timeout. A table of an older try goes first."""
        fresh = f"add table inet {self._table}\ndelete table inet {self._table}\n"
        try:
            self._nft(["-f", "-"], fresh + self._rules(seconds))
        except NftError as error:
            raise CannotWork(f"the kernel took no rules though it had said it would ({error})") from error

    def _rules(self, seconds: float) -> str:
        milliseconds = max(1, round(seconds * 1000))
        chains = "\n".join(
            f"  chain {hook} {{ type filter hook {hook} priority -300; policy accept;\n"
            f'    {name} != "lo" tcp dport @ports counter drop\n  }}'
            for hook, name in (("input", "iifname"), ("output", "oifname"))
        )
        return (
            f"table inet {self._table} {{\n"
            f"  set ports {{ type inet_service; flags timeout; "
            f"elements = {{ {self._port} timeout {milliseconds}ms }} }}\n{chains}\n}}\n"
        )

    def evidence(self) -> int:
        """The rules' own counters."""
        try:
            listing: dict[str, Any] = json.loads(self._nft(["-j", "list", "table", "inet", self._table]))
        except NftError:
            return 0
        rules = [entry["rule"] for entry in listing["nftables"] if "rule" in entry]
        return sum(part["counter"]["packets"] for rule in rules for part in rule["expr"] if "counter" in part)

    def end(self) -> None:
        """Take the table away, rules, set and all."""
        if not self.gone():
            self._nft(["delete", "table", "inet", self._table])

    def gone(self) -> bool:
        """Is there no such table any more?"""
        return f"table inet {self._table}\n" not in self._nft(["list", "tables"]) + "\n"
