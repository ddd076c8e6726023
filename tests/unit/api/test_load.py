"""What the coordinator says arrives whole, or is known not to."""

import base64
import hashlib
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_events import (
    MOST_RESULT_BYTES,
    ResultChunk,
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


def forged(packed: bytes, total: int = 1) -> list[ResultChunk]:
    """As a user's Locust file may print them, which runs in the same pod."""
    text = base64.b64encode(packed).decode()
    return [ResultChunk(index=0, total=total, sha256=hashlib.sha256(text.encode()).hexdigest(), data=text)]


WHOLE = result(1).model_dump(mode="json")


@pytest.mark.parametrize(
    "chunks",
    [
        forged(b"", total=10**12),
        forged(b"", total=-1),
        forged(b"nothing packed"),
        forged(zlib.compress(b"{}")[:-1]),
        forged(zlib.compress(b"[" * 1_000_000)),
        forged(zlib.compress(b" " * (MOST_RESULT_BYTES + 1))),
        forged(zlib.compress(json.dumps(WHOLE | {"started": "soon"}).encode())),
        [ResultChunk(index=0, total=1, sha256=hashlib.sha256(b"%").hexdigest(), data="%")],
    ],
    ids=["endless", "less than none", "not packed", "cut", "deep", "bomb", "another thing", "no base64"],
)
def test_results_that_somebody_made_up_are_refused_and_take_neither_time_nor_memory(
    chunks: list[ResultChunk],
) -> None:
    with pytest.raises(TornResult):
        assemble_result(chunks)


@pytest.mark.parametrize("field", ["started", "finished"])
@pytest.mark.parametrize("moment", [float("nan"), float("inf"), 1e300])
def test_a_moment_that_no_clock_shows_is_none(field: str, moment: float) -> None:
    made_up = json.dumps(WHOLE | {field: moment}).encode()
    with pytest.raises(TornResult):
        assemble_result(forged(zlib.compress(made_up)))


@pytest.mark.parametrize("said", ["NaN", "1e300", "[" * 100_000, '"soon"'])
def test_an_event_at_no_time_is_none(said: str) -> None:
    assert parse_events(f'stresscampaigns-event {{"event": "started", "at": {said}}}') == []
