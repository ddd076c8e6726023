"""Takes a PostgreSQL server's connections and keeps them, each with the time after which the server itself ends it."""

import os
import select
import threading
import time
from dataclasses import dataclass

from stresscampaigns.faults.postgres import TOO_MANY, Login, NoPostgres, ServerRefused, Session

LOOK = 0.1
"""Seconds between two looks for connections that got free."""
ANSWER = 1.0
"""Seconds for which an answer of the server's is waited for."""
FAILURES = (OSError, ServerRefused, NoPostgres)
_AT_ONCE = 4
"""More make it no faster on two cores; one after the other takes three times as long."""
_TAKEN = """
SELECT count(*) FROM pg_stat_activity
WHERE datid IS NOT NULL AND usesysid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'
"""
"""Of other users' sessions only a monitor sees the type: where we do not, their parallel workers count, too."""


@dataclass(frozen=True)
class Server:
    """Where it listens, and as whom we come."""

    address: tuple[str, int]
    login: Login
    name: str

    def session(self, seconds: float) -> Session:
        """One that the server ends after so many seconds at the latest."""
        return Session(self.address, self.login, self.name, _ends_in(seconds), ANSWER)


def _ends_in(seconds: float) -> dict[str, int]:
    milliseconds = max(1, round(seconds * 1000))
    return {"idle_session_timeout": milliseconds, "statement_timeout": round(ANSWER * 1000)}


class Taker(threading.Thread):
    """Takes what is free and keeps it; takes again what gets free.

    Args:
        most: never more than so many.
        until: on the monotonic clock.
    """

    def __init__(self, server: Server, most: int, leave: int, until: float) -> None:
        super().__init__(name="taker", daemon=True)
        self.full = threading.Event()
        self.peak = 0
        self.trouble: str | None = None
        self._server, self._most, self._leave, self._until = server, most, leave, until
        self._held: dict[int, Session] = {}
        self._poll = select.poll()
        self._end = os.eventfd(0)
        self._poll.register(self._end, select.POLLIN)
        self._ending = self._whole = False
        self._full_at = 0.0

    @property
    def broke_off(self) -> bool:
        """Has it died of something that nobody thought of? What it held is free again."""
        return not (self.is_alive() or self._whole)

    @property
    def lapse(self) -> float:
        """Seconds for which by now, or by its end, connections that it had taken were free, or nobody knows."""
        if not self.full.is_set() or len(self._held) >= self.peak:
            return 0.0
        return min(time.monotonic(), self._until) - self._full_at

    def finish(self) -> None:
        """Close all sessions, and take none any more."""
        self._ending = True
        os.eventfd_write(self._end, 1)
        self.join(timeout=5)

    def run(self) -> None:
        """Until the end is asked for, or its time has come."""
        try:
            while not self._ending and self._left() > 0:
                self._take()
                self._look()
            self._whole = True
        finally:
            for one in self._held.values():
                one.close()

    def _left(self) -> float:
        return self._until - time.monotonic()

    def _take(self) -> None:
        try:
            if self._leave:
                self._take_but_some()
            else:
                self._take_up_to(self._most)
            if not self._ending and self._left() > 0:
                self._is_full()
        except ServerRefused as error:
            self._refused(error)
        except (OSError, NoPostgres) as error:
            self.trouble = str(error)

    def _refused(self, error: ServerRefused) -> None:
        if error.code == TOO_MANY:
            self._is_full()
        else:
            self.trouble = str(error)

    def _is_full(self) -> None:
        self._full_at = time.monotonic()
        self.full.set()

    def _take_up_to(self, count: int) -> None:
        wide = 1
        while len(self._held) < count and not self._ending and (left := self._left()) > 0:
            self._take_at_once(min(wide, count - len(self._held)), left)
            wide = min(2 * wide, _AT_ONCE)

    def _take_at_once(self, count: int, left: float) -> None:
        got: list[Session] = []
        failed: list[Exception] = []

        def take() -> None:
            try:
                got.append(self._server.session(left))
            except FAILURES as error:
                failed.append(error)

        helpers = [threading.Thread(target=take, daemon=True) for _ in range(count)]
        for one in helpers:
            one.start()
        for one in helpers:
            one.join()
        for session in got:
            self._keep(session)
        if failed:
            raise failed[0]
        if len(got) < count:
            raise RuntimeError("a helper died: it brought neither a session nor a reason why not")

    def _keep(self, session: Session) -> None:
        self._held[session.fileno()] = session
        self._poll.register(session, select.POLLIN)
        self.peak = max(self.peak, len(self._held))

    def _drop(self, session: Session) -> None:
        self._poll.unregister(session)
        del self._held[session.fileno()]
        session.close()

    def _take_but_some(self) -> None:
        """One of ours asks how many there are; where not even that one has room, it goes at once."""
        if not self._held:
            self._take_up_to(1)
        asking = next(iter(self._held.values()))
        room = self._most - self._leave - self._count(asking)
        if room < 0 and len(self._held) == 1:
            self._drop(asking)
        self._take_up_to(len(self._held) + room)

    def _count(self, asking: Session) -> int:
        # Each question sets the server's clock for the session back.
        times = _ends_in(self._left())
        try:
            rows = asking.ask(f"SET idle_session_timeout = {times['idle_session_timeout']}; {_TAKEN}")
        except FAILURES:
            self._drop(asking)
            raise
        return int(rows[0][0] or 0)

    def _look(self) -> None:
        """Wait for the next look; what the server has ended meanwhile is no longer held."""
        for number, _ in self._poll.poll(min(LOOK, max(0.0, self._left())) * 1000):
            session = self._held.get(number)
            if session and not session.lives():
                self._drop(session)
