"""What a user's program is told, and how its answers are read: whatever it prints, an answer is bounded and plain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.faults.contract import (
    LONGEST_REASON,
    LONGEST_UNIT,
    UNSPOKEN,
    Answer,
    environment,
    last_line,
    read_evidence,
    spoken,
    why,
)
from stresscampaigns.faults.protocol import CannotWork

units = st.from_regex(r"[a-z]+( [a-z]+){0,2}", fullmatch=True).filter(lambda unit: len(unit) <= LONGEST_UNIT)


@given(st.integers(0, 10**15 - 1), units, st.sampled_from([" ", "\t", "   "]), st.binary(max_size=40))
def test_a_number_and_a_unit_on_the_last_line_are_evidence_whatever_stands_above(
    number: int, unit: str, gap: str, above: bytes
) -> None:
    assert read_evidence(above + f"\n{number}{gap}{unit}\n\n".encode()) == (number, unit)


@given(st.binary(max_size=400) | st.text("0123456789 \t\n\0ab-\x85", max_size=12).map(str.encode))
def test_whatever_it_prints_it_is_a_number_with_a_unit_or_refused(said: bytes) -> None:
    try:
        number, unit = read_evidence(said)
    except CannotWork:
        return
    assert 0 <= number < 10**15
    assert 0 < len(unit) <= LONGEST_UNIT
    assert unit.isprintable()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "42",
        "requests",
        "-3 requests",
        "4.2 requests",
        "1e3 requests",
        "٤٢ requests",
        "0x1f requests",
        "4\0 requests",
        "4 re\0quests",
        "4 5",
    ],
)
def test_what_is_no_whole_number_with_a_unit_is_refused(said: str) -> None:
    with pytest.raises(CannotWork):
        read_evidence(said.encode())


@given(st.binary(max_size=1000))
def test_a_reason_is_one_short_line_that_can_be_printed(said: bytes) -> None:
    line = last_line(said)
    assert len(line) <= LONGEST_REASON
    assert line.isprintable()
    assert line == line.strip()


def test_a_reason_is_the_last_line_that_has_any_words() -> None:
    assert last_line(b"first\nno table inet own\r\n   ^^^^\n \0 \n\n") == "no table inet own"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(1, errors=b"no such port\n"), "no such port (exit code 1)"),
        (Answer(7, b"on standard output"), "exit code 7"),
        (Answer(-9), "killed by SIGKILL"),
        (Answer(-99), "killed by signal 99"),
        (Answer(None, errors=b"still trying"), "still trying (no answer within 1.5s)"),
    ],
)
def test_who_says_no_is_quoted_with_how_it_ended(answer: Answer, words: str) -> None:
    assert why(answer, 1.5) == words
    with pytest.raises(CannotWork) as no:
        spoken("inject", answer, 1.5)
    assert str(no.value) == f"inject: {words}"


@pytest.mark.parametrize(("code", "means"), [(0, True), (UNSPOKEN, False)])
def test_0_is_yes_and_64_nothing_to_do(code: int, means: bool) -> None:
    assert spoken("end", Answer(code), 1.0) is means


def test_it_is_told_its_parameters_and_where_to_keep_notes() -> None:
    told = environment({"PORT": 5432, "WAY": "a b"}, "/proc/1/fd/5")
    assert told == {"STRESS_PORT": "5432", "STRESS_WAY": "a b", "STRESS_NOTES": "/proc/1/fd/5"}


@given(st.floats(0.0011, 86400))
def test_the_time_that_is_left_is_never_more_than_there_is(seconds: float) -> None:
    told = environment({}, "", seconds)
    assert 0 < float(told["STRESS_SECONDS"]) <= seconds
    assert int(told["STRESS_MILLISECONDS"]) == round(float(told["STRESS_SECONDS"]) * 1000)
