"""What the runtime needs from the world; adapters and the tests' fakes fulfil it."""

from collections.abc import Sequence
from typing import Protocol

from stresscampaigns.api.rollback import Rollback
from stresscampaigns.core.actions import Announcement
from stresscampaigns.core.consent import Consent
from stresscampaigns.core.deployments import Deployment, NoDeployment
from stresscampaigns.core.observation import History, LiveUse, LoadView, Pod, Probe, Sidecar
from stresscampaigns.manifests.manifest import Manifest, Part
from stresscampaigns.runtime.store import Body, Key


class Conflict(Exception):
    """The object has changed since it was read: read again, decide again."""


class Refusal(Exception):
    """The API server will not have what we want to create; trying again would not help."""


class Away(Exception):
    """Who is asked, or whom they ask in turn, like a webhook, does not answer now: later, they may."""


class Clock(Protocol):
    """What time it is."""

    def now(self) -> float:
        """Seconds since the epoch."""

    def steady(self) -> float:
        """Seconds that no setting of the clock moves, those in which the machine slept among them."""


class Resources(Protocol):
    """Our own resources at the API server."""

    async def read(self, key: Key) -> Body | None:
        """The object as it is now; None where it is gone."""

    async def write_status(self, key: Key, version: str, status: Part) -> Body:
        """Replace the status of the object that was read at `version`.

        Raises:
            Conflict: it has changed since.
            Refusal: it will never be taken, because it is too large for instance.
        """

    async def create_run(self, manifest: Manifest) -> Body:
        """Create a run; one of that name that is there already is returned instead.

        Raises:
            Refusal: in the API server's words.
        """

    async def delete_run(self, key: Key) -> None:
        """Ask for the run's deletion."""

    async def hold_with(self, key: Key, version: str, finalizers: list[str]) -> None:
        """Let these finalizers alone hold the object when it is deleted.

        Raises:
            Conflict: it has changed since.
        """

    async def announce(self, about: Body, announcement: Announcement) -> None:
        """Write an event on the object; one that was written already is not written again."""


class Staging(Protocol):
    """The namespace under stress: the target's pods, our load pods, our sidecars."""

    async def namespace(self, namespace: str) -> Consent:
        """What its owner allows."""

    async def permitted(self, namespace: str) -> Probe:
        """Have we got the rights to work there?"""

    async def pods(self, namespace: str, selector: str) -> tuple[Pod, ...]:
        """Pods by label, sorted by name."""

    async def live_use(self, namespace: str, selector: str) -> LiveUse:
        """Memory and CPU of pods' containers as metrics.k8s.io tells them; a failure is part of the answer."""

    async def addresses(self, namespace: str, selector: str) -> tuple[str, ...]:
        """Under which pods are reached: their own, and those of the Services in front of them; sorted."""

    async def sidecars(self, namespace: str, prefix: str) -> tuple[Sidecar, ...]:
        """Ephemeral containers whose name begins with `prefix`, with what they reported."""

    async def load(self, namespace: str, run: str, with_result: bool) -> LoadView:
        """The run's load Jobs and pods, and what the coordinator said."""

    async def create(self, manifests: Sequence[Manifest]) -> None:
        """Create objects; what is there already counts as done."""

    async def keep(self, manifests: Sequence[Manifest], instead: bool) -> None:
        """Create objects just as they are; what is there already gives way, or stays where it is not `instead`."""

    async def tell_load(self, namespace: str, run: str, command: Sequence[str]) -> None:
        """Run a command in the container of the run's coordinator, which says that what it was told is written down.

        Raises:
            Refusal: in the API server's words.
            Away: it was not told, as far as anybody knows.
        """

    async def inject(self, namespace: str, pod: str, uid: str, container: Part) -> None:
        """Add an ephemeral container; one of that name that is there already counts as done.

        Raises:
            Refusal: in the API server's words.
            Away: likewise.
        """

    async def start_in_target(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> None:
        """Start a program in a container of the target; it goes on when we have gone."""

    async def kill_pod(self, namespace: str, pod: str, uid: str) -> None:
        """Delete that very pod without grace; one that is gone counts as done."""

    async def deployment(self, namespace: str, name: str) -> Deployment | NoDeployment:
        """The Deployment as it is now, or why it cannot be seen."""

    async def roll_out(self, namespace: str, seen: Deployment, rollback: Rollback) -> None:
        """Roll a bad revision out; a Deployment that has changed since it was seen is left alone."""

    async def roll_back(self, namespace: str, seen: Deployment, rollback: Rollback) -> None:
        """Roll it back; where somebody has asked for something else since it was seen, nothing is done."""

    async def end_fault(self, namespace: str, pod: str, container: str) -> None:
        """End the fault that a running sidecar holds.

        Raises:
            Refusal: in the API server's words.
        """

    async def delete_load(self, namespace: str, run: str) -> None:
        """Delete the run's Jobs, Service and ConfigMap; their pods at once."""


class Metrics(Protocol):
    """Prometheus."""

    async def probe(self, url: str) -> Probe:
        """Does it answer?"""

    async def history(self, url: str, query: str, start: float, end: float, step: int) -> History:
        """What a query gives over a window, epoch seconds: its series with their times, every `step` seconds."""

    async def samples(self, url: str, query: str, moment: float) -> History:
        """What a query gives at one moment, epoch seconds: of a range, its samples as they were scraped."""


class Reach(Protocol):
    """The way to the target."""

    async def probe(self, url: str, connect_only: bool = False, proxy: str | None = None) -> Probe:
        """Does anything answer there? `connect_only`: without a request, which the target would count."""


class Leadership(Protocol):
    """The Lease."""

    def held(self) -> bool:
        """May we act now?"""
