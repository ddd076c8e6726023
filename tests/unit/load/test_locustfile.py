"""What is wrong with a user's own Locust file is said with file and line."""

from pathlib import Path

import pytest

from stresscampaigns.load.locustfile import LocustfileError, load_users

USER = "from locust import User, task\nclass Visitor(User):\n    @task\n    def visit(self): pass\n"


def written(folder: Path, text: str) -> str:
    file = folder / "locustfile.py"
    file.write_text(text)
    return str(file)


def test_a_files_user_classes_are_taken_as_they_are(tmp_path: Path) -> None:
    assert [user.__name__ for user in load_users(written(tmp_path, USER))] == ["Visitor"]


def test_a_file_finds_the_data_that_lie_beside_it(tmp_path: Path) -> None:
    (tmp_path / "names.csv").write_text("Reader")
    reading = 'from pathlib import Path\nNAME = Path(__file__).with_name("names.csv").read_text()\n'
    assert load_users(written(tmp_path, f"{reading}{USER}Visitor.__name__ = NAME\n"))[0].__name__ == "Reader"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import os\nclass Visitor(:\n", r"^locustfile\.py, line 2: "),
        (
            "import os\n\nimport no_such_module\n",
            r"^locustfile\.py, line 3: ModuleNotFoundError: .*no_such_module",
        ),
        ("def work():\n    return 1 / 0\n\nwork()\n", r"^locustfile\.py, line 2: ZeroDivisionError"),
        ("import os\n", r"^locustfile\.py defines no User class"),
        (
            "from locust import User\nclass Idle(User): pass\n",
            r"^locustfile\.py: Idle has no @task: its users would do nothing",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_said_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(LocustfileError, match=words):
        load_users(written(tmp_path, text))


def test_a_file_that_is_not_there_asks_for_the_config_maps_key_and_the_image(tmp_path: Path) -> None:
    with pytest.raises(LocustfileError, match="does the ConfigMap hold this key, or the image this file"):
        load_users(str(tmp_path / "other.py"))


def test_what_lies_beside_the_file_can_be_imported(tmp_path: Path) -> None:
    (tmp_path / "beside_the_locustfile.py").write_text("from locust import User\n")
    text = USER.replace(
        "from locust import User, task", "from locust import task\nfrom beside_the_locustfile import User"
    )
    assert [user.__name__ for user in load_users(written(tmp_path, text))] == ["Visitor"]


def test_a_file_that_asks_to_exit_is_a_wrong_file(tmp_path: Path) -> None:
    with pytest.raises(LocustfileError, match=r"line 2: SystemExit"):
        load_users(written(tmp_path, "import sys\nsys.exit('no')\n"))


@pytest.mark.parametrize(
    "text",
    [
        "import os\nwhile True: pass\n",
        "import os\nwhile True: os.getpid()\n",
        "import gevent\ngevent.sleep(600)\n",
        "while True:\n    try: 1 / 0\n    except Exception: pass\n",
    ],
    ids=["busy", "calling", "waiting", "trying again"],
)
def test_a_file_that_never_ends_is_ended_where_it_is(tmp_path: Path, text: str) -> None:
    with pytest.raises(
        LocustfileError, match=r"^locustfile\.py, line [123]: the file was not imported within 0.2s"
    ):
        load_users(written(tmp_path, text), patience=0.2)


def test_a_user_that_runs_in_its_own_way_needs_no_task(tmp_path: Path) -> None:
    text = "from locust import User\nclass Own(User):\n    def run(self): pass\n"
    assert len(load_users(written(tmp_path, text))) == 1


def test_the_files_own_shape_is_left_aside_and_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shape = "from locust import LoadTestShape\nclass Shape(LoadTestShape):\n    def tick(self): return None\n"
    assert len(load_users(written(tmp_path, USER + shape))) == 1
    assert "left aside" in capsys.readouterr().out
