"""What was written is read back: what is gone is found, what cannot be read is said."""

import re
from collections.abc import Callable
from typing import Any

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.api.written_set import WrittenSet
from stresscampaigns.load.http.client import Client, Counts
from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.parameters import SetWritesParameters
from stresscampaigns.load.read_back import read_back
from stresscampaigns.load.written import Written
from tests.unit.load.entry_store import EntryStore, status
from tests.unit.load.http.raw_server import ok, redirect, serving

BOTH = pytest.mark.parametrize("way", ["element", "list"])


def read(
    store: EntryStore,
    way: Any,
    spoil: Callable[[EntryStore], None] = lambda store: None,
    patience: float = 20.0,
    counts: Counts | None = None,
    timeout: float = 10.0,
) -> WrittenSet:
    """Two writers have written ten elements each, all of them acknowledged; then the store is spoilt."""
    written, asked = Written(), SetWritesParameters(read_back=way, timeout=timeout)
    with serving(store.handle) as url:
        for _ in range(2):
            ledger = written.open(url, asked)
            for number in range(10):
                store.elements.append(ledger.element(ledger.begin(0.0)))
                ledger.acknowledge(number)
        written.open(url, asked)  # a user that never came to write
        spoil(store)
        return read_back(written.books, lambda timeout: Client(Connector(), timeout, counts), patience)


def forget(*places: int) -> Callable[[EntryStore], None]:
    def spoil(store: EntryStore) -> None:
        store.elements = [one for place, one in enumerate(store.elements) if place not in places]

    return spoil


@BOTH
def test_what_is_there_is_found(way: str) -> None:
    told = read(EntryStore(), way)
    assert (told.acknowledged, told.kept, told.lost, told.never_read, told.problem) == (20, 20, 0, 0, None)
    assert told.listed == (way == "list")


@BOTH
def test_what_is_gone_is_counted_and_named(way: str) -> None:
    told = read(EntryStore(), way, forget(0, 9, 13))
    assert (told.kept, told.lost) == (17, 3)
    assert sorted(one.element[-2:] for one in told.lost_elements) == ["00", "03", "09"]


@BOTH
def test_where_all_is_gone_all_is_lost(way: str) -> None:
    assert read(EntryStore(), way, lambda store: store.elements.clear()).lost == 20


@BOTH
def test_a_target_that_is_not_well_yet_is_asked_again(way: str) -> None:
    turns = iter([status(503), status(429), b"no HTTP\r\n\r\n"])
    store = EntryStore(lambda method, path: next(turns, None))
    told = read(store, way, forget(3))
    assert (told.kept, told.lost, told.problem) == (19, 1, None)


@BOTH
def test_what_cannot_be_read_in_time_is_never_read_and_not_lost(way: str) -> None:
    told = read(EntryStore(lambda method, path: status(503)), way, patience=0.2)
    assert (told.lost, told.never_read) == (0, 20)
    assert "HTTP 503" in (told.problem or "")


@BOTH
def test_no_request_is_waited_for_beyond_the_time_however_long_its_own_timeout(way: str) -> None:
    """What was read until then is known."""

    def says(method: str, path: str) -> bytes | None:
        if len(store.asked) > 4:  # of each of the two writers one that nobody wrote, and one that it did
            gevent.sleep(60)
        return None

    store = EntryStore(says)
    with gevent.Timeout(30):
        told = read(store, way, patience=1.0, timeout=3600)
    assert 0 < told.kept == 20 - told.never_read
    assert "TimedOut" in (told.problem or "")


@pytest.mark.parametrize(("way", "kept", "never_read"), [("element", 8, 10), ("list", 14, 4)])
def test_what_was_read_before_the_target_went_away_is_known(way: str, kept: int, never_read: int) -> None:
    """From the fifth element of each writer on nothing is answered; the first one is gone."""

    def says(method: str, path: str) -> bytes | None:
        return status(503) if re.search(r"(entries/|after=)w\w+-000000000[5-9]", path) else None

    told = read(EntryStore(says), way, forget(0, 10), patience=1.0)
    assert (told.kept, told.lost, told.never_read) == (kept, 2, never_read)


