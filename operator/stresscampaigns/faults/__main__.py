"""`python3 -m stresscampaigns.faults`: hold one fault, or end the one that this container holds."""

import argparse
import sys
from collections.abc import Sequence

from stresscampaigns.api.fault_protocol import FaultOrder, read_order
from stresscampaigns.faults.holding import SignalClock, Voice, ask_holder_to_end
from stresscampaigns.faults.kinds import made
from stresscampaigns.faults.protocol import Times, hold

LONGEST = 24 * 3600.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="stresscampaigns.faults", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    held = verbs.add_parser("hold", help="do as an order says: wait, break, hold, mend, tell each step")
    held.add_argument("order", type=_order, help="JSON: type, id, at, until, settings, max_late")
    verbs.add_parser("end", help="end the fault that this container's first process holds")
    return top


def _order(text: str) -> FaultOrder:
    try:
        order = read_order(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not 0 < order.until - order.at <= LONGEST:
        raise argparse.ArgumentTypeError(f"until must lie after at, by {LONGEST:.0f} seconds at most")
    return order


def main(arguments: Sequence[str] | None = None) -> int:
    """Do as the command line says; the exit code."""
    options = parser().parse_args(arguments)
    if options.verb == "end":
        ask_holder_to_end()
        return 0
    order: FaultOrder = options.order
    times = Times(order.at, order.until, order.max_late)
    return hold(lambda: made(order), times, SignalClock(), Voice())


if __name__ == "__main__":
    sys.exit(main())
