"""The contract that a user's own program speaks: what it is asked and told, and what its answers mean. Pure."""

import re
import signal
from collections.abc import Mapping
from typing import Literal, NamedTuple

from stresscampaigns.faults.protocol import CannotWork

Verb = Literal["check", "hold", "inject", "evidence", "end", "gone"]
UNSPOKEN = 64
"""The exit code of a program that has nothing to do for a verb."""
KEPT = 4096
"""So many bytes of what it says are kept, the last."""
LONGEST_REASON, LONGEST_UNIT = 200, 40
_EVIDENCE = re.compile(r"([0-9]{1,15})[ \t]+([a-zA-Z].*)")


class Answer(NamedTuple):
    """How a call ended; `code` is None where its time was over first, negative where a signal ended it."""

    code: int | None
    out: bytes = b""
    errors: bytes = b""


def environment(
    parameters: Mapping[str, str | int], notes: str, seconds: float | None = None
) -> dict[str, str]:
    """What it is told, beside the container's own environment."""
    told = {f"STRESS_{name}": str(value) for name, value in parameters.items()} | {"STRESS_NOTES": notes}
    if seconds is None:
        return told
    milliseconds = max(1, int(seconds * 1000))
    left = {"STRESS_SECONDS": f"{milliseconds / 1000:.3f}", "STRESS_MILLISECONDS": str(milliseconds)}
    return told | left


def spoken(verb: Verb, answer: Answer, limit: float) -> bool:
    """Did it do as asked; False where it has nothing to do for the verb.

    Raises:
        CannotWork: it says no, or says nothing in time.
    """
    if answer.code == UNSPOKEN:
        return False
    if answer.code != 0:
        raise CannotWork(f"{verb}: {why(answer, limit)}")
    return True


def why(answer: Answer, limit: float = 0.0) -> str:
    """The reason: the last line on standard error, with how the call ended."""
    said = last_line(answer.errors)
    if answer.code is None:
        how = f"no answer within {limit:.1f}s"
    elif answer.code < 0:
        how = f"killed by {_signal_name(-answer.code)}"
    else:
        how = f"exit code {answer.code}"
    return f"{said} ({how})" if said else how


def read_evidence(said: bytes) -> tuple[int, str]:
    """Number and unit, from the last line of standard output.

    Raises:
        CannotWork: it is something else.
    """
    told = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    found = _EVIDENCE.fullmatch(told[-1]) if told else None
    if not found or not found[2].isprintable():
        raise CannotWork(
            "evidence: a whole number and what was counted is asked for, like '42 requests refused', not "
            f"{last_line(said)!r}"
        )
    return int(found[1]), found[2][:LONGEST_UNIT].strip()


def last_line(said: bytes) -> str:
    """The last that has any words, as `lines` has it."""
    return next((line for line in reversed(lines(said)) if any(map(str.isalnum, line))), "")


def lines(said: bytes) -> list[str]:
    """Those that are not blank, what cannot be printed as blanks, and none too long."""
    clean = ("".join(map(_plain, line)).strip() for line in said.decode(errors="replace").splitlines())
    return [line[:LONGEST_REASON].strip() for line in clean if line]


def _plain(letter: str) -> str:
    return letter if letter.isprintable() else " "


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
