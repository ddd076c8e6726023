"""Ask the record of a run: any percentile of any window, long after.

kubectl -n staging get configmap -l stresscampaigns.dev/run=smoke-g1,stresscampaigns.dev/role=record -o json |
  python3 -m stresscampaigns.record percentile --from 10s --to 40s -p 99 -p 99.9 --name 'POST /workflows'
"""

import argparse
import math
import sys
from collections.abc import Sequence

from stresscampaigns.api.record import Record
from stresscampaigns.api.units import seconds, show_seconds
from stresscampaigns.record.asking import CannotAnswer, Window, ask, read
from stresscampaigns.stats.histogram import least_count

DEFAULT_PERCENTILES = [50.0, 95.0, 99.0, 99.9, 100.0]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="python3 -m stresscampaigns.record",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = top.add_subparsers(dest="verb", required=True)
    percentile = verbs.add_parser("percentile", help="latency percentiles of a window, and its counts")
    percentile.add_argument(
        "--from",
        dest="start",
        type=_moment,
        default=0.0,
        metavar="DURATION",
        help="from the load's start on, like 10s; else all of it",
    )
    percentile.add_argument("--to", dest="end", type=_moment, metavar="DURATION", help="else the load's end")
    percentile.add_argument(
        "-p",
        "--percentile",
        type=_percentile,
        action="append",
        metavar="NUMBER",
        help=f"like 99.9; may be given again; else {', '.join(f'{one:g}' for one in DEFAULT_PERCENTILES)}",
    )
    percentile.add_argument("--name", help="only requests of this name, such as 'GET /'")
    percentile.add_argument(
        "--scenario", help="only requests of this scenario, such as agent-workflow-2, or of this user class"
    )
    show = verbs.add_parser(
        "show", help="all of it as JSON: what was asked, what came of it, what was measured"
    )
    for verb in (percentile, show):
        verb.add_argument("--run", help="where what is read holds several runs")
    return top


def _moment(text: str) -> float:
    try:
        return seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _percentile(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 100:
        raise argparse.ArgumentTypeError(f"{text} is no percentile: write a number above 0, 100 at most")
    return value


def main(arguments: Sequence[str] | None = None) -> int:
    """Do as the command line says; the exit code."""
    options = parser().parse_args(arguments)
    try:
        record = read(sys.stdin.read(), options.run)
        if options.verb == "show":
            print(record.model_dump_json(indent=2))
        else:
            found = ask(record, options.start, options.end, options.name, options.scenario)
            print("\n".join(_words(record, found, options)))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _words(record: Record, found: Window, options: argparse.Namespace) -> list[str]:
    if not found.count:
        raise CannotAnswer(f"nothing completed from {found.start}s to {found.end}s: there is no percentile")
    asked = (options.start, options.end if options.end is not None else found.end)
    widened = "" if asked == (found.start, found.end) else ", the slots around what was asked for"
    return [
        f"run {record.run}, {_whose(options)}, from {found.start}s to {found.end}s "
        f"in slots of {found.slot}s{widened}: {found.count} requests, {found.failed} of them failed",
        *(_line(found, one) for one in options.percentile or DEFAULT_PERCENTILES),
    ]


def _whose(options: argparse.Namespace) -> str:
    of = f" of {options.scenario}" if options.scenario else ""
    return f"{options.name or 'all requests'}{of}"


def _line(found: Window, percentile: float) -> str:
    return f"p{percentile:<6g} {show_seconds(found.percentile(percentile))}{_how_sure(found, percentile)}"


def _how_sure(found: Window, percentile: float) -> str:
    """Of few requests a high percentile is but the slowest of them; of the slowest nobody knows how slow it may be."""
    if percentile == 100:
        return ""
    if (needed := least_count(percentile)) > found.count:
        return f" (only the slowest of {found.count}: the percentile takes {needed} requests)"
    low, high = found.interval(percentile)
    upper = show_seconds(high) if math.isfinite(high) else "more than any request took"
    return f" (95% interval {show_seconds(low)} to {upper})"


if __name__ == "__main__":
    sys.exit(main())
