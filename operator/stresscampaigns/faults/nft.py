"""The nft command: a script is applied whole or not at all."""

import json
import subprocess
import time
from collections.abc import Sequence
from typing import Protocol

_AGAIN, _TRIES = 0.05, 40
"""Seconds after which it is tried again to start nft, and how often: a pod may have no room for a process just now."""


class Nft(Protocol):
    """The nft command."""

    def __call__(self, arguments: Sequence[str], script: str = "") -> str:
        """Its standard output.

        Raises:
            NftError: it failed; the message is its own.
        """


class NftError(Exception):
    """nft failed."""


class NoNft(NftError):
    """It could not even be started."""


def nft(arguments: Sequence[str], script: str = "") -> str:
    """Run nft; a script comes on standard input."""
    done = _run(["nft", *arguments], script)
    if done.returncode:
        raise NftError(done.stderr.strip().splitlines()[0] if done.stderr.strip() else "nft failed")
    return done.stdout


def _run(words: list[str], script: str) -> subprocess.CompletedProcess[str]:
    problem: OSError | None = None
    for _ in range(_TRIES):
        try:
            return subprocess.run(words, input=script, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise NoNft("nft is not installed in this image") from error
        except OSError as error:
            problem = error
            time.sleep(_AGAIN)
    raise NoNft(f"nft cannot be started: {problem.strerror if problem else 'no reason known'}")


def counted(run: Nft, table: str) -> int:
    """Packets that the counters of a table's rules have seen.

    Args:
        table: with its family, like `inet mine`.

    Raises:
        NftError: there is no such table, for instance.
    """
    listing = json.loads(run(["-j", "list", "table", *table.split()]))
    rules = [entry["rule"] for entry in listing["nftables"] if "rule" in entry]
    return sum(part["counter"]["packets"] for rule in rules for part in rule["expr"] if "counter" in part)
