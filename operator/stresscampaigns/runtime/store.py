"""What the operator has seen of its resources, newest state only; fed by the watch and by our own writes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from stresscampaigns.api.base import CAMPAIGN_LABEL

Kind = Literal["StressCampaign", "StressRun"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Body = Mapping[str, Any]
"""As the API server holds it: perhaps of another release, or wrong, so that no shape can be counted on."""


@dataclass(frozen=True)
class Key:
    """One object."""

    kind: Kind
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


_SUMMED_UP = ("phase", "verdict", "failedChecks")


def kept(body: Body) -> Body:
    """What anybody asks of it. Of a run that is over that is not how it came to its end: there may be thousands."""
    metadata = {name: one for name, one in body["metadata"].items() if name != "managedFields"}
    status = body.get("status") or {}
    if status.get("phase") != "Finished":
        return {**body, "metadata": metadata}
    summed_up = {name: status[name] for name in _SUMMED_UP if name in status}
    return {**body, "metadata": metadata, "status": summed_up}


@dataclass
class Store:
    """Objects by key; an older state never replaces a newer one."""

    _bodies: dict[Key, Body] = field(default_factory=dict)
    _runs: dict[tuple[str, str], set[Key]] = field(default_factory=dict)
    turns: set[str] = field(default_factory=set)
    """UIDs of runs that were told that it is their turn, be it written down or not."""
    unwelcome: set[str] = field(default_factory=set)
    """UIDs of runs that may not begin: an owner has not let them in, or nobody could find out. They are waited for by
    nobody."""
    run_changed: Callable[[Key, Body], None] = lambda key, body: None
    """Called with every newer state of a run, whoever saw it first: its campaign sums it up."""

    def put(self, key: Key, body: Body) -> bool:
        """Keep the state; False where it was known already or is older."""
        known = self._bodies.get(key)
        if known is not None and _version(body) <= _version(known):
            return False
        self.remove(key)  # the label that says whose run it is may have changed
        self._bodies[key] = body = kept(body)
        if key.kind == "StressRun":
            self._runs.setdefault(self._owner(key, body), set()).add(key)
            self.run_changed(key, body)
        return True

    def update(self, key: Key, body: Body) -> None:
        """Keep what the API server answered us; one that was deleted meanwhile stays forgotten."""
        if key in self._bodies:
            self.put(key, body)

    def remove(self, key: Key) -> Body | None:
        """Forget the object; what was known of it."""
        body = self._bodies.pop(key, None)
        if body is not None and key.kind == "StressRun":
            self._runs.get(self._owner(key, body), set()).discard(key)
        return body

    def get(self, key: Key) -> Body | None:
        """The newest known state."""
        return self._bodies.get(key)

    def runs_of(self, namespace: str, campaign: str) -> Iterable[Body]:
        """The runs of one campaign."""
        return [self._bodies[key] for key in self._runs.get((namespace, campaign), ())]

    def counts(self) -> dict[Kind, int]:
        """How many objects of each kind are known, 0 among them."""
        known = Counter(key.kind for key in self._bodies)
        return {kind: known[kind] for kind in KINDS}

    def keys(self, kind: Kind) -> Iterator[Key]:
        """Every known object of a kind."""
        return (key for key in list(self._bodies) if key.kind == kind)

    @staticmethod
    def _owner(key: Key, body: Body) -> tuple[str, str]:
        return key.namespace, (body["metadata"].get("labels") or {}).get(CAMPAIGN_LABEL, "")


def _version(body: Body) -> int:
    return int(body["metadata"].get("resourceVersion") or 0)
