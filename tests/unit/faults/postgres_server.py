"""A PostgreSQL server of our own on loopback, and what an application sees of it."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

from tests.unit.ports import free_port

MOST, RESERVED = 20, 3
USER, PASSWORD = "app", "pass, word=1"
_NOBODY = 65_534
_DEBIAN = "/usr/lib/postgresql/15/bin:/usr/lib/postgresql/16/bin:/usr/lib/postgresql/17/bin"
_PATH = f"{os.environ['PATH']}:{_DEBIAN}"
_USERS = f"""
SET password_encryption = 'scram-sha-256'; CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE limited LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 5;
SET password_encryption = 'md5'; CREATE ROLE digested LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE chief SUPERUSER LOGIN PASSWORD '{PASSWORD}';
CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher;
"""
_RULES = """
local all all trust
host all digested all md5
host all chief all password
host all all all scram-sha-256
"""


def lacking() -> str | None:
    """Why there can be no server here; None where there can."""
    missing = [tool for tool in ("initdb", "postgres", "psql") if shutil.which(tool, path=_PATH) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


needs_postgres = pytest.mark.skipif(lacking() is not None, reason=str(lacking()))


class Postgres:
    """It goes when its context ends."""

    def __init__(self, most: int = MOST) -> None:
        # Not pytest's own: nobody but its user may look into that.
        self._temporary = tempfile.TemporaryDirectory()
        self._folder, self._most = Path(self._temporary.name), most
        self._server: subprocess.Popen[str] | None = None
        self.port = free_port()

    def __enter__(self) -> Self:
        root = os.geteuid() == 0
        if root:
            os.chown(self._folder, _NOBODY, _NOBODY)
        self._own = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if root else {}
        data = str(self._folder / "data")
        quick = ("--auth", "trust", "--no-sync", "--username", "root_of_all")
        self._run("initdb", "--pgdata", data, *quick)
        (self._folder / "data" / "pg_hba.conf").write_text(_RULES)
        self.start()
        self.query(_USERS)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._temporary.cleanup()

    def start(self) -> None:
        """Start it; it answers when this returns."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": self._folder,
            "max_connections": self._most,
            "superuser_reserved_connections": RESERVED,
            "fsync": "off",
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        command = ["postgres", "-D", str(self._folder / "data"), *options]
        self._server = subprocess.Popen(
            command, stderr=subprocess.DEVNULL, text=True, env={"PATH": _PATH}, cwd=self._folder, **self._own
        )
        last = time.monotonic() + 20
        while not self._says("SELECT 1", self._folder, "root_of_all"):
            assert time.monotonic() < last, "the server did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Cut every session, and go."""
        if self._server:
            self._server.send_signal(2)
            self._server.wait(20)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, env={"PATH": _PATH}, cwd=self._folder, **self._own
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _says(self, question: str, host: Path | str, user: str) -> str | None:
        command = [
            "psql",
            "-qAtX",
            "-h",
            str(host),
            "-p",
            str(self.port),
            "-U",
            user,
            "-d",
            "postgres",
            "-c",
            question,
        ]
        environment = {"PATH": _PATH, "PGPASSWORD": PASSWORD, "PGCONNECT_TIMEOUT": "5"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        return done.stdout.strip() or "nothing" if done.returncode == 0 else None

    def query(self, question: str) -> str | None:
        """As the one who always may."""
        return self._says(question, self._folder, "root_of_all")

    def lets_in(self, user: str = USER) -> bool:
        """Does an application get a connection?"""
        return self._says("SELECT 1", "127.0.0.1", user) == "1"

    @contextmanager
    def application(self) -> Iterator[None]:
        """One more connection is in use."""
        command = [
            "psql",
            "-qAtX",
            "-h",
            str(self._folder),
            "-p",
            str(self.port),
            "-U",
            "watcher",
            "-d",
            "postgres",
        ]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env={"PATH": _PATH}) as talk:
            assert talk.stdin
            assert talk.stdout
            talk.stdin.write("SELECT 'there';\n")
            talk.stdin.flush()
            assert talk.stdout.readline() == "there\n"
            yield
            talk.stdin.close()

    def sessions(self, user: str = USER) -> int:
        """So many the server has of this user."""
        told = self.query(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{user}'")
        assert told, "not even for this question there is a connection"
        return int(told)

    def becomes(self, sessions: int, user: str = USER, seconds: float = 10) -> bool:
        """Has it so many, before long?"""
        last = time.monotonic() + seconds
        while self.sessions(user) != sessions:
            if time.monotonic() > last:
                return False
            time.sleep(0.02)
        return True
