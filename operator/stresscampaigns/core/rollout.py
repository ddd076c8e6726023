"""A bad revision that the operator itself rolls out and rolls back: there is no sidecar, so nobody else ends it.

What was there before lies in an annotation on the Deployment, written by the same patch: while that is there, the bad
revision is out, whatever the run's status says of it. Whoever comes back after having been away finds it there.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from stresscampaigns.api.base import ROLLBACK_ANNOTATION
from stresscampaigns.api.fault_spec import Fault
from stresscampaigns.api.rollback import Rollback, read_rollback
from stresscampaigns.api.run import FaultPod
from stresscampaigns.core.actions import TAKES_AT_MOST, Action, RollBack, RollOut
from stresscampaigns.core.deployments import (
    Deployment,
    NoDeployment,
    TemplateContainer,
    differences,
    foreign,
)
from stresscampaigns.core.observation import Observation, Pod

MOST_LATE = 5.0
"""Seconds after its time at which nothing is rolled out any more, as with other faults."""
NEVER_LATER = MOST_LATE + TAKES_AT_MOST + 5.0
"""Seconds after its time at which nothing that was asked for can come any more, with a few to spare."""
AHEAD = 1.0
"""Seconds before its end from which it is written down that it is about to be rolled back by us, and by nobody else."""
PATIENCE = 20.0
"""Seconds after its end within which it must be seen to be rolled back."""
UNIT = "pods of the bad revision"


def why_not(fault: Fault, seen: Deployment | NoDeployment | None) -> str | None:
    """Why nothing can be rolled out now, and what to do; None: it can."""
    if not isinstance(seen, Deployment):
        return seen.message if seen else f"Deployment {fault.deployment} was not looked at"
    name, container = f"Deployment {seen.name}", _container(fault, seen)
    if seen.rollback is not None:
        return (
            f"{name} has the annotation {ROLLBACK_ANNOTATION} already{_whose(seen.rollback)}; wait until that is "
            f"rolled back, or roll it back by hand: `kubectl rollout undo deployment/{seen.name}`"
        )
    if isinstance(container, str):
        return container
    if seen.paused:
        return f"{name} is paused: nothing would be rolled out; `kubectl rollout resume` it"
    if seen.replicas == 0:
        return f"{name} has no replicas: nothing would be rolled out"
    if unsettled := _unsettled(seen):
        return f"{name} is in the middle of a rollout, or not all of it is available: {unsettled}"
    if differences(container, fault.env or {}, fault.image) == (None, []):
        return f"container {container.name} of {name} has all that already: nothing would be rolled out"
    return None


@dataclass(frozen=True)
class Look:
    """One look at one such fault."""

    run: str
    """The run's UID."""
    fault: Fault
    found: Deployment | NoDeployment | None
    pods: Sequence[Pod]
    now: float
    start: float
    end: float
    """Epoch seconds."""
    over: bool = False
    """The run is: it ends now."""

    @property
    def due(self) -> bool:
        """Is it to be rolled back?"""
        return self.over or self.now >= self.end


def chosen(look: Look, too_many: str | None) -> FaultPod | None:
    """The Deployment, to be written down ahead of its time; None while something that may pass is in the way.

    Args:
        too_many: why it would break too many pods.
    """
    found, reason = look.found, too_many or why_not(look.fault, look.found)
    if isinstance(found, Deployment) and reason is None:
        return FaultPod(pod=found.name, uid=found.uid, chosen_at=look.now)
    if look.now < look.start:
        return None
    return FaultPod(pod=look.fault.deployment or "-", uid="-", outcome="Refused", message=reason)


def rollout_step(pod: FaultPod, look: Look) -> tuple[FaultPod, tuple[Action, ...]]:
    """What has become of it, and what is to be done now."""
    found = look.found
    ours = rollback_of(look.run, look.fault.name, found)
    if ours is None or not isinstance(found, Deployment):
        return (pod, ()) if pod.outcome else _without(pod, look)
    if pod.outcome:  # it came late, or could not be rolled back in time: it is tried all the same
        return pod, (RollBack(found, ours),)
    return _out(pod, look, found, ours)


