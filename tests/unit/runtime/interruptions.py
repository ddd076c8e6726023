"""Ports that fail at a chosen call: before it took effect, or after, when nobody hears of it any more."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.unit.runtime.fake_staging import DELETED_IN_ORDER

READS = (
    "read",
    "namespace",
    "permitted",
    "pods",
    "live_use",
    "deployment",
    "sidecars",
    "load",
    "probe",
    "ask",
    "samples",
    "history",
)


class Killed(BaseException):
    """SIGKILL: nothing of ours runs after it."""


@dataclass
class Fuse:
    """Counts one process's port calls and fails at one of them; a dead process makes no more calls."""

    at: int | None = None
    after: bool = False
    error: Callable[[], BaseException] = Killed
    calls: list[str] = field(default_factory=list)
    dead: bool = False

    def wrap(self, port: Any) -> Any:
        """The port, behind this fuse."""
        return _Fused(port, self)

    async def through(self, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
        """One call."""
        if self.dead:
            raise Killed
        mine = len(self.calls)
        self.calls.append(name)
        if mine == self.at and not self.after:
            raise self._blown()
        answer = await call()
        if mine == self.at:
            raise self._blown()
        return answer

    def _blown(self) -> BaseException:
        error = self.error()
        self.dead = isinstance(error, Killed)
        return error

    def __str__(self) -> str:
        name = self.calls[self.at] if self.at is not None and self.at < len(self.calls) else "never"
        return f"call {self.at} ({name}), {'after' if self.after else 'before'} it took effect"


@dataclass
class _Fused:
    """A port behind a fuse."""

    port: Any
    fuse: Fuse

    async def create(self, manifests: Sequence[Mapping[str, Any]]) -> None:
        """Each object is a call of its own: half a load may be there."""
        for manifest in manifests:
            await self.fuse.through("create", lambda one=manifest: self.port.create([one]))  # type: ignore[misc]

    async def delete_load(self, namespace: str, run: str) -> None:
        """So is each kind of objects: half a load may be left."""
        for kind in DELETED_IN_ORDER:
            await self.fuse.through("delete", lambda one=kind: self.port.delete_kind(run, one))  # type: ignore[misc]

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        call = getattr(self.port, name)

        async def through(*arguments: Any, **named: Any) -> Any:
            return await self.fuse.through(name, lambda: call(*arguments, **named))

        return through


def at_every_call(calls: Sequence[str], error: Callable[[], BaseException] = Killed) -> Iterator[Fuse]:
    """A fuse for each of these calls; one that changes something may have taken effect before it fails."""
    for at, name in enumerate(calls):
        yield Fuse(at, after=False, error=error)
        if name not in READS:
            yield Fuse(at, after=True, error=error)
