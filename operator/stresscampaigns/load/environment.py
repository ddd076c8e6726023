"""Locust as a library: the same for coordinator and worker, with the settings that we change and why."""

import logging
import os
from collections.abc import Iterable

import locust.runners as runners
from locust import User, events
from locust.argument_parser import get_parser
from locust.env import Environment

from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.load.http.connecting import Connector, Trust
from stresscampaigns.load.locustfile import load_users
from stresscampaigns.load.rows import ALL, Share
from stresscampaigns.load.scenarios import user_classes
from stresscampaigns.load.standing import standing_headers
from stresscampaigns.load.stopping import begin_nothing_when_stopped
from stresscampaigns.load.users import ScenarioUser

REPORT_SECONDS = 1.0
HEARTBEAT_SECONDS = 0.8
IMPORT_SECONDS = 60.0
"""In so much time a Locust file must be imported."""
MOST_PATIENCE = 60.0
"""Seconds for which users who go see the end of their requests at most, whatever timeouts these have: the operator
does not wait for ever for a load's results."""
COORDINATOR_SILENT = 3.5
"""Seconds without a word of the coordinator after which a worker stops; Locust looks once a second."""


def tune() -> None:
    """Locust's defaults are for people who watch; ours are for a verdict.

    Reports every second instead of three, so that a lost worker takes little with it; a silent worker is noticed
    within 5 heartbeats, so in 4 s instead of 5; workers stop within 4.5 s of their coordinator's death instead of 61;
    CPU is looked at every 2 s instead of 10; no logs travel; users that are stopped begin nothing any more. A
    coordinator does not wait for users to be there after each change, for up to a second: its stages would be late.
    """
    os.environ["LOCUST_WAIT_FOR_WORKERS_REPORT_AFTER_RAMP_UP"] = "0"
    begin_nothing_when_stopped()
    runners.WORKER_REPORT_INTERVAL = REPORT_SECONDS
    runners.HEARTBEAT_INTERVAL = HEARTBEAT_SECONDS  # type: ignore[assignment]
    runners.MASTER_HEARTBEAT_TIMEOUT = COORDINATOR_SILENT  # type: ignore[assignment]
    runners.CPU_MONITOR_INTERVAL = 2.0
    runners.WORKER_LOG_REPORT_INTERVAL = -1
    logging.getLogger("locust.runners").setLevel(logging.ERROR)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


def trust_of(plan: LoadPlan) -> Trust:
    """Whose certificates count."""
    return Trust(verify=plan.verify, ca_file=plan.ca_file)


def connector(plan: LoadPlan) -> Connector:
    """How our clients reach the target.

    Raises:
        ValueError: the certificate authority, or a header's value, cannot be used.
    """
    trust = trust_of(plan)
    if plan.ca_file:
        trust.context()
    return Connector(trust, plan.proxy, standing=standing_headers(plan))


def without_locusts_statistics(env: Environment) -> None:
    """Locust counts every request once more, in its own way: dear, and nobody reads it here."""
    hook = env.events.request
    for listener in [one for one in hook._handlers if one.__module__ == runners.__name__]:
        hook.remove_listener(listener)


def forget_seconds(env: Environment) -> None:
    """Locust keeps a number for each second of each request, and each error's words, for ever; nobody reads them."""
    for entry in [*env.stats.entries.values(), env.stats.total]:
        entry.num_reqs_per_sec.clear()
        entry.num_fail_per_sec.clear()
    env.stats.errors.clear()


def _users(plan: LoadPlan, share: Share) -> list[type[User]]:
    if plan.locustfile:
        return load_users(plan.locustfile, min(IMPORT_SECONDS, plan.connect_timeout / 2))
    made = user_classes(plan.scenarios, share)
    for one in made:
        one.get_ready(plan.url)
    return list(made)


def patience(least: float, users: Iterable[type[User]]) -> float:
    """Seconds that users who go are given for what they have under way: as long as a request may take.

    Who is cut off before is a failure that the generator has made. What a Locust file's own requests may take, nobody
    knows: they have the least.
    """
    timeouts = [user.settings.timeout for user in users if issubclass(user, ScenarioUser)]
    return max(least, min(MOST_PATIENCE, max(timeouts, default=0.0)))


def environment(plan: LoadPlan, share: Share = ALL) -> Environment:
    """The environment with the plan's users.

    Args:
        share: which of the rows of the scenarios' data are this process's; the coordinator looks at all.

    Raises:
        ValueError: the scenarios, their data or the Locust file cannot be used; the message says why.
    """
    users = _users(plan, share)
    options = get_parser(default_config_files=[]).parse_args([])
    options.headless = True
    return Environment(
        user_classes=users,
        events=events,
        host=plan.url,
        stop_timeout=patience(plan.stop_timeout, users),
        parsed_options=options,
    )
