"""Was all of a window seen? Every series of an answer for itself: one must not stand in for another that has vanished.

A series may begin or end within the window only where Kubernetes tells why: its label `pod` names a pod that came,
went or was restarted meanwhile. Of such a one everything between its first and its last sample must be there. And where
one is of a pod of the target, each of its pods that was there all the time must have one.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from stresscampaigns.core.observation import LEAST_COVERED, Answer, History, Pod, Series
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.saturation.incidents import MOST_PODS, steady
from stresscampaigns.core.saturation.questions import Question

_MOST_WORDS = 160


def changed_pods(run: RunView, pods: Collection[Pod]) -> frozenset[str]:
    """Names of pods that were not there, in one piece, from the load's start to now.

    Args:
        pods: the target's, as they are now.
    """
    before = {one.uid: one for one in run.status.target_pods or []}
    now = {pod.uid: pod for pod in pods}
    gone = {one.name for uid, one in before.items() if uid not in now}
    # Of more pods than a status keeps nobody knows which have come.
    all_known = len(before) < MOST_PODS
    come = {pod.name for uid, pod in now.items() if uid not in before and all_known}
    restarted = {
        pod.name
        for uid, pod in now.items()
        if uid in before
        and any(one.restarts > (before[uid].restarts or {}).get(one.name, 0) for one in pod.containers)
    }
    harms = (run.status.pod_watch.harms if run.status.pod_watch else None) or []
    return frozenset(gone | come | restarted | {one.pod for one in harms if one.kind != "Unready"})


def lasting_pods(run: RunView, pods: Collection[Pod]) -> frozenset[str]:
    """Names of the target's pods that were there, in one piece, from the load's start to now, and have ever begun."""
    begun = [pod for pod in pods if not pod.ended and (pod.ready or any(one.began for one in pod.containers))]
    return frozenset(steady(run.status.target_pods or [], begun)) - changed_pods(run, pods)


def unseen_pods(labels: Iterable[Mapping[str, str]], namespace: str, lasting: Collection[str]) -> list[str]:
    """Those of `lasting` of which there is no series, where there is of any other.

    Args:
        labels: of each series of which anything is told.
        namespace: the target's.
    """
    told = {one.get("pod") for one in labels if one.get("namespace", namespace) == namespace}
    return sorted(set(lasting) - told) if told & set(lasting) else []


def answer(told: History, asked: Question, changed: Collection[str], missing: Collection[str] = ()) -> Answer:
    """Every sample of every series, and how much of the window they cover.

    Args:
        told: in steps of `asked`, without what was not really seen.
        changed: pods whose series may begin and end within the window.
        missing: pods of which there is no series, though there should be.
    """
    if told.error:
        return Answer(error=told.error)
    steps = int((round(asked.end) - round(asked.start)) // asked.step) + 1
    moments = {at for one in told.series for at, _ in one.points}
    return Answer(
        values=tuple(value for one in told.series for _, value in one.points),
        covered=len(moments) / steps,
        partial=_absent(missing) or _partial(told, asked.step, steps, changed),
    )


def with_extremes(found: Answer, extremes: Iterable[History]) -> Answer:
    """And every highest or lowest value between its steps; how much was seen, the steps tell."""
    told = list(extremes)
    more = (value for one in told for series in one.series for _, value in series.points)
    error = next(filter(None, [found.error, *(one.error for one in told)]), None)
    return replace(found, values=(*found.values, *more), error=error)


def _absent(pods: Collection[str]) -> str | None:
    names = ", ".join(sorted(pods))[:_MOST_WORDS]
    return f"series of other pods of the target, and none of {names}" if pods else None


def _partial(told: History, step: int, steps: int, changed: Collection[str]) -> str | None:
    shares = [(_share(one, step, steps, changed), one) for one in told.series if one.points]
    share, worst = min(shares, key=lambda pair: pair[0], default=(1.0, None))
    if worst is None or share >= LEAST_COVERED:
        return None
    return f"the series {words(worst)} for only {share:.0%} of the window"


def _share(one: Series, step: int, steps: int, changed: Collection[str]) -> float:
    """Of the window, or of its pod's own time in it."""
    if one.labels.get("pod") in changed:
        steps = round((one.points[-1][0] - one.points[0][0]) / step) + 1
    return len(one.points) / steps


def words(one: Series) -> str:
    """A series by its labels, as in PromQL."""
    shown = ", ".join(f'{name}="{value}"' for name, value in sorted(one.labels.items()))
    return f"{{{shown}}}"[:_MOST_WORDS]
