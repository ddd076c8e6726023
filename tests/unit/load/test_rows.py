"""Who takes which row."""

from collections import Counter
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import RowOrder
from stresscampaigns.load.data_file import Row
from stresscampaigns.load.rows import Rows, Share

counts = st.integers(1, 60)


def rows(count: int) -> list[Row]:
    return [Row(f"line {number}", {"id": str(number)}) for number in range(count)]


def taken(
    count: int, turns: int, worker: int = 0, workers: int = 1, order: RowOrder = "sequential", seed: int = 0
) -> list[int]:
    """The numbers of the rows that a worker takes in so many turns."""
    own = Rows(rows(count), order, Share(worker, workers, seed))
    return [int(own.next().values["id"]) for _ in range(turns)]


@given(counts, st.integers(1, 8))
def test_in_a_round_all_workers_together_take_every_row_exactly_once(count: int, workers: int) -> None:
    shares = [Rows(rows(count), "sequential", Share(one, workers)).own for one in range(min(workers, count))]
    assert Counter(row.place for own in shares for row in own) == Counter(row.place for row in rows(count))


@given(st.integers(1, 8), st.data())
def test_no_two_workers_ever_have_the_same_row_where_there_are_enough(
    workers: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(workers, 60))
    turns = data.draw(st.integers(1, 100))
    sets = [set(taken(count, turns, one, workers)) for one in range(workers)]
    assert sum(map(len, sets)) == len(set().union(*sets))


@given(counts, st.integers(1, 8), st.data())
def test_a_worker_takes_its_rows_in_the_files_order_and_begins_again(
    count: int, workers: int, data: st.DataObject
) -> None:
    worker = data.draw(st.integers(0, min(workers, count) - 1))
    own = list(range(worker, count, workers))
    assert taken(count, 2 * len(own), worker, workers) == own * 2


def test_of_fewer_rows_than_workers_each_worker_has_one() -> None:
    assert [taken(2, 3, worker, 5) for worker in range(5)] == [[0] * 3, [1] * 3, [0] * 3, [1] * 3, [0] * 3]


def test_random_rows_are_the_same_again_for_the_same_seed_and_worker() -> None:
    first = taken(50, 40, 1, 2, "random", seed=7)
    assert taken(50, 40, 1, 2, "random", seed=7) == first
    assert taken(50, 40, 0, 2, "random", seed=7) != first
    assert taken(50, 40, 1, 2, "random", seed=8) != first


def test_random_rows_are_all_rows_each_as_often_as_any_other() -> None:
    times = Counter(taken(10, 10_000, 1, 4, "random"))
    assert len(times) == 10
    assert all(900 < count < 1100 for count in times.values())


def test_what_is_made_of_each_row_comes_in_the_same_turns() -> None:
    own = Rows(rows(5), "sequential", Share(1, 2))
    made = own.in_turn([row.place for row in own.own])
    assert list(islice(made, 4)) == ["line 1", "line 3", "line 1", "line 3"]
