"""Sessions in memory, bounded in bytes: the one used longest ago goes first. Pure."""

from collections import OrderedDict

OVERHEAD = 512
"""Bytes counted for each session besides its body: many empty ones must not fill the memory unseen."""


class TooLarge(Exception):
    """A session is larger than all sessions together may be."""


class Sessions:
    """Bodies by their id."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self.size = 0
        """Bytes held."""

    def __len__(self) -> int:
        return len(self._bodies)

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._bodies

    def put(self, identifier: str, body: bytes) -> int:
        """Keep a body; the number of sessions that had to go for it.

        Raises:
            TooLarge: no room could be made; nothing has changed.
        """
        needed = _size(body)
        if needed > self.limit:
            raise TooLarge(f"{len(body)} bytes are more than fit")
        self.delete(identifier)
        gone = 0
        while self.size + needed > self.limit:
            self.delete(next(iter(self._bodies)))
            gone += 1
        self._bodies[identifier] = body
        self.size += needed
        return gone

    def get(self, identifier: str) -> bytes | None:
        """A body, which counts as used now."""
        if identifier in self._bodies:
            self._bodies.move_to_end(identifier)
        return self._bodies.get(identifier)

    def delete(self, identifier: str) -> bool:
        """Was it there?"""
        body = self._bodies.pop(identifier, None)
        if body is None:
            return False
        self.size -= _size(body)
        return True


def _size(body: bytes) -> int:
    return len(body) + OVERHEAD
