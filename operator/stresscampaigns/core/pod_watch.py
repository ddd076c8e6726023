"""Looking at pods around faults: each look is compared with the last one, and what has changed is noted. Pure.

What happens between two looks half a second apart and is over again is not seen, but for restarts: those are counted by
Kubernetes. Where nobody looked for longer, that is noted, too, and nothing is said of that time.
"""

from collections.abc import Mapping, Sequence

from stresscampaigns.api.campaign import RunTemplate
from stresscampaigns.api.pod_watch import (
    AFTERMATH,
    MOST_CHANGES,
    MOST_HARMS,
    MOST_PODS,
    MOST_REVISIONS,
    MOST_STRETCHES,
    TARGET,
    PodGroup,
    PodHarm,
    PodWatch,
    ReadyPods,
    Revision,
    Stretch,
    WatchedPod,
    of_fault,
    of_neighbour,
)
from stresscampaigns.core.observation import Observation, Pod

LEAD = 10.0
"""Seconds before a fault's start in which its surroundings are looked at already."""
COARSE = 5.0
"""The moment of a look in which nothing has changed is written down no more often than this."""
UNCLEAR = COARSE + 1.0
"""Seconds without a look after which it is not clear when what is seen then has happened."""
BLIND = 15.0
"""Seconds without a look after which nothing is known of the time in between."""
Groups = Mapping[str, Sequence[Pod]]


def near(template: RunTemplate, t: float) -> bool:
    """Is a fault about to come, in force, or just over, so many seconds from the start of the load?"""
    return any(
        fault.start_seconds - LEAD <= t <= fault.end_seconds + AFTERMATH for fault in template.faults or []
    )


def groups_of(seen: Observation) -> dict[str, Sequence[Pod]]:
    """All groups, those first to which a pod belongs before others."""
    faults = {of_fault(name): pods for name, pods in seen.fault_pods.items()}
    neighbours = {of_neighbour(name): pods for name, pods in seen.neighbour_pods.items()}
    return {TARGET: seen.target_pods, **faults, **neighbours}


def looked(last: PodWatch | None, seen: Observation) -> PodWatch:
    """The last look, compared with this one."""
    return look(last, groups_of(seen), seen.now, seen.heard_before.since if seen.heard_before else None)


def look(last: PodWatch | None, groups: Groups, now: float, awake: float | None = None) -> PodWatch:
    """Compare with the last look. The first one says what is to be compared with.

    Args:
        awake: when whoever looks now did so last; what is written down may be of some seconds earlier.
    """
    there = _there(groups)
    before, done = (last.pods if last else None) or [], _done(groups)
    known = {pod.uid: pod for pod in before if pod.uid not in done}
    latest = max(last.looked_at, awake or 0.0) if last else now
    unclear = latest if now - latest > UNCLEAR else None
    harms = _harms(list((last.harms if last else None) or []), known, there, (unclear, now))
    found = [_group(_known_group(last, name), name, pods, now) for name, pods in groups.items()]
    blind = _blind(last, now)
    pods = [_watched(pod, names) for pod, names in there.values()]
    changes = max((len(some or []) for group in found for some in (group.ready, group.there)), default=0)
    changed = PodWatch(
        looked_at=now,
        blind=blind[:MOST_STRETCHES] or None,
        groups=[_cut(group) for group in found] or None,
        pods=pods[:MOST_PODS] or None,
        harms=harms[:MOST_HARMS] or None,
        left_out=_left_out(
            last,
            (len(harms), MOST_HARMS),
            (len(pods), MOST_PODS),
            (len(blind), MOST_STRETCHES),
            (changes, MOST_CHANGES),
        ),
    )
    same = last is not None and changed.model_copy(update={"looked_at": last.looked_at}) == last
    return last if last and same and now - last.looked_at < COARSE else changed


def _there(groups: Groups) -> dict[str, tuple[Pod, list[str]]]:
    """Every pod that is not on its way out, and the groups that it is in."""
    found: dict[str, tuple[Pod, list[str]]] = {}
    for name, pods in groups.items():
        for pod in pods:
            if not pod.deleting and not pod.ended:
                found.setdefault(pod.uid, (pod, []))[1].append(name)
    return found


