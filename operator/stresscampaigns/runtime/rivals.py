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
            and (body["metadata"]["uid"] in store.turns or _goes_first(run, body))
            and _same_target(run, body)
            and not _over(body)
        ):
            return f"{key.namespace}/{key.name}"
    if not run.spec.dry_run:
        store.turns.add(run.uid)
    return None


def _over(run: Body) -> bool:
    return (run.get("status") or {}).get("phase") == "Finished"


def _goes_first(run: RunView, other: Body) -> bool:
    """A total order, so that of any two waiting runs exactly one goes first."""
    phase = (other.get("status") or {}).get("phase")
    if phase in (None, "Pending"):
        theirs = (other["spec"]["intendedTime"], other["metadata"]["namespace"], other["metadata"]["name"])
        return bool(theirs < (run.spec.intended_time, run.namespace, run.name))
    return bool(phase != "Finished")


def _same_target(run: RunView, other: Body) -> bool:
    theirs = run_shell(other)
    return not {theirs.target_namespace, *theirs.fault_namespaces}.isdisjoint(
        {run.target_namespace, *run.fault_namespaces}
    )
