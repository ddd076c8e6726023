"""Every element that was written is in just one of the counts, and every one that is lost is named."""

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.written_set import MOST_LISTED, WrittenSet
from stresscampaigns.stats.written_set import SLOT_SECONDS, Bits, Found, Ledger, compare, everything, together

histories = st.lists(st.tuples(st.sampled_from("aru"), st.booleans()), max_size=200)
"""Element by element: was it acknowledged, refused, or unknown; and is it there afterwards?"""


def written(answers: str, each: float = 1.0) -> Ledger:
    """`a`: acknowledged, `r`: refused, `u`: unknown; one after the other, so many seconds apart."""
    ledger = Ledger("w")
    for answer in answers:
        number = ledger.begin(ledger.attempted * each)
        if answer == "a":
            ledger.acknowledge(number)
        if answer == "r":
            ledger.refuse()
    return ledger


def read(numbers: list[int], until: int) -> Found:
    found = Found()
    for number in numbers:
        found.add(number)
    found.read = until
    return found


@given(st.sets(st.integers(0, 500)))
def test_bits_are_a_set_of_numbers(numbers: set[int]) -> None:
    bits = Bits()
    assert all(bits.add(number) for number in numbers)
    assert not any(bits.add(number) for number in numbers)
    assert bits.as_int() == sum(1 << number for number in numbers)


@given(histories, st.integers(0, 220))
def test_the_counts_add_up_and_say_what_the_history_says(of: list[tuple[str, bool]], until: int) -> None:
    ledger = written("".join(answer for answer, _ in of))
    there = [number for number, (_, is_there) in enumerate(of) if is_there and number < until]
    told = compare(ledger, read(there, until))
    acknowledged = {number for number, (answer, _) in enumerate(of) if answer == "a"}
    assert told.attempted == told.acknowledged + told.unknown + told.refused == len(of)
    assert told.acknowledged == told.kept + told.lost + told.never_read == len(acknowledged)
    lost = [number for number in sorted(acknowledged) if number < until and number not in there]
    assert told.lost == len(lost)
    assert [one.element for one in told.lost_elements] == [ledger.element(n) for n in lost[:MOST_LISTED]]
    assert told.recovered == len(set(there) - acknowledged)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_elements_are_in_the_order_of_their_numbers(one: int, other: int) -> None:
    ledger = Ledger("w")
    assert (ledger.element(one) < ledger.element(other)) == (one < other)


def test_an_element_is_read_as_its_number_and_a_strangers_is_not() -> None:
    ledger = written("aaa")
    assert [ledger.number(ledger.element(number)) for number in (0, 2, 3)] == [0, 2, None]
    assert [ledger.number(text) for text in ("w-", "w-1", "v-0000000001", "w-00000000x1")] == [None] * 4


def test_a_lost_element_is_told_with_the_time_in_which_it_was_written() -> None:
    ledger = written("a" * 40)
    (lost,) = compare(ledger, read([n for n in range(40) if n != 17], 40)).lost_elements
    assert (lost.element, lost.after, lost.before) == ("w-0000000017", 2 * SLOT_SECONDS, 3 * SLOT_SECONDS)


def test_of_a_writer_that_came_late_or_paused_the_times_are_right_too() -> None:
    ledger = Ledger("w")
    for at in (50.0, 51.0, 90.0):
        ledger.acknowledge(ledger.begin(at))
    assert [(one.after, one.before) for one in compare(ledger, read([], 3)).lost_elements] == [
        (48, 56),
        (48, 56),
        (88, 96),
    ]


def test_an_element_that_is_listed_twice_is_counted_and_named() -> None:
    told = compare(written("aaa"), read([0, 1, 1, 2, 1], 3), listed=True)
    assert (told.duplicated, told.lost, told.kept) == (2, 0, 3)
    assert [one.element for one in told.duplicated_elements] == ["w-0000000001"] * 2


def test_an_element_that_nobody_wrote_is_counted() -> None:
    found = read([0], 1)
    found.add(None)
    assert compare(written("a"), found).unexpected == 1


def test_each_of_hundreds_is_listed() -> None:
    ledger = written("a" * 900)
    told = compare(ledger, read([*range(300), *range(300)], 900))
    assert [one.element for one in told.lost_elements] == [ledger.element(n) for n in range(300, 900)]
    assert [one.element for one in told.duplicated_elements] == [ledger.element(n) for n in range(300)]


def test_the_lists_are_cut_and_the_counts_are_not() -> None:
    ledger = written("a" * 3 * MOST_LISTED)
    both = together([compare(ledger, read([], 3 * MOST_LISTED))] * 2)
    assert (both.lost, len(both.lost_elements)) == (6 * MOST_LISTED, MOST_LISTED)


def test_of_several_writers_one_problem_is_a_problem_and_all_must_have_listed() -> None:
    one, other = (
        compare(written("a"), read([0], 1), listed=True),
        compare(written("a"), read([], 0), problem="no"),
    )
    both = together([one, other])
    assert (both.kept, both.never_read, both.problem, both.listed) == (1, 1, "no", False)
    assert together([one, one]).listed
    assert together([]) == WrittenSet()


def test_of_a_worker_that_tells_nothing_nobody_knows_what_it_wrote() -> None:
    told = {"w1": compare(written("a"), read([0], 1))}
    assert everything(told, 1).problem is None
    assert everything(told, 2).problem == "1 of 2 workers did not tell what became of what they wrote"
