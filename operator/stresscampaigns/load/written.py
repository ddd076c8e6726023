"""What the users of this worker have written. It outlives them: users come and go with the stages."""

import secrets
from dataclasses import dataclass

from stresscampaigns.load.parameters import SetWritesParameters
from stresscampaigns.stats.written_set import Ledger

_WRITER_BYTES = 6
"""Drawn for each writer: no two in any run have the same name, and nothing that an earlier run wrote is ours."""


@dataclass(frozen=True)
class Book:
    """One writer's ledger, and where to read it back."""

    ledger: Ledger
    base: str
    """The target's URL, without a slash at its end."""
    settings: SetWritesParameters


class Written:
    """The books of all writers of a worker."""

    def __init__(self) -> None:
        self.books: list[Book] = []

    def open(self, base: str, settings: SetWritesParameters) -> Ledger:
        """A new writer's ledger."""
        book = Book(Ledger(f"w{secrets.token_hex(_WRITER_BYTES)}"), base, settings)
        self.books.append(book)
        return book.ledger


WRITTEN = Written()
"""This worker's."""