def rollback_of(run: str, fault: str, found: Deployment | NoDeployment | None) -> Rollback | None:
    """What this fault's own annotation says, where it is there."""
    read = read_rollback(found.rollback) if isinstance(found, Deployment) else None
    return read if read and read.of(run, fault) else None


def _out(pod: FaultPod, look: Look, found: Deployment, ours: Rollback) -> tuple[FaultPod, tuple[Action, ...]]:
    """The bad revision is out, or what somebody else has left of it."""
    ran = sum(one.mark == ours.mark and _ran(one, ours.container) for one in look.pods)
    told = pod.model_copy(
        update={"injected_at": ours.at, "harmed": max(ran, pod.harmed or 0), "unit": UNIT, "uid": found.uid}
    )
    theirs = foreign(found.template, ours, found.generation)
    # Both are written down first: once it is rolled back, nobody can see any more who did it.
    if theirs and told.message is None:
        words = (
            f"somebody else changed {', '.join(theirs)} of Deployment {found.name}; that was left as it is"
        )
        return told.model_copy(update={"message": words}), ()
    if look.now >= look.end - AHEAD and told.asked_at is None:
        return told.model_copy(update={"asked_at": look.now}), ()
    if _overdue(told, look):
        words = (
            f"it could not be rolled back within {PATIENCE:g}s: see the run's events; {_by_hand(found.name)}"
        )
        return _lost(told, words), (RollBack(found, ours),)
    return told, (RollBack(found, ours),) if look.due or theirs else ()


def _without(pod: FaultPod, look: Look) -> tuple[FaultPod, tuple[Action, ...]]:
    """No bad revision of this fault's is out: not yet, or not any more, or nobody can see it."""
    found, overdue = look.found, _overdue(pod, look)
    marked = isinstance(found, Deployment) and found.template.mark == f"{look.run}.{look.fault.name}"
    bereft = f"somebody took the annotation away that says what was there before; {_by_hand(pod.pod)}"
    if pod.injected_at is None:
        # Marked, it was out already: rolled out once more, what we have changed would count as what was there before.
        return (_lost(pod, bereft), ()) if marked else _not_yet(pod, look)
    if not isinstance(found, Deployment):
        if found is None or (not found.gone and not overdue):
            return pod, ()
        words = f"nobody can see whether it was rolled back: {found.message}; {_by_hand(pod.pod)}"
        return _lost(pod, f"the Deployment was deleted: {found.message}" if found.gone else words), ()
    if pod.message:
        return _lost(pod, pod.message, look.now), ()
    if found.uid != pod.uid:
        return _lost(pod, "the Deployment was deleted and made anew: the bad revision ended with it"), ()
    if marked:
        return _lost(pod, bereft), ()
    if pod.asked_at is None and not look.over:
        words = f"somebody else rolled Deployment {found.name} back, or changed it, before we did"
        return _lost(pod, words, look.now), ()
    if not found.observed and not look.over:
        words = "rolled back, but the Deployment's controller has not seen it"
        return (_lost(pod, words) if overdue else pod), ()
    if found.paused and not (found.observed and found.total <= found.updated):
        return _lost(pod, _paused(found)), ()
    early = look.now < look.end
    end = {"ended_at": look.now, "outcome": "Aborted" if early else "Ended"}
    return pod.model_copy(update=end | ({"message": "rolled back before its time"} if early else {})), ()


def _overdue(pod: FaultPod, look: Look) -> bool:
    """Should it have been seen to be rolled back by now? An operator that was away has as long as any."""
    return look.now > max(look.end, pod.asked_at or 0.0) + PATIENCE


