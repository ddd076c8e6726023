"""`python -m stresscampaigns.load`: the coordinator of a load, or one of its workers."""

import argparse
import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stresscampaigns.api.load import EXIT_FAILED, LoadPlan


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="stresscampaigns.load", description=__doc__)
    roles = top.add_subparsers(dest="role", required=True)
    coordinator = roles.add_parser("coordinator", help="follow the stages and tell the results")
    coordinator.add_argument("--metrics-port", type=int, default=9646, help="where Prometheus asks")
    worker = roles.add_parser("worker", help="make requests and count them")
    worker.add_argument("--coordinator", required=True, help="host name or address of the coordinator")
    for role in (coordinator, worker):
        role.add_argument("--plan", type=Path, required=True, help="JSON file with the load plan")
        role.add_argument("--port", type=int, default=5557, help="the coordinator's port for workers")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Do as the command line says; the exit code."""
    options = parser().parse_args(arguments)
    plan = LoadPlan.model_validate_json(options.plan.read_text())
    return _work(plan, options) if options.role == "worker" else _coordinate(plan, options)


# Locust patches the standard library when it is imported: only now, and each role imports only what it needs.


def _coordinate(plan: LoadPlan, options: argparse.Namespace) -> int:
    with _importing():
        from stresscampaigns.load.coordinator import Coordinator, fail
    try:
        return Coordinator(plan, options.port, options.metrics_port).run()
    except ValueError as error:
        return fail(str(error))


def _work(plan: LoadPlan, options: argparse.Namespace) -> int:
    with _importing():
        from stresscampaigns.load.worker import work
    try:
        return work(plan, options.coordinator, options.port)
    except ValueError as error:
        print(error, file=sys.stderr)
        return EXIT_FAILED


@contextmanager
def _importing() -> Iterator[None]:
    """Without garbage collection, which finds none in what is imported: a fifth of the time to the first request."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


if __name__ == "__main__":
    sys.exit(main())
