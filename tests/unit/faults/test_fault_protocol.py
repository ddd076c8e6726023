"""What a sidecar says arrives as it was said, or not at all."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.fault_protocol import (
    FaultEvent,
    FaultEventName,
    FaultReport,
    event_line,
    parse_fault_events,
    read_termination_message,
    report_of,
    termination_message,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
moments = st.floats(0, 4e9)
events = st.builds(
    FaultEvent,
    event=st.sampled_from(get_args(FaultEventName)),
    at=moments,
    harmed=st.none() | st.integers(0, 10**12),
    unit=st.none() | texts,
    message=st.none() | texts,
    pid=st.none() | st.integers(1, 2**22),
)


@given(st.lists(events))
def test_events_come_out_of_the_log_as_they_went_in(said: list[FaultEvent]) -> None:
    assert parse_fault_events("\n".join(event_line(event) for event in said)) == said


@given(events, st.data())
def test_a_torn_line_is_no_event(event: FaultEvent, data: st.DataObject) -> None:
    line = event_line(event)
    torn = line[: data.draw(st.integers(0, len(line) - 1))]
    assert parse_fault_events(torn) == []


def test_lines_of_others_are_passed_over() -> None:
    event = FaultEvent("ended", 5.0, 3)
    log = f"nft: hello\n\n{event_line(event)}\nstresscampaigns-event [1]\nstresscampaigns-event 7"
    assert parse_fault_events(log) == [event]


@given(st.lists(events))
def test_the_termination_message_says_what_the_events_say(said: list[FaultEvent]) -> None:
    report = report_of(said)
    wanted = FaultReport(**{**vars(report), "message": report.message or None})
    assert read_termination_message(termination_message(report)) == wanted


def test_even_the_widest_characters_fit_into_the_termination_message() -> None:
    text = termination_message(
        FaultReport(1.5, 2.5, 10**15, "packets dropped", "Refused", "\U0001f525" * 3000)
    )
    assert len(text.encode()) <= 4096
    assert json.loads(text)["outcome"] == "Refused"


@given(st.text() | st.sampled_from(["null", "[]", "7", '{"unknown": 1}', '{"injected_at": 1']))
def test_what_cannot_be_read_is_never_an_end(message: str) -> None:
    assert read_termination_message(message).outcome is None


def test_a_whole_life_adds_up_to_its_report() -> None:
    life = [
        FaultEvent("checked", 1, pid=7),
        FaultEvent("started", 1.5),
        FaultEvent("injected", 2),
        FaultEvent("ended", 9, harmed=4, unit="packets dropped"),
    ]
    assert report_of(life) == FaultReport(
        2, 9, harmed=4, unit="packets dropped", outcome="Ended", pid=7, started=True
    )


def test_a_refused_fault_was_never_in_force() -> None:
    report = report_of([FaultEvent("refused", 3, message="no NET_ADMIN")])
    assert report == FaultReport(outcome="Refused", message="no NET_ADMIN")


MADE_UP = [
    {"at": "soon"},
    {"at": None},
    {"at": True},
    {"at": float("nan")},
    {"at": 1e300},
    {"at": -1},
    {"harmed": "many"},
    {"harmed": 1.5},
    {"harmed": -1},
    {"harmed": 2**63},
    {"pid": "1/../2"},
    {"unit": 7},
    {"message": ["x"]},
    {"left": "yes"},
    {"event": "haunted"},
    {"event": []},
]


@pytest.mark.parametrize("words", MADE_UP, ids=map(str, MADE_UP))
def test_what_an_image_of_a_users_own_made_up_is_no_event(words: dict[str, object]) -> None:
    line = json.dumps({"event": "injected", "at": 5.0} | words)
    assert parse_fault_events(f"stresscampaigns-event {line}") == []


@pytest.mark.parametrize(
    "words",
    [{"injected_at": "soon"}, {"ended_at": 1e300}, {"outcome": "Haunted"}, {"started": 1}, {"harmed": 2**63}],
    ids=str,
)
def test_nor_is_it_a_report(words: dict[str, object]) -> None:
    assert read_termination_message(json.dumps({"outcome": "Ended"} | words)) == FaultReport()


def test_what_is_too_deep_to_be_read_is_neither() -> None:
    deep = "[" * 100_000
    assert parse_fault_events(f"stresscampaigns-event {deep}") == []
    assert read_termination_message(deep) == FaultReport()


def test_a_unit_is_not_said_without_end() -> None:
    (event,) = parse_fault_events(event_line(FaultEvent("ended", 5.0, 3, "x" * 10_000)))
    assert len(event.unit or "") < 100
