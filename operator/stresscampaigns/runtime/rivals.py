"""One run at a time works on a namespace, whichever pods it breaks there."""

from stresscampaigns.core.progress import RunView
from stresscampaigns.runtime.parsing import run_shell
from stresscampaigns.runtime.store import Body, Store


def rival(store: Store, run: RunView) -> str | None:
    """Another run on a namespace of this one's that is under way, or whose turn comes before this one's.

    None: it is this one's turn from now on. Nobody has written that down yet, and who comes meanwhile must see it, too.
    """
    for key in store.keys("StressRun"):
        body = store.get(key) or {}
        if (
            body
            and body["metadata"]["uid"] != run.uid
            and not body["spec"].get("dryRun")
            and _goes_first(store, run, body)
            and _same_target(run, body)
        ):
            return f"{key.namespace}/{key.name}"
    if not run.spec.dry_run:
        store.turns.add(run.uid)
    return None


def _goes_first(store: Store, run: RunView, other: Body) -> bool:
    """A total order, so that of any two waiting runs exactly one goes first: whose turn it is, then who was earlier."""
    phase = (other.get("status") or {}).get("phase")
    if phase not in (None, "Pending"):
        return bool(phase != "Finished")
    if other["metadata"]["uid"] in store.unwelcome:
        return False
    theirs, ours = (uid in store.turns for uid in (other["metadata"]["uid"], run.uid))
    if theirs != ours:
        return theirs
    meant = (other["spec"]["intendedTime"], other["metadata"]["namespace"], other["metadata"]["name"])
    return bool(meant < (run.spec.intended_time, run.namespace, run.name))


def _same_target(run: RunView, other: Body) -> bool:
    theirs = run_shell(other)
    return not {theirs.target_namespace, *theirs.fault_namespaces}.isdisjoint(
        {run.target_namespace, *run.fault_namespaces}
    )
