"""A session with a PostgreSQL server: its start with a password, simple questions, its end.

Source: PostgreSQL's documentation, chapter "Frontend/Backend Protocol"; RFC 5802 and 7677 for SCRAM. A library would be
libpq: once imported it takes 20 MB, which is all that an idle sidecar may.
"""

import hashlib
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

from stresscampaigns.faults.scram import Scram

_VERSION = 3 << 16
_HEAD = struct.Struct(">ci")
_LONGEST = 1 << 20
_FIRST = b"RENv"
"""Kinds of the messages with which a server may answer the first one."""
_OK, _CLEARTEXT, _MD5, _SASL, _SASL_GOES_ON, _SASL_LAST = 0, 3, 5, 10, 11, 12
_STRANGE = "what listens there does not speak PostgreSQL's protocol"
TOO_MANY = "53300"
"""The code of the refusal: no connection is free."""


class ServerRefused(Exception):
    """The server said no; `code` is PostgreSQL's, the message its own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NoPostgres(Exception):
    """What listens there does not speak PostgreSQL's protocol, or asks for a login that we cannot do."""


@dataclass(frozen=True)
class Login:
    """Whose sessions they are, in which database; never told to anybody but the server."""

    user: str
    password: str
    database: str

    def __repr__(self) -> str:
        return f"Login(database={self.database!r})"

    def hidden(self, words: str) -> str:
        """The same without user and password: a server's complaint names the user, and a Secret's keys get mixed up."""
        for one in (self.password, self.user):
            words = words.replace(one, "…") if one else words
        return words


class Session:
    """One, logged in and idle.

    Args:
        options: settings of this session alone, from its start on.
        timeout: seconds for which any answer is waited for.

    Raises:
        OSError: nobody is there, or does not answer.
        ServerRefused, NoPostgres: see there.
    """

    def __init__(
        self, address: tuple[str, int], login: Login, name: str, options: dict[str, int], timeout: float
    ) -> None:
        self._socket = socket.create_connection(address, timeout)
        try:
            self._start(login, name, options)
        except BaseException:
            self._socket.close()
            raise

    def _start(self, login: Login, name: str, options: dict[str, int]) -> None:
        told = {
            "user": login.user,
            "database": login.database,
            "application_name": name,
            "options": " ".join(f"-c {key}={value}" for key, value in options.items()),
        }
        words = b"".join(text.encode() + b"\0" for pair in told.items() for text in pair) + b"\0"
        self._socket.sendall(struct.pack(">ii", 8 + len(words), _VERSION) + words)
        kind, body = self._read(_FIRST)
        scram: Scram | None = None
        while kind != b"Z":
            if kind == b"R":
                try:
                    scram = self._prove(login, body, scram)
                except (KeyError, ValueError, struct.error) as error:
                    raise NoPostgres(_STRANGE) from error
            kind, body = self._read()

    def _prove(self, login: Login, body: bytes, scram: Scram | None) -> Scram | None:
        """Answer one question about who we are."""
        (asked,), rest = struct.unpack_from(">i", body), body[4:]
        if asked == _CLEARTEXT:
            self._send(b"p", login.password.encode() + b"\0")
        elif asked == _MD5:
            self._send(b"p", _md5(login, rest) + b"\0")
        elif asked == _SASL and b"SCRAM-SHA-256" in rest.split(b"\0"):
            scram = Scram(login.password)
            first = scram.first()
            self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack(">i", len(first)) + first)
        elif asked == _SASL_GOES_ON and scram:
            self._send(b"p", scram.proof(rest))
        elif asked == _SASL_LAST and scram:
            if not scram.is_servers(rest):
                raise NoPostgres("the server does not know the password that it asked for")
        elif asked != _OK:
            raise NoPostgres(
                f"the server asks for a kind of login that is neither password, MD5 nor SCRAM ({asked})"
            )
        return scram

    def ask(self, question: str) -> list[list[str | None]]:
        """The rows of the answer, each value as its text."""
        self._send(b"Q", question.encode() + b"\0")
        rows: list[list[str | None]] = []
        kind, body = self._read()
        while kind != b"Z":
            if kind == b"D":
                try:
                    rows.append(_row(body))
                except struct.error as error:
                    raise NoPostgres(_STRANGE) from error
            kind, body = self._read()
        return rows

    def fileno(self) -> int:
        """For poll: something has come unasked."""
        return self._socket.fileno()

    def lives(self) -> bool:
        """Read what has come unasked; False where the server has ended the session."""
        try:
            while data := self._socket.recv(_LONGEST, socket.MSG_DONTWAIT):
                if data[:1] == b"E":
                    return False
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Say so, and go."""
        with suppress(OSError):  # it may have ended already
            self._socket.send(b"X" + struct.pack(">i", 4), socket.MSG_DONTWAIT)
        self._socket.close()

    def _send(self, kind: bytes, body: bytes) -> None:
        self._socket.sendall(kind + struct.pack(">i", 4 + len(body)) + body)

    def _read(self, kinds: bytes = b"") -> tuple[bytes, bytes]:
        kind, length = _HEAD.unpack(self._exactly(_HEAD.size))
        if (kinds and kind not in kinds) or not 4 <= length <= _LONGEST:
            raise NoPostgres(_STRANGE)
        body = self._exactly(length - 4)
        if kind == b"E":
            raise _refusal(body)
        return kind, body

    def _exactly(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            more = self._socket.recv(count - len(got))
            if not more:
                raise ConnectionResetError("the server closed the connection")
            got += more
        return got


def _md5(login: Login, salt: bytes) -> bytes:
    inner = hashlib.md5((login.password + login.user).encode(), usedforsecurity=False).hexdigest()
    return b"md5" + hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest().encode()


def _refusal(body: bytes) -> ServerRefused:
    fields = {one[:1]: one[1:].decode(errors="replace") for one in body.split(b"\0") if one}
    return ServerRefused(fields.get(b"C", ""), fields.get(b"M", "no reason told"))


def _row(body: bytes) -> list[str | None]:
    (count,), at = struct.unpack_from(">h", body), 2
    row: list[str | None] = []
    for _ in range(count):
        (length,) = struct.unpack_from(">i", body, at)
        at += 4
        row.append(None if length < 0 else body[at : at + length].decode(errors="replace"))
        at += max(length, 0)
    return row
