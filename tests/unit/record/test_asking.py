"""Any percentile of any window, asked of the record alone."""

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.record.__main__ import main
from stresscampaigns.record.asking import CannotAnswer, ask, read
from stresscampaigns.stats.histogram import percentile_us
from tests.unit.record.records import NAMES, SECONDS, latencies, listed, manifests, result
from tests.unit.stats.latencies import histogram_of

TEXT = json.dumps(listed(*manifests(load=result())))
RECORD = read(TEXT)
COARSE = read(json.dumps(listed(*manifests(load=result(most_slots=10)))))


@settings(deadline=None)
@given(
    st.integers(0, SECONDS - 1),
    st.integers(1, SECONDS),
    st.sampled_from([*NAMES, None]),
    st.floats(0.1, 100),
)
def test_a_percentile_is_the_one_of_the_raw_latencies(
    start: int, length: int, name: str | None, percentile: float
) -> None:
    end = min(start + length, SECONDS)
    raw = histogram_of(
        latency
        for second in range(start, end)
        for one in NAMES
        if name in (one, None)
        for latency in latencies(second, one)
    )
    found = ask(RECORD, start, end, name)
    assert found.percentile(percentile) == percentile_us(raw, percentile) / 1e6
    assert found.count == raw.get_total_count() == 10 * found.failed


def test_without_a_window_it_is_the_whole_load() -> None:
    found = ask(RECORD)
    assert (found.start, found.end, found.count) == (0, SECONDS, 2 * 10 * SECONDS)


def test_a_window_between_slots_is_answered_for_the_slots_around_it() -> None:
    found = ask(COARSE, 5, 9)
    assert (found.slot, found.start, found.end, found.count) == (4, 4, 12, 160)


@pytest.mark.parametrize(("start", "end"), [(0, 41), (40, None), (9, 9), (9, 8)])
def test_a_window_that_is_not_within_the_load_is_refused_with_its_length(
    start: float, end: float | None
) -> None:
    with pytest.raises(CannotAnswer, match="which lasted 40s"):
        ask(RECORD, start, end)


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(CannotAnswer, match=r"'GET /workflows/\[id\]', 'POST /workflows'"):
        ask(RECORD, name="GET /")


def test_one_scenario_of_two_that_make_the_same_requests_can_be_asked_for() -> None:
    two = read(json.dumps(listed(*manifests(load=result(scenarios=("Agent", "Agent-2"))))))
    near, far = (ask(two, scenario=one) for one in ("Agent", "Agent-2"))
    assert near.count == far.count == ask(RECORD).count == ask(two).count / 2
    assert near.percentile(50) == ask(RECORD).percentile(50)
    assert far.percentile(50) == pytest.approx(near.percentile(50) + 5.0, rel=0.001)
    assert ask(two, name=NAMES[0], scenario="Agent").count == near.count / 2


def test_a_scenario_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(CannotAnswer, match=r"there is no scenario 'Other'; there are 'Agent'"):
        ask(RECORD, scenario="Other")


def test_a_run_without_results_says_why() -> None:
    with pytest.raises(CannotAnswer, match="holds no latencies"):
        ask(read(json.dumps(listed(*manifests()))))


def test_of_several_runs_one_is_to_be_named() -> None:
    several = json.dumps(listed(*manifests("a-1"), *manifests("a-2")))
    with pytest.raises(CannotAnswer, match="a-1, a-2"):
        read(several)
    with pytest.raises(CannotAnswer, match="a-1, a-2"):
        read(several, "a-3")
    assert read(several, "a-2").run == "a-2"


@pytest.mark.parametrize("text", ["", "[]", "null", '{"kind": "List"}', '{"kind": "List", "items": [1]}'])
def test_what_is_no_list_of_config_maps_is_refused(text: str) -> None:
    with pytest.raises(CannotAnswer):
        read(text)


def asked(monkeypatch: pytest.MonkeyPatch, text: str, *words: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    return main(words)


def test_the_command_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("percentile", "--from", "10s", "--to", "20s", "-p", "99.9", "--name", NAMES[0])
    assert asked(monkeypatch, TEXT, *words) == 0
    assert capsys.readouterr().out.splitlines() == [
        "run smoke-g1, GET /workflows/[id], from 10s to 20s in slots of 1s: 100 requests, 10 of them failed",
        "p99.9   200.1ms (only the slowest of 100: the percentile takes 1000 requests)",
    ]


def test_the_command_answers_for_one_scenario(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(monkeypatch, TEXT, "percentile", "-p", "100", "--scenario", "Agent") == 0
    first, slowest = capsys.readouterr().out.splitlines()
    assert first.startswith("run smoke-g1, all requests of Agent, from 0s to 40s ")
    assert slowest.startswith("p100 ")


def test_the_command_tells_how_sure_a_percentile_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(monkeypatch, TEXT, "percentile", "-p", "50", "-p", "99.5", "-p", "100") == 0
    median, high, slowest = capsys.readouterr().out.splitlines()[1:]
    assert median.startswith("p50     400.1ms (95% interval ")
    assert high.endswith(" to more than any request took)")
    assert "(" not in slowest


@given(st.floats(0.1, 99.9))
def test_a_percentile_lies_within_its_interval(percentile: float) -> None:
    found = ask(RECORD)
    low, high = found.interval(percentile)
    assert low <= found.percentile(percentile) <= high


def test_the_command_shows_all_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(monkeypatch, TEXT, "show") == 0
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert shown == json.loads(RECORD.model_dump_json())


def test_what_cannot_be_answered_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(monkeypatch, TEXT, "percentile", "--to", "1h") == 1
    assert "which lasted 40s" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["-p", "0"], ["-p", "101"], ["-p", "x"], ["--from", "ten"]])
def test_nonsense_on_the_command_line_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["percentile", *words])
