"""`python -m demo`: deploy the staging system, run the smoke campaign, show its verdict. `make demo` calls it."""

import argparse
import sys
import time

from demo.campaign import NoVerdict, run_now, table
from demo.deploy import deploy
from demo.kubectl import CommandFailed, run


def main() -> int:
    """0 when the verdict is the one to be expected."""
    parser = argparse.ArgumentParser(prog="python3 -m demo", description=__doc__)
    parser.add_argument(
        "--break", dest="broken", action="store_true", help="deploy with a defect; it must be found"
    )
    options = parser.parse_args()
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:5.0f}s] {text}", flush=True)

    try:
        deploy(say, options.broken)
        finished = run_now("smoke", "campaigns/smoke.yaml", say)
        print("\n" + run("kubectl", "get", "stresscampaigns,stressruns", "-n", "staging"))
    except (CommandFailed, NoVerdict) as error:
        print(error, file=sys.stderr)
        return 1
    print(table(finished))
    return _judge(finished, options.broken)


def _judge(finished: dict, broken: bool) -> int:  # type: ignore[type-arg]
    status, name = finished["status"], finished["metadata"]["name"]
    print(f"\nVerdict: {status['verdict']}: {status['message']}\n\nWhat to try next:")
    for line in _NEXT_BROKEN if broken else _NEXT:
        print(f"  {line.format(name=name)}")
    return 0 if status["verdict"] == ("Failed" if broken else "Passed") else 1


_NEXT = (
    'eval "$(python3 -m cluster env)"                       # kubectl and helm for this cluster',
    "kubectl -n staging describe stressrun {name}",
    "kubectl -n staging annotate stresscampaign smoke stresscampaigns.dev/run-now=$(date +%s) --overwrite",
    "make demo BREAK=1                                      # the same campaign finds a defect",
)
_NEXT_BROKEN = (
    'eval "$(python3 -m cluster env)"                       # kubectl and helm for this cluster',
    "kubectl -n staging get stressrun {name} -o yaml        # the checks with their numbers",
    "make demo                                              # without the defect",
)

if __name__ == "__main__":
    sys.exit(main())
