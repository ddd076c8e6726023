"""SCRAM-SHA-256: prove to a server that we know a password, and see that it knows it, too. RFC 5802, RFC 7677."""

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from functools import lru_cache

_NO_BINDING = "n,,"


class Scram:
    """One login. Passwords are taken as they are: SASLprep leaves those of ASCII alone, and most others.

    Args:
        nonce: what is never used twice; None: of the system's randomness.
    """

    def __init__(self, password: str, user: str = "", nonce: str | None = None) -> None:
        self._password = password
        self._nonce = nonce or b64encode(os.urandom(18)).decode()
        # PostgreSQL looks at the user that its own first message has named, and passes over this one.
        self._bare = f"n={user},r={self._nonce}"
        self._servers = b""

    def first(self) -> bytes:
        """What we say first."""
        return (_NO_BINDING + self._bare).encode()

    def proof(self, servers_first: bytes) -> bytes:
        """What we say to the server's first answer.

        Raises:
            ValueError, KeyError: that is none.
        """
        told = _parts(servers_first)
        if not told["r"].startswith(self._nonce):
            raise ValueError("the server answers somebody else")
        key = salted(self._password, b64decode(told["s"]), int(told["i"]))
        client_key = _hmac(key, b"Client Key")
        last = f"c={b64encode(_NO_BINDING.encode()).decode()},r={told['r']}"
        all_said = f"{self._bare},{servers_first.decode()},{last}".encode()
        signature = _hmac(hashlib.sha256(client_key).digest(), all_said)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self._servers = _hmac(_hmac(key, b"Server Key"), all_said)
        return f"{last},p={b64encode(proof).decode()}".encode()

    def is_servers(self, servers_last: bytes) -> bool:
        """Has the server proved that it knows the password?"""
        return hmac.compare_digest(b64decode(_parts(servers_last).get("v", "")), self._servers)


@lru_cache(maxsize=1)
def salted(password: str, salt: bytes, rounds: int) -> bytes:
    """The password's key; made once for the many sessions of one login."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def _parts(message: bytes) -> dict[str, str]:
    return dict(part.split("=", 1) for part in message.decode().split(",") if "=" in part)
