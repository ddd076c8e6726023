"""Why a worker cannot begin is left where the kubelet looks for it, and becomes part of its pod's status."""

import sys
from pathlib import Path

import pytest

from stresscampaigns.api.load_events import EXIT_FAILED
from stresscampaigns.load.telling import give_up, last_words

MOST = 4096
"""Bytes that Kubernetes takes."""


def test_it_is_in_the_pods_termination_log_and_in_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "termination-log"
    log.touch()
    assert give_up("key token of Secret a is empty", log) == EXIT_FAILED
    assert log.read_text() == "key token of Secret a is empty"
    assert capsys.readouterr().err == "key token of Secret a is empty\n"


def test_it_is_no_longer_than_kubernetes_takes(tmp_path: Path) -> None:
    log = tmp_path / "termination-log"
    log.touch()
    give_up("ü" * 10_000, log)
    assert 1000 < log.stat().st_size <= MOST


def test_who_has_no_time_to_say_more_says_it_there_and_outside_of_a_pod_in_its_log(tmp_path: Path) -> None:
    log = tmp_path / "termination-log"
    assert last_words(log) is sys.stderr
    log.touch()
    with last_words(log) as file:
        print("here", file=file)
    assert log.read_text() == "here\n"


def test_outside_of_a_pod_nothing_is_left_behind(tmp_path: Path) -> None:
    assert give_up("anything", tmp_path / "termination-log") == EXIT_FAILED
    assert [*tmp_path.iterdir()] == []
