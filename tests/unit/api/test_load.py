"""What the coordinator says arrives whole, or is known not to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_events import (
    Started,
    TornResult,
    assemble_result,
    event_line,
    parse_events,
    result_chunks,
)
from stresscampaigns.api.load_result import LoadResult, Second


def result(seconds: int) -> LoadResult:
    many = [
        Second(t=t, completed=t * 7919 % 1000, failed=t % 3, p95_us=t * 104729 % 99991, users=5)
        for t in range(seconds)
    ]
    return LoadResult(started=1.0, finished=2.0, workers_expected=2, workers_lost=0, windows=[], seconds=many)


@given(st.integers(0, 3000))
def test_a_result_comes_out_of_the_log_as_it_went_in(seconds: int) -> None:
    log = "\n".join(event_line(chunk) for chunk in result_chunks(result(seconds)))
    assert assemble_result(parse_events(log)) == result(seconds)


@given(st.data())
def test_a_result_with_any_line_missing_is_refused(data: st.DataObject) -> None:
    chunks = result_chunks(result(4000))
    missing = data.draw(st.integers(0, len(chunks) - 1))
    with pytest.raises(TornResult):
        assemble_result(chunk for chunk in chunks if chunk.index != missing)


def test_a_damaged_result_is_refused() -> None:
    first, *rest = result_chunks(result(4000))
    with pytest.raises(TornResult, match="damaged"):
        assemble_result([first.model_copy(update={"data": first.data[::-1]}), *rest])


def test_lines_of_others_and_torn_lines_are_passed_over() -> None:
    line = event_line(Started(at=3.5))
    assert parse_events(f"hello\n{line}\n{line[:30]}\n") == [Started(at=3.5)]