@BOTH
def test_an_answer_that_will_not_change_is_not_waited_for(way: str) -> None:
    store = EntryStore(lambda method, path: status(403))
    told = read(store, way)
    assert (told.never_read, len(store.asked)) == (20, 2)


@BOTH
def test_a_redirect_to_what_is_there_in_any_case_keeps_nothing(way: str) -> None:
    store = EntryStore(lambda method, path: ok(b"[]") if path == "/login" else redirect("/login"))
    told = read(store, way)
    assert (told.kept, told.lost, told.never_read, len(store.asked)) == (0, 0, 20, 2)
    assert "HTTP 302, a redirect to /login, which is not followed" in (told.problem or "")


def test_a_target_that_says_yes_to_whatever_it_is_asked_for_keeps_nothing() -> None:
    """As a page that answers every path with 200: by its word nothing was ever lost, though it kept nothing."""
    told = read(
        EntryStore(lambda method, path: ok(b"<html>")), "element", lambda store: store.elements.clear()
    )
    assert (told.kept, told.lost, told.never_read) == (0, 0, 20)
    assert "answers 200 for an element that nobody wrote" in (told.problem or "")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (status(404), "offers no listing; take readBack: element"),
        (ok(b"nothing"), "gives no JSON"),
        (ok(b'{"entries": []}'), "gives no array of elements"),
        (ok(b"[1, 2]"), "gives no array of elements"),
        (ok(b'["b", "a"]'), "lists out of order"),
    ],
)
def test_a_listing_that_cannot_be_used_is_no_proof_of_anything(answer: bytes, words: str) -> None:
    told = read(EntryStore(lambda method, path: answer), "list")
    assert (told.lost, told.never_read) == (0, 20)
    assert words in (told.problem or "")


def test_a_listing_that_never_goes_on_is_not_followed_for_ever() -> None:
    told = read(EntryStore(lambda method, path: ok(b'["a", "b"]')), "list")
    assert "does not come after 'a'" in (told.problem or "")


def test_a_listing_that_holds_an_element_twice_shows_a_duplicate() -> None:
    told = read(EntryStore(), "list", lambda store: store.elements.insert(4, store.elements[0]))
    assert (told.duplicated, told.lost) == (1, 0)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=20, max_size=20), st.integers(1, 6))
def test_every_copy_is_counted_wherever_a_page_ends(copies: list[int], page: int) -> None:
    """As far as the copies of an element fit into a page; what is not there even once is lost."""

    def spoil(store: EntryStore) -> None:
        store.page = page
        store.elements = [
            one for one, count in zip(store.elements, copies, strict=True) for _ in range(count)
        ]

    told = read(EntryStore(), "list", spoil)
    assert (told.kept, told.lost, told.problem) == (20 - copies.count(0), copies.count(0), None)
    assert told.duplicated == sum(min(count, page) - 1 for count in copies if count)


def test_an_element_that_comes_in_between_two_pages_makes_no_duplicate_of_its_neighbour() -> None:
    """One whose answer was not waited for may come to be stored while others are read."""

    held: list[str] = []

    def says(method: str, path: str) -> None:
        """Before the second page: the first was 0, 1, 3."""
        if f"after={held[0][:-1]}1&" in path:
            store.elements.append(held[0])

    store = EntryStore(says)
    told = read(store, "list", lambda store: held.append(store.elements.pop(2)))
    assert held[0] in store.elements
    assert (told.kept, told.duplicated) == (20, 0)


def test_a_listing_may_be_an_array_without_anything_around_it() -> None:
    told = read(EntryStore(lambda method, path: ok(b"[]")), "list")
    assert (told.lost, told.problem) == (20, None)


def test_what_is_asked_counts_on_the_wire() -> None:
    counts = Counts()
    store = EntryStore()
    read(store, "element", counts=counts)
    assert counts.sent == counts.answered == len(store.asked) == 22
