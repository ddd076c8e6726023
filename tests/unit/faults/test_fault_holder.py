"""The process that holds a fault: its words, its command line, its signals."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stresscampaigns.api.fault_protocol import FaultEvent, parse_fault_events, read_termination_message
from stresscampaigns.faults.__main__ import main, parser
from stresscampaigns.faults.holding import Voice

GOOD = ["network-partition", "--id=f", "--port=80", "--at=100", "--until=130"]
WAITING = """
import sys, time
from stresscampaigns.faults.holding import SignalClock
clock = SignalClock()
print("waiting", flush=True)
print(clock.wait_until(clock.now() + 60), clock.wait_until(clock.now() + 60), flush=True)
"""


def test_each_event_is_a_line_and_the_report_is_left_for_kubernetes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, said = tmp_path / "termination-log", [FaultEvent("injected", 2.0), FaultEvent("ended", 9.0, 4)]
    voice = Voice(log)
    for event in said:
        voice(event)
    assert parse_fault_events(capsys.readouterr().out) == said
    report = read_termination_message(log.read_text())
    assert (report.injected_at, report.ended_at, report.outcome) == (2.0, 9.0, "Ended")


def test_a_termination_message_that_cannot_be_written_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Voice(tmp_path / "no" / "such" / "folder")(FaultEvent("injected", 2.0))
    said = capsys.readouterr()
    assert parse_fault_events(said.out) == [FaultEvent("injected", 2.0)]
    assert "could not be written" in said.err


def test_a_command_line_is_read() -> None:
    options = parser().parse_args(GOOD)
    assert (options.id, options.port, options.at, options.until) == ("f", 80, 100.0, 130.0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "verb"),
        (["network-partition"], "--id"),
        ([*GOOD, "--port=0"], "0 is no TCP port: write 1 to 65535"),
        ([*GOOD, "--port=65536"], "65536 is no TCP port"),
        ([*GOOD, "--port=http"], "--port"),
        ([*GOOD, "--until=100"], "--until must lie after --at"),
        ([*GOOD, "--until=90"], "--until must lie after --at"),
        ([*GOOD, "--until=100000000"], "by 86400 seconds at most"),
        ([*GOOD, "--until=nan"], "--until must lie after --at"),
    ],
)
def test_a_wrong_command_line_is_refused_with_what_is_wrong(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_waiting_now_and_later(number: signal.Signals) -> None:
    command = [sys.executable, "-c", WAITING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        waiting.stdout.readline()
        waiting.send_signal(number)
        assert waiting.stdout.read() == "False False\n"
    assert waiting.returncode == 0
