"""`python3 -m stresscampaigns.faults`: hold one fault, or end the one that this container holds."""

import argparse
import sys
from collections.abc import Sequence

from stresscampaigns.faults.holding import SignalClock, Voice, ask_holder_to_end
from stresscampaigns.faults.network_partition import NetworkPartition
from stresscampaigns.faults.protocol import Times, run

LONGEST = 24 * 3600.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="stresscampaigns.faults", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    partition = verbs.add_parser("network-partition", help="drop every packet to one TCP port")
    partition.add_argument("--id", required=True, help="name of the fault, alone in this pod")
    partition.add_argument("--port", type=_port, required=True, help="the TCP port, 1 to 65535")
    partition.add_argument("--at", type=float, required=True, help="begin, epoch seconds")
    partition.add_argument("--until", type=float, required=True, help="end, epoch seconds")
    partition.add_argument("--max-late", type=float, default=5.0, help="begin so many seconds late at most")
    verbs.add_parser("end", help="end the fault that this container's first process holds")
    return top


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is no TCP port: write 1 to 65535")
    return port


def main(arguments: Sequence[str] | None = None) -> int:
    """Do as the command line says; the exit code."""
    top = parser()
    options = top.parse_args(arguments)
    if options.verb == "end":
        ask_holder_to_end()
        return 0
    if not 0 < options.until - options.at <= LONGEST:
        top.error(f"--until must lie after --at, by {LONGEST:.0f} seconds at most")
    times = Times(options.at, options.until, options.max_late)
    return run(NetworkPartition(options.id, options.port), times, SignalClock(), Voice())


if __name__ == "__main__":
    sys.exit(main())