def _done(groups: Groups) -> set[str]:
    """UIDs of pods that have come to their own end, as a Job's do: nobody has harmed them."""
    pods = (pod for some in groups.values() for pod in some)
    return {pod.uid for pod in pods if pod.ended and pod.exit_code == 0 and not pod.deleting}


def _watched(pod: Pod, groups: list[str]) -> WatchedPod:
    return WatchedPod(name=pod.name, uid=pod.uid, groups=groups, restarts=_restarts(pod), ready=pod.ready)


def _restarts(pod: Pod) -> int:
    return sum(container.restarts for container in pod.containers)


def _harms(
    harms: list[PodHarm],
    known: Mapping[str, WatchedPod],
    there: Mapping[str, tuple[Pod, list[str]]],
    when: tuple[float | None, float],
) -> list[PodHarm]:
    for place, harm in enumerate(harms):
        if harm.kind == "Unready" and harm.until is None and _well(there.get(harm.uid)):
            harms[place] = harm.model_copy(update={"until": when[1]})
    return [
        *harms,
        *(harm for before in known.values() for harm in _new(before, there.get(before.uid), *when)),
    ]


def _new(
    before: WatchedPod, found: tuple[Pod, list[str]] | None, after: float | None, now: float
) -> list[PodHarm]:
    """What has happened to one pod since the last look."""
    about = PodHarm(
        pod=before.name, uid=before.uid, groups=before.groups, kind="Gone", since=now, after=after
    )
    if found is None:
        return [about]
    more = _restarts(found[0]) - before.restarts
    restarted = about.model_copy(update={"kind": "Restarted", "count": more})
    unready = about.model_copy(update={"kind": "Unready"})
    return [*([restarted] if more > 0 else []), *([unready] if before.ready and not found[0].ready else [])]


def _well(found: tuple[Pod, list[str]] | None) -> bool:
    """Ready again; or gone, which is a harm of its own."""
    return found is None or found[0].ready


def _known_group(last: PodWatch | None, name: str) -> PodGroup | None:
    return next((group for group in (last.groups if last else None) or [] if group.name == name), None)


def _group(known: PodGroup | None, name: str, pods: Sequence[Pod], now: float) -> PodGroup:
    # A pod of a bad revision serves, but not what is to be there again.
    ready = sum(pod.ready and not pod.deleting and pod.mark is None for pod in pods)
    there = [pod for pod in pods if not pod.deleting and not pod.ended]
    noted = {
        "ready": _noted(known.ready if known else None, ready, now),
        "there": _noted(known.there if known else None, len(there), now),
        "revisions": _revisions((known.revisions if known else None) or [], there, now) or None,
    }
    # Of more than is kept it must still be said that there were more.
    return PodGroup(name=name).model_copy(update=noted)


def _noted(known: list[ReadyPods] | None, number: int, now: float) -> list[ReadyPods]:
    before = known or []
    same = before and before[-1].number == number
    return before if same else [*before, ReadyPods(since=now, number=number)]


def _revisions(known: list[Revision], pods: Sequence[Pod], now: float) -> list[Revision]:
    """With those that are new, but for bad ones of our own."""
    found = {pod.revision for pod in pods if pod.revision and pod.mark is None}
    new = sorted(found - {one.name for one in known})
    return [*known, *(Revision(since=now, name=name) for name in new)]


def _cut(group: PodGroup) -> PodGroup:
    return group.model_copy(
        update={
            "ready": (group.ready or [])[:MOST_CHANGES] or None,
            "there": (group.there or [])[:MOST_CHANGES] or None,
            "revisions": (group.revisions or [])[:MOST_REVISIONS] or None,
        }
    )


def _blind(last: PodWatch | None, now: float) -> list[Stretch]:
    known = list((last.blind if last else None) or [])
    if last and now - last.looked_at > BLIND:
        known.append(Stretch(since=last.looked_at, until=now))
    return known


def _left_out(last: PodWatch | None, *of: tuple[int, int]) -> bool | None:
    """Of pairs of how many there are and how many are kept."""
    before = last is not None and last.left_out
    return before or any(number > kept for number, kept in of) or None
