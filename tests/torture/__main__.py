"""`make torture`: so many rounds, with a summary at the end; 0 when nothing was left."""

import argparse
import asyncio
import sys
import time

from demo.deploy import deploy
from tests.torture.rounds import torture


def main() -> int:
    """0 when every fault ended by its deadline and 5 s, with nothing left."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="how many; else 200")
    parser.add_argument("--seed", type=int, default=1, help="the same one makes the same rounds; else 1")
    parser.add_argument("--first", type=int, default=1, help="the first round's number: to repeat one")
    parser.add_argument("--as-deployed", action="store_true", help="leave the staging system as it is")
    options = parser.parse_args()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:5.0f}s] {text}", flush=True)

    if not options.as_deployed:
        deploy(say)
    summary = asyncio.run(torture(options.rounds, options.seed, say, options.first))
    return 0 if summary.kept else 1


if __name__ == "__main__":
    sys.exit(main())
