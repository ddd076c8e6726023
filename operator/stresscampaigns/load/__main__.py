"""`python -m stresscampaigns.load`: the coordinator of a load, one of its workers, or a word to the coordinator."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stresscampaigns.api.load_pod import ANSWERS_FILE, HEARD, NUMBER_VARIABLE, PLAN_VARIABLE
from stresscampaigns.load.startup import (
    end_when_told,
    leave_out_http_users,
    make_room_for_connections,
    patch_the_standard_library,
    quick_imports,
)

if TYPE_CHECKING:
    from stresscampaigns.api.load_plan import LoadPlan


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="stresscampaigns.load", description=__doc__)
    roles = top.add_subparsers(dest="role", required=True)
    coordinator = roles.add_parser("coordinator", help="follow the stages and tell the results")
    coordinator.add_argument("--metrics-port", type=int, default=9646, help="where Prometheus asks")
    worker = roles.add_parser("worker", help="make requests and count them")
    worker.add_argument("--coordinator", required=True, help="host name or address of the coordinator")
    worker.add_argument(
        "--number",
        type=int,
        default=os.environ.get(NUMBER_VARIABLE, "0"),
        help=f"which of the plan's workers this is, from 0; left out: in the variable {NUMBER_VARIABLE}",
    )
    for role in (coordinator, worker):
        role.add_argument(
            "--plan",
            type=Path,
            help=f"JSON file with the load plan; left out: in the variable {PLAN_VARIABLE}",
        )
        role.add_argument("--port", type=int, default=5557, help="the coordinator's port for workers")
    answer = roles.add_parser(
        "answer", help="tell the coordinator of this container what checks said of its trials"
    )
    answer.add_argument("words", help='JSON, such as {"answers": [{"trial": 1, "broke": {"pool": "97%%"}}]}')
    answer.add_argument(
        "--file", type=Path, default=Path(ANSWERS_FILE), help="where the coordinator looks for them"
    )
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Do as the command line says; the exit code."""
    options = parser().parse_args(arguments)
    if options.role == "answer":
        return _answer(options)
    end_when_told()
    make_room_for_connections()
    plan = _plan(options.plan)
    if not plan.locustfile:
        leave_out_http_users()
    return _work(plan, options) if options.role == "worker" else _coordinate(plan, options)


# What is imported below is patched by then, and each role imports only what it needs.


def _plan(file: Path | None) -> "LoadPlan":
    with quick_imports():
        patch_the_standard_library()
        from stresscampaigns.api.load_plan import LoadPlan
    return LoadPlan.model_validate_json(file.read_text() if file else os.environ[PLAN_VARIABLE])


def _answer(options: argparse.Namespace) -> int:
    with quick_imports():
        from stresscampaigns.load.answers_file import write_down
    try:
        write_down(options.file, options.words)
    except (OSError, ValueError) as error:
        print(error)
        return 1
    print(HEARD)
    return 0


def _coordinate(plan: "LoadPlan", options: argparse.Namespace) -> int:
    with quick_imports():
        from stresscampaigns.load.coordinator import Coordinator
        from stresscampaigns.load.telling import fail
    try:
        return Coordinator(plan, options.port, options.metrics_port).run()
    except ValueError as error:
        return fail(str(error))


def _work(plan: "LoadPlan", options: argparse.Namespace) -> int:
    with quick_imports():
        from stresscampaigns.load.telling import give_up
        from stresscampaigns.load.worker import work
    try:
        return work(plan, options.coordinator, options.port, options.number)
    except ValueError as error:
        return give_up(str(error))


if __name__ == "__main__":
    sys.exit(main())
