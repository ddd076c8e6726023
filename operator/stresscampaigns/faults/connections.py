"""A PostgreSQL server's connections, taken: DatabasePoolExhausted.

How it ends by itself: they are sessions of this process, and the kernel closes them when it dies. One that is stopped
keeps them: so each session is told at its start after how long without a question the server ends it, and that is the
time which is left (`idle_session_timeout`, PostgreSQL 14).
"""

import os
import resource
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from stresscampaigns.api.fault_protocol import DATABASE_PASSWORD, DATABASE_USER, FaultOrder
from stresscampaigns.faults.patience import comes_true
from stresscampaigns.faults.postgres import TOO_MANY, Login, NoPostgres, ServerRefused
from stresscampaigns.faults.protocol import CannotWork, Fault
from stresscampaigns.faults.taking import ANSWER, FAILURES, Server, Taker

_FULL = 1.5
"""Seconds for which the fault waits to be in force before it says so: an abort is heard within 2 s."""
_LAPSE = 5.0
"""Seconds for which what the server has ended may be missing: it may just have been started anew."""
_LIMITS = """
SELECT current_setting('max_connections'),
  CASE WHEN rolsuper THEN '0' ELSE current_setting('superuser_reserved_connections') END,
  CASE WHEN rolsuper THEN -1 ELSE greatest(rolconnlimit, datconnlimit) END
FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
"""
_OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = current_setting('application_name')"


class Exhaustion:
    """All connections that the server would give are taken, but `leave`."""

    unit = "connections held"

    def __init__(self, servers: list[Server], leave: int) -> None:
        self._servers = servers
        self._leave = leave
        self._most = 0
        self._taker: Taker | None = None

    def check(self) -> None:
        """Is it a PostgreSQL server that lets us in, and as often as anybody?"""
        problems = []
        for server in self._servers:
            try:
                self._most = _limit(server)
            except OSError as error:
                problems.append(f"{server.address[0]}: {error}")
            except ServerRefused as error:
                raise CannotWork(server.login.hidden(_words(error))) from None
            except NoPostgres as error:
                raise CannotWork(str(error)) from None
            else:
                self._servers = [server]
                return
        raise CannotWork(
            f"no server answers at port {self._servers[0].address[1]} of this pod ({'; '.join(problems)})"
        )

    def inject(self, seconds: float) -> None:
        """Take them."""
        _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
        self._taker = Taker(self._servers[0], self._most, self._leave, time.monotonic() + seconds)
        self._taker.start()
        self._taker.full.wait(min(seconds, _FULL))

    def evidence(self) -> int:
        """At most so many at once; told only where nothing was left at some time."""
        taker = self._taker
        if taker and taker.broke_off:
            raise CannotWork(
                "taking connections broke off: see the sidecar's log; they were not held to the end"
            )
        why = self._servers[0].login.hidden(f": {taker.trouble}") if taker and taker.trouble else ""
        if taker is None or not taker.full.is_set():
            did = f"{taker.peak} of {self._most}" if taker else "none"
            raise CannotWork(f"the server's connections were never exhausted, {did} could be taken{why}")
        if taker.lapse > _LAPSE:
            raise CannotWork(
                f"connections were lost and could not be taken again in the last {taker.lapse:.1f}s{why}"
            )
        return taker.peak

    def end(self) -> None:
        """Give all back."""
        if self._taker:
            self._taker.finish()

    def gone(self) -> bool:
        """Does the server know no session of ours any more? Where it cannot be asked, our ends of them are closed."""
        if self._taker is None:
            return True
        return not self._taker.is_alive() and comes_true(lambda: _nobody_left(self._servers[0]), 2)


def _asked(server: Server, question: str) -> list[str | None]:
    session = server.session(ANSWER)
    try:
        return session.ask(question)[0]
    finally:
        session.close()


def _nobody_left(server: Server) -> bool:
    try:
        return _asked(server, _OURS) == ["1"]
    except FAILURES:
        return True


def _limit(server: Server) -> int:
    """How many connections the server gives to users like ours."""
    most, reserved, own = (int(one or 0) for one in _asked(server, _LIMITS))
    if own >= 0:
        raise CannotWork(
            f"the user or the database has a connection limit of its own ({own}): it cannot exhaust the server; take a "
            "user and a database without such a limit"
        )
    return most - reserved


def _words(error: ServerRefused) -> str:
    if error.code == TOO_MANY:
        return f"the server has no connection left before the fault begins: {error}"
    if "idle_session_timeout" in str(error):
        return f"the server must be PostgreSQL 14 or newer, for it must end our sessions by itself: {error}"
    return f"the server does not let us in: {error}"


def _addresses() -> list[str]:
    """At which a server in our pod may listen."""
    own: list[str] = []
    with suppress(OSError):  # a host without a name of its own has loopback
        found = socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM)
        own = [str(one[4][0]) for one in found]
    return list(dict.fromkeys(["127.0.0.1", "::1", *own]))


def exhausted(order: FaultOrder, environment: Callable[[str], str | None] = os.environ.get) -> Fault:
    """The fault that an order asks for; user and password come from the environment."""
    user, password = environment(DATABASE_USER), environment(DATABASE_PASSWORD)
    if user is None or password is None:
        raise CannotWork("the sidecar was given no credentials for the database")
    settings = order.settings
    login = Login(user, password, settings["credentials"]["database"])
    servers = [Server((address, settings["port"]), login, order.id) for address in _addresses()]
    return Exhaustion(servers, settings.get("leave", 0))
