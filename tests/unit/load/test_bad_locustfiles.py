"""Locust files that never come back, or end their process: the load ends by itself, and says why. Real processes."""

from pathlib import Path

import pytest

from stresscampaigns.api.load_events import Failed
from tests.unit.load.distributed import DistributedLoad, plan


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import os\nwhile True: pass\n", "locustfile.py, line 2: the file was not imported within 2s"),
        ("import time\ntime.sleep(600)\n", "locustfile.py, line 2: the file was not imported within 2s"),
        ("import os\nraise ValueError('mine')\n", "locustfile.py, line 2: ValueError: mine"),
        ("import sys\nsys.exit(0)\n", "locustfile.py, line 2: SystemExit"),
        ("import os\n", "locustfile.py defines no User class"),
        (
            "from locust import User, task\nclass Rare(User):\n    weight = 0\n    @task\n    def visit(self): pass\n",
            "There are no users with weight > 0",
        ),
    ],
    ids=["loops", "waits", "raises", "exits", "is empty", "has no weight"],
)
def test_it_is_said_what_is_wrong_and_everybody_ends(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "locustfile.py").write_text(text)
    own = {"scenarios": [], "locustfile": str(tmp_path / "locustfile.py"), "workers": 1, "connect_timeout": 4}
    with DistributedLoad(plan("http://127.0.0.1:9", **own), tmp_path) as load:
        (failed,) = load.events()
        codes = load.exit_codes()
    assert isinstance(failed, Failed)
    assert words in failed.reason
    assert codes == [3, 3]


def test_a_file_that_ends_its_process_leaves_nothing_behind(tmp_path: Path) -> None:
    """Nobody can say anything then; the operator sees a coordinator that has ended without a word."""
    (tmp_path / "locustfile.py").write_text("import os\nos._exit(0)\n")
    own = {"scenarios": [], "locustfile": str(tmp_path / "locustfile.py"), "workers": 1}
    with DistributedLoad(plan("http://127.0.0.1:9", **own), tmp_path) as load:
        assert load.events() == []
        assert load.exit_codes() == [0, 0]