def _not_yet(pod: FaultPod, look: Look) -> tuple[FaultPod, tuple[Action, ...]]:
    late = look.now - look.start
    if look.over:
        # It may have been asked for just before, and nobody has heard what came of it.
        unheard = 0 <= late <= NEVER_LATER
        return pod if unheard else _ended(pod, "Aborted", "the run was over before it was rolled out"), ()
    if late < 0:
        return pod, ()
    if late > MOST_LATE or look.now >= look.end:
        words = f"{late:.1f}s late, allowed are {MOST_LATE:g}s: the operator was away, or the API server"
        return _ended(pod, "Late", words), ()
    found, reason = look.found, why_not(look.fault, look.found)
    if not isinstance(found, Deployment) or reason:
        return _ended(pod, "Refused", reason or ""), ()
    return pod, (RollOut(found, _rollback(look, found)),)


def _rollback(look: Look, found: Deployment) -> Rollback:
    container = _container(look.fault, found)
    if isinstance(container, str):
        raise ValueError(container)
    image, env = differences(container, look.fault.env or {}, look.fault.image)
    return Rollback(
        run=look.run,
        fault=look.fault.name,
        at=look.now,
        deadline=look.end,
        generation=found.generation + 1,
        container=container.name,
        image=image,
        env=env,
    )


def _container(fault: Fault, found: Deployment) -> TemplateContainer | str:
    """The one that is changed; or why it is not clear which."""
    named, there = fault.target.container if fault.target else None, found.template.containers
    names = ", ".join(one.name for one in there)
    if named is None and len(there) != 1:
        return f"Deployment {found.name} has containers {names}: say which by target.container"
    known = found.template.container(named or there[0].name)
    return known or f"Deployment {found.name} has no container {named}, but {names}"


def _unsettled(found: Deployment) -> str | None:
    """What is missing until it is rolled out; as `kubectl rollout status` has it."""
    return next(_missing(found), None)


def _missing(found: Deployment) -> Iterator[str]:
    if not found.observed:
        yield "its controller has not seen its newest state"
    if found.updated < found.replicas:
        yield f"{found.updated} of {found.replicas} pods are of the newest revision"
    if found.total > found.updated:
        yield f"{found.total - found.updated} pods of an older revision are still there"
    if found.available < found.updated:
        yield f"{found.available} of {found.updated} pods are available"


def _whose(text: str) -> str:
    read = read_rollback(text)
    return f", of fault {read.fault} of the run with UID {read.run}" if read else ""


def _ran(pod: Pod, container: str) -> bool:
    """Was the bad revision's process ever started in it? Not where its image cannot be had."""
    return any(one.name == container and one.began for one in pod.containers)


def _paused(found: Deployment) -> str:
    return (
        f"rolled back, but somebody has paused Deployment {found.name}: pods of the bad revision stay until "
        f"`kubectl rollout resume deployment/{found.name}`"
    )


def _by_hand(deployment: str) -> str:
    return f"by hand: `kubectl rollout undo deployment/{deployment}`"


def _lost(pod: FaultPod, message: str, ended_at: float | None = None) -> FaultPod:
    return _ended(pod, "Lost", message).model_copy(update={"ended_at": ended_at})


def _ended(pod: FaultPod, outcome: str, message: str) -> FaultPod:
    return pod.model_copy(update={"outcome": outcome, "message": message})


def still_out(run: str, seen: Observation) -> Iterator[RollBack]:
    """What of a run's bad revisions, which is over, is still out."""
    for fault, found in seen.deployments.items():
        ours = rollback_of(run, fault, found)
        if ours and isinstance(found, Deployment):
            yield RollBack(found, ours)


def forgotten(found: Deployment | NoDeployment, under_way: Collection[str], now: float) -> Rollback | None:
    """What of a run that is over is still out long after its deadline, so that nobody else rolls it back.

    Args:
        under_way: UIDs of the runs that are not over.
    """
    read = read_rollback(found.rollback) if isinstance(found, Deployment) else None
    return read if read and read.run not in under_way and now > read.deadline + PATIENCE else None
