"""The process that holds a fault: its words, its command line, its signals."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from stresscampaigns.api.fault_protocol import (
    FaultEvent,
    FaultOrder,
    parse_fault_events,
    read_termination_message,
)
from stresscampaigns.faults.__main__ import main, parser
from stresscampaigns.faults.holding import Voice, ask_holder_to_end, holder

ORDER = FaultOrder("NetworkPartition", "f", 100.0, 130.0, {"port": 80})
WAITING = """
import sys, time
from stresscampaigns.faults.holding import SignalClock
clock = SignalClock()
print("waiting", flush=True)
print(clock.wait_until(clock.now() + 60), clock.wait_until(clock.now() + 60), flush=True)
"""

SLEEPING = """
from stresscampaigns.faults import holding

class Machine:
    CLOCK_BOOTTIME = 7
    awake = slept = 0.0
    def time(self): return self.awake + self.slept
    def clock_gettime(self, clock): return self.time()
    def monotonic(self): return self.awake
    def wait(self, signals, seconds):
        self.awake += seconds
        self.slept = 3600.0

clock, machine = holding.SignalClock(), Machine()
holding.time, holding.signal.sigtimedwait = machine, machine.wait
print(clock.wait_until(600.0), machine.awake < 5)
"""
"""The machine is suspended for an hour as soon as somebody waits."""


def test_each_event_is_a_line_and_the_report_is_left_for_kubernetes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, said = tmp_path / "termination-log", [FaultEvent("injected", 2.0), FaultEvent("ended", 9.0, 4)]
    log.touch()
    voice = Voice(log)
    for event in said:
        voice(event)
    assert parse_fault_events(capsys.readouterr().out) == said
    report = read_termination_message(log.read_text())
    assert (report.injected_at, report.ended_at, report.outcome) == (2.0, 9.0, "Ended")


def test_outside_of_a_pod_nothing_is_left_behind(tmp_path: Path) -> None:
    Voice(tmp_path / "termination-log")(FaultEvent("injected", 2.0))
    assert [*tmp_path.iterdir()] == []


def test_a_termination_message_that_cannot_be_written_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Voice(tmp_path)(FaultEvent("injected", 2.0))
    said = capsys.readouterr()
    assert parse_fault_events(said.out) == [FaultEvent("injected", 2.0)]
    assert "could not be written" in said.err


def test_an_order_is_read_as_it_was_written() -> None:
    assert parser().parse_args(["hold", ORDER.text()]).order == ORDER


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "verb"),
        (["hold"], "order"),
        (["hold", "{}"], "this is no order for a fault"),
        (["hold", "[1"], "this is no order for a fault"),
        (["hold", replace(ORDER, until=100.0).text()], "until must lie after at"),
        (["hold", replace(ORDER, until=90.0).text()], "until must lie after at"),
        (["hold", replace(ORDER, until=1e8).text()], "by 86400 seconds at most"),
        (["hold", replace(ORDER, until=float("nan")).text()], "until must lie after at"),
    ],
)
def test_a_wrong_command_line_is_refused_with_what_is_wrong(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def process(folder: Path, pid: str, files: str | None, started: int) -> None:
    (folder / pid / "ns").mkdir(parents=True)
    if files:
        (folder / pid / "ns" / "mnt").symlink_to(f"mnt:[{files}]")
    rest = " ".join(["S", *["0"] * 18, str(started), "0"])
    (folder / pid / "stat").write_text(f"{pid} (a (b) c) {rest}")


def test_the_holder_is_the_oldest_process_that_shares_our_files_whatever_its_number(tmp_path: Path) -> None:
    process(tmp_path, "1", "of the target", started=1)
    process(tmp_path, "7", None, started=2)
    process(tmp_path, "30", "ours", started=3)
    process(tmp_path, "9", "ours", started=4)
    process(tmp_path, "40", "ours", started=5)
    process(tmp_path, "self", "ours", started=4)
    (tmp_path / "net").mkdir()
    assert holder(tmp_path) == 30


def test_one_that_ends_while_it_is_looked_at_keeps_nobody_from_finding_the_holder(tmp_path: Path) -> None:
    process(tmp_path, "30", "ours", started=3)
    process(tmp_path, "31", "ours", started=4)
    process(tmp_path, "self", "ours", started=5)
    (tmp_path / "31" / "stat").unlink()
    assert holder(tmp_path) == 30


def test_here_it_is_one_that_lives() -> None:
    assert Path(f"/proc/{holder()}").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_waiting_now_and_later(number: signal.Signals) -> None:
    command = [sys.executable, "-c", WAITING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        waiting.stdout.readline()
        waiting.send_signal(number)
        assert waiting.stdout.read() == "False False\n"
    assert waiting.returncode == 0


def test_who_asked_for_the_end_before_a_wait_for_what_is_past_is_heard() -> None:
    busy = WAITING.replace(
        "print(clock", "import os, signal; os.kill(os.getpid(), signal.SIGTERM)\nprint(clock"
    )
    command = [sys.executable, "-c", busy.replace("+ 60", "- 3")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "waiting\nFalse False\n"


def test_one_that_somebody_has_stopped_is_told_to_end_and_does(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WAITING]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        waiting.stdout.readline()
        waiting.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, waiting.pid, os.WSTOPPED)
        process(tmp_path, str(waiting.pid), "ours", started=1)
        process(tmp_path, "self", "ours", started=2)
        ask_holder_to_end(tmp_path)
        try:
            assert waiting.communicate(timeout=30)[0] == "False False\n"
        finally:
            waiting.kill()


def test_one_that_was_stopped_beyond_its_time_was_asked_nothing() -> None:
    command = [sys.executable, "-c", WAITING.replace("60", "0.5")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        waiting.stdout.readline()
        waiting.send_signal(signal.SIGSTOP)
        time.sleep(0.6)
        waiting.send_signal(signal.SIGCONT)
        assert waiting.stdout.read() == "True True\n"


def test_after_a_sleep_of_the_whole_machine_a_deadline_that_is_past_is_not_waited_for_any_more() -> None:
    command = [sys.executable, "-c", SLEEPING]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "True True\n"
