"""After the load: every element that was written is asked for, one by one or by listing.

One by one: `GET path/element`; 2xx: it is there, 404: it is not. First one that nobody wrote: who says that it is there
says so of anything. By listing:
`GET path?prefix=…&after=…&limit=…` gives a JSON array of elements (or an object that holds it as `elements`) that begin
with the prefix and come after the given one, in the order of their characters; an empty one says that these were all.
A redirect is neither: what lies behind it, such as a login page, says nothing of the element.
What the target cannot answer now is asked for again until the time is over: after a fault it may need a moment.
"""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, urlencode

import gevent
from gevent.pool import Pool

from stresscampaigns.api.written_set import READ_BACK_SECONDS, WrittenSet
from stresscampaigns.load.http.client import Client
from stresscampaigns.load.http.errors import HttpError
from stresscampaigns.load.http.response import Response
from stresscampaigns.load.written import Book
from stresscampaigns.stats.written_set import Found, Ledger, compare, together

AT_ONCE = 4
"""So many writers of one worker are read side by side: this is no load any more."""
PAGE = 1000
RETRY_SECONDS = 0.5
_NOT_FOUND = 404
_LATER = frozenset({408, 425, 429})
"""Of 3xx and 4xx those that may be answered otherwise when asked again."""
NewClient = Callable[[float], Client]
"""A client whose requests have so many seconds each."""


class CannotRead(Exception):
    """Not all was read back; the message says why."""


def read_back(
    books: Iterable[Book], new_client: NewClient, patience: float = READ_BACK_SECONDS
) -> WrittenSet:
    """What became of everything that was written, within so many seconds."""
    deadline = time.monotonic() + patience

    def read(book: Book) -> WrittenSet:
        return _read(book, new_client(book.settings.timeout), deadline)

    written = [book for book in books if book.ledger.attempted]
    return together(Pool(AT_ONCE).imap_unordered(read, written))


def _read(book: Book, client: Client, deadline: float) -> WrittenSet:
    found, problem = Found(), None
    asking = _Asking(client, book.base, deadline)
    listed = book.settings.read_back == "list"
    read = _by_listing if listed else _one_by_one
    try:
        for _ in read(asking, book.settings.path, book.ledger, found):
            gevent.sleep(0)
    except CannotRead as error:
        problem = str(error)
    finally:
        client.close()
    return compare(book.ledger, found, listed, problem)


def _one_by_one(asking: "_Asking", path: str, ledger: Ledger, found: Found) -> Iterator[None]:
    never_written = ledger.element(ledger.attempted)
    if status := _there(asking, path, never_written):
        raise CannotRead(
            f"GET {path}/{never_written} answers {status} for an element that nobody wrote: what it says of others "
            "proves nothing"
        )
    for number in range(ledger.attempted):
        if _there(asking, path, ledger.element(number)):
            found.add(number)
        found.read = number + 1
        yield


def _there(asking: "_Asking", path: str, element: str) -> int | None:
    """The status by which the target says that it has it; None: it has not."""
    status = asking.get(f"{path}/{quote(element, safe='')}").status_code
    return None if status == _NOT_FOUND else status


def _by_listing(asking: "_Asking", path: str, ledger: Ledger, found: Found) -> Iterator[None]:
    """Page by page; each begins with the last element of the one before, so that no page's end hides a copy of it.

    Of more copies than fit into a page, as many are seen.
    """
    after, last, counted = "", "", 0
    while page := _page(asking, path, ledger.prefix, after):
        if page != sorted(page) or page[0] <= after:
            raise CannotRead(f"GET {path} lists out of order: {page[0]!r} does not come after {after!r}")
        numbers = [ledger.number(element) for element in _without(page, last, counted)]
        for number in numbers:
            found.add(number)
        last = page[-1]
        others = page[: page.index(last)]
        after, counted = (others[-1], page.count(last)) if others else (last, 0)
        found.read = max([found.read, *(number + 1 for number in numbers if number is not None)])
        yield
    found.read = ledger.attempted


def _without(page: list[str], element: str, copies: int) -> list[str]:
    """The page, which is in order, without so many copies of the element."""
    at = bisect_left(page, element)
    return page[:at] + page[at + min(copies, page.count(element)) :]


def _page(asking: "_Asking", path: str, prefix: str, after: str) -> list[str]:
    query = urlencode({"prefix": prefix, "after": after, "limit": PAGE})
    response = asking.get(f"{path}?{query}")
    if response.status_code == _NOT_FOUND:
        raise CannotRead(f"GET {path} answers 404: it offers no listing; take readBack: element")
    try:
        listed = response.json()
    except ValueError as error:
        raise CannotRead(f"GET {path} gives no JSON: {error}") from error
    elements = listed.get("elements") if isinstance(listed, dict) else listed
    if not isinstance(elements, list) or not all(isinstance(one, str) for one in elements):
        raise CannotRead(f"GET {path} gives no array of elements")
    return elements


class _Asking:
    """Asks until there is an answer, or no time left."""

    def __init__(self, client: Client, base: str, deadline: float) -> None:
        self._client = client
        self._base = base
        self._deadline = deadline

    def get(self, path: str) -> Response:
        """2xx, or 404.

        Raises:
            CannotRead: there is another answer, and it will not change; or none in time.
        """
        request = self._client.prepare("GET", f"{self._base}{path}")
        trouble = "the time was over before it was asked for"
        while (left := self._deadline - time.monotonic()) > 0:
            try:
                # One that is waited for beyond the time would take with it what was read of all others.
                response = self._client.send(request, min(self._client.timeout, left), redirects=0)
            except HttpError as error:
                trouble = f"{type(error).__name__}: {error}"
            else:
                if 200 <= response.status_code < 300 or response.status_code == _NOT_FOUND:
                    return response
                trouble = _words(response)
                if 300 <= response.status_code < 500 and response.status_code not in _LATER:
                    break
            gevent.sleep(RETRY_SECONDS)
        raise CannotRead(f"GET {path.split('?')[0]} could not be read back: {trouble}")


def _words(response: Response) -> str:
    where = response.header("Location")
    return f"HTTP {response.status_code}" + (
        f", a redirect to {where}, which is not followed" if where else ""
    )
