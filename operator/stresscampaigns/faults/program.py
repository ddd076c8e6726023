"""A user's own program, called verb by verb: each call has its time, and what it says is bounded."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from stresscampaigns.faults.contract import KEPT, Answer, Verb, lines
from stresscampaigns.faults.protocol import CannotWork

_LOOK = 0.02
_DRAIN = 0.2
"""Seconds for which the last words of an ended call are waited for, where others still hold its pipes."""

_LOGGED = 10
"""Lines of each call's complaints."""


@dataclass(frozen=True)
class End:
    """How a process ended, and when (epoch)."""

    code: int
    at: float


class Children(threading.Thread):
    """Starts processes and takes note of their ends.

    As the container's first process we inherit everybody's orphans: they are buried, too.
    """

    def __init__(self) -> None:
        super().__init__(name="children", daemon=True)
        self._lock = threading.Lock()
        self._ends: dict[int, End] = {}
        self._known: set[int] = set()

    def run(self) -> None:
        """As long as there are any; the guard is one of them."""
        while True:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
            with self._lock:
                pid, status = os.waitpid(found.si_pid if found else -1, 0)
                if pid in self._known:
                    self._ends[pid] = End(os.waitstatus_to_exitcode(status), time.time())

    def begin(self, words: list[str], environment: Mapping[str, str], out: int, errors: int) -> int:
        """Start one, in a session of its own, with signals as any program expects them."""
        files = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, out, 1),
            (os.POSIX_SPAWN_DUP2, errors, 2),
        ]
        with self._lock:
            pid = os.posix_spawnp(
                words[0],
                words,
                environment,
                file_actions=files,
                setsid=True,
                setsigmask=(),
                setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
            )
            self._known.add(pid)
        return pid

    def end_of(self, pid: int) -> End | None:
        """None: it lives."""
        with self._lock:
            return self._ends.get(pid)


class Tail(threading.Thread):
    """The end of what somebody says; the rest is read, so that nobody has to wait, and forgotten."""

    def __init__(self) -> None:
        super().__init__(name="tail", daemon=True)
        self._source, self.sink = os.pipe()
        self.kept = b""

    def run(self) -> None:
        """Until nobody can say anything any more."""
        while more := os.read(self._source, 65536):
            self.kept = (self.kept + more)[-KEPT:]
        os.close(self._source)


class Call:
    """One call of the program, under way or over."""

    def __init__(self, children: Children, words: list[str], environment: Mapping[str, str]) -> None:
        self._children = children
        self._out, self._errors = Tail(), Tail()
        try:
            self.pid = children.begin(words, environment, self._out.sink, self._errors.sink)
        except OSError as error:
            raise CannotWork(f"{words[0]} cannot be started: {error.strerror}") from error
        finally:
            for tail in (self._out, self._errors):
                os.close(tail.sink)
                tail.start()

    @property
    def end(self) -> End | None:
        """None: it is under way."""
        return self._children.end_of(self.pid)

    def ended_within(self, seconds: float, enough: Callable[[], bool]) -> End | None:
        """How it has ended by itself; else it is killed, at the latest as soon as somebody has enough of it."""
        last = time.monotonic() + seconds
        while (end := self.end) is None:
            if time.monotonic() >= last or enough():
                with suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)
                return None
            time.sleep(_LOOK)
        return end

    def answer(self, end: End | None) -> Answer:
        """How it ended, with what it has said."""
        for tail in (self._out, self._errors):
            tail.join(_DRAIN)
        return Answer(end.code if end else None, self._out.kept, self._errors.kept)


class Program:
    """The user's words for it, and what it is told in any case."""

    def __init__(self, command: Sequence[str], children: Children) -> None:
        self._command = command
        self._children = children

    def start(self, verb: Verb, environment: Mapping[str, str]) -> Call:
        """Begin a call.

        Raises:
            CannotWork: there is no such program in the image.
        """
        return Call(self._children, [*self._command, verb], {**os.environ, **environment})

    def ask(
        self,
        verb: Verb,
        environment: Mapping[str, str],
        limit: float,
        enough: Callable[[], bool] = lambda: False,
    ) -> Answer:
        """A whole call of so many seconds at most; its last words go to the sidecar's own log, too."""
        call = self.start(verb, environment)
        answer = call.answer(call.ended_within(limit, enough))
        for line in lines(answer.errors)[-_LOGGED:]:
            print(f"{verb}: {line}", file=sys.stderr)
        return answer
