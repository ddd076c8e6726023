"""What the operator says of trials lies in a file, whole, whoever else speaks or reads meanwhile."""

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_pod import HEARD
from stresscampaigns.api.trial_answers import TrialAnswered, TrialAnswers
from stresscampaigns.load.answers_file import answers_in, write_down

LOAD = [sys.executable, "-m", "stresscampaigns.load"]


def words(*answers: TrialAnswered) -> str:
    """As the operator says them."""
    return TrialAnswers(answers=list(answers)).model_dump_json(exclude_defaults=True)


def numbers(file: Path) -> list[int]:
    """Of which trials anything is said."""
    return sorted(one.trial for one in answers_in(file))


answers = st.builds(
    TrialAnswered, trial=st.integers(1, 50), broke=st.dictionaries(st.text(), st.text(), max_size=2)
)


@given(st.lists(st.lists(answers), min_size=1, max_size=5))
def test_all_that_was_ever_said_is_there_the_last_word_on_each_trial(
    tmp_path_factory: pytest.TempPathFactory, said: list[list[TrialAnswered]]
) -> None:
    file = tmp_path_factory.mktemp("run") / "answers.json"
    for some in said:
        write_down(file, words(*some))
    assert {one.trial: one for one in answers_in(file)} == {one.trial: one for some in said for one in some}


def test_words_that_come_late_take_nothing_back(tmp_path: Path) -> None:
    """They were given up, and said again together with newer ones."""
    file, first, second = tmp_path / "answers.json", TrialAnswered(trial=1), TrialAnswered(trial=2)
    write_down(file, words(first, second))
    write_down(file, words(first))
    assert answers_in(file) == [first, second]


def test_who_speak_at_once_are_all_heard(tmp_path: Path) -> None:
    file = tmp_path / "answers.json"
    commands = [[*LOAD, "answer", "--file", str(file), words(TrialAnswered(trial=n))] for n in (1, 2, 3)]
    speaking = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    assert [one.communicate()[0].splitlines() for one in speaking] == [[HEARD]] * 3
    assert numbers(file) == [1, 2, 3]


def test_who_speaks_lets_another_finish(tmp_path: Path) -> None:
    """Else what the other one says might be lost between its reading and its writing."""
    file = tmp_path / "answers.json"
    command = [*LOAD, "answer", "--file", str(file), words(TrialAnswered(trial=2))]
    with open(file.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        speaking = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            speaking.wait(timeout=1.0)
        file.write_text(words(TrialAnswered(trial=1)))
    assert speaking.communicate()[0].splitlines() == [HEARD]
    assert numbers(file) == [1, 2]


def test_who_reads_meanwhile_sees_the_old_words_or_the_new_ones(tmp_path: Path) -> None:
    """The file is another one then, and never a half of itself."""
    file = tmp_path / "answers.json"
    write_down(file, words(TrialAnswered(trial=1)))
    with file.open() as opened:
        write_down(file, words(TrialAnswered(trial=2)))
        assert [one.trial for one in TrialAnswers.model_validate_json(opened.read()).answers] == [1]
    assert numbers(file) == [1, 2]


@pytest.mark.parametrize("said", ["", "{", '{"answers": [{"trial": "x"}]}'])
def test_words_that_make_no_sense_are_not_heard_and_spoil_nothing(tmp_path: Path, said: str) -> None:
    file = tmp_path / "answers.json"
    write_down(file, words(TrialAnswered(trial=1)))
    done = subprocess.run([*LOAD, "answer", "--file", str(file), said], capture_output=True, text=True)
    assert done.returncode == 1
    assert HEARD not in done.stdout.splitlines()
    assert "TrialAnswers" in done.stdout
    assert numbers(file) == [1]


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    command = [*LOAD, "answer", "--file", str(tmp_path / "none" / "answers.json"), words()]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, "No such file" in done.stdout) == (1, True)
