"""The program that breaks a container from within: what it takes, what it holds, and what ends it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.faults.burning import DESCRIPTOR, PATIENCE, Burning, binary, needs_gcc

pytestmark = needs_gcc

Burn = Callable[..., Burning]
MIB = 2**20
SHM = Path("/dev/shm")


@pytest.fixture
def burn(tmp_path: Path) -> Iterator[Burn]:
    """Starts one; none outlives its test."""
    started: list[Burning] = []

    def start(*what: str, **times: float) -> Burning:
        started.append(Burning(tmp_path, *what, **times))
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture
def cgroup(tmp_path: Path) -> Path:
    """A container that uses 30 MiB, of which 10 are files that nobody has looked at lately."""
    folder = tmp_path / "cgroup"
    folder.mkdir()
    (folder / "memory.current").write_text(f"{30 * MIB}\n")
    (folder / "memory.stat").write_text(f"anon 1\ninactive_file {10 * MIB}\nactive_file 2\n")
    return folder


def cpu_times(pid: int) -> tuple[float, float]:
    """For how many seconds it has run, and for how many it would have, had the core been free."""
    lines = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(int(one[0]) for one in lines) / 1e9, sum(int(one[1]) for one in lines) / 1e9


@pytest.mark.alone
@pytest.mark.parametrize("cores", [0.25, 0.6])
def test_it_uses_the_share_of_a_core_that_was_asked_for(burn: Burn, cores: float) -> None:
    one = burn("cpu", str(cores)).in_force()
    (ran, waited), since = cpu_times(one.process.pid), time.monotonic()
    one.wait_for(lambda: time.monotonic() >= since + 1.5)
    (ran_then, waited_then), length = cpu_times(one.process.pid), time.monotonic() - since
    share = (ran_then - ran) / length
    lost = (waited_then - waited) / length
    assert cores - 0.1 - lost <= share <= cores + 0.1
    assert one.board.read().did >= 1000 * share


def test_more_than_one_core_takes_more_than_one_thread(burn: Burn) -> None:
    one = burn("cpu", "1.2", seconds=600).in_force()
    assert one.status("Threads") == 3


def test_the_kernel_limits_its_cpu_time_as_well(burn: Burn) -> None:
    one = burn("cpu", "0.5", seconds=60).in_force()
    limits = Path(f"/proc/{one.process.pid}/limits").read_text()
    (line,) = (line for line in limits.splitlines() if line.startswith("Max cpu time"))
    assert line.split()[3:5] == ["32", "32"]


def test_it_holds_what_the_container_lacks_to_the_amount_asked_for(burn: Burn, cgroup: Path) -> None:
    one = burn("memory", str(120 * MIB), "self", str(cgroup)).in_force()
    assert one.board.read().did == 100 * MIB
    assert one.status("RssAnon") * 1024 == pytest.approx(100 * MIB, rel=0.05)
    assert Path(f"/proc/{one.process.pid}/oom_score_adj").read_text() == "1000\n"


def test_it_reads_what_the_container_uses_from_the_older_cgroups_too(burn: Burn, tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    folder.mkdir()
    (folder / "memory.usage_in_bytes").write_text(f"{30 * MIB}\n")
    (folder / "memory.stat").write_text(f"inactive_file 1\ntotal_inactive_file {10 * MIB}\n")
    assert burn("memory", str(60 * MIB), "self", str(tmp_path)).in_force().board.read().did == 40 * MIB


def test_memory_that_is_to_cost_others_their_life_is_no_process_own(burn: Burn, cgroup: Path) -> None:
    one = burn("memory", str(120 * MIB), "others", str(cgroup))
    one.wait_for(lambda: one.board.read().did == 100 * MIB)
    assert one.status("VmRSS") < 8 * 1024
    assert Path(f"/proc/{one.process.pid}/oom_score_adj").read_text() != "1000\n"


def test_it_fills_the_share_of_a_volumes_free_space_and_its_end_frees_it(burn: Burn) -> None:
    before = os.statvfs(SHM).f_bavail
    one = burn("disk", str(SHM), "0.02").in_force()
    taken = before - os.statvfs(SHM).f_bavail
    assert taken == pytest.approx(before * 0.02, rel=0.05)
    assert list(SHM.glob(".burn*")) == []
    one.end()
    assert os.statvfs(SHM).f_bavail == pytest.approx(before, rel=0.005)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (["disk", "/etc", "0.1"], "no volume"),
        (["disk", "/no/such/folder", "0.1"], "is not there"),
        (["memory", str(MIB), "self", "{cgroup}"], "uses more than that already"),
        (["memory", str(MIB), "self", "/no/such/cgroup"], "cannot be read"),
    ],
)
def test_what_cannot_be_had_is_said_on_the_board_and_nothing_is_taken(
    burn: Burn, cgroup: Path, what: list[str], words: str
) -> None:
    one = burn(*(word.format(cgroup=cgroup) for word in what))
    assert one.process.wait(PATIENCE) == 3
    assert words in one.board.read().trouble
    assert not one.board.alive()


MOUNTED = """
mount -t tmpfs -o size=1m none "$0" && mkdir "$0/folder" "$0/other" && mount --bind "$0/folder" "$0/other" && exec "$@"
"""


@pytest.mark.parametrize(
    ("where", "told", "words"),
    [
        ("", [], ""),
        ("other", [], "other is a folder of a larger file system: filling it would hit whoever else"),
        ("other", ["subpath"], ""),
    ],
    ids=["all of a file system", "a folder of one", "a folder of a volume"],
)
def test_a_folder_of_what_others_may_have_folders_of_as_well_is_not_filled(
    tmp_path: Path, where: str, told: list[str], words: str
) -> None:
    board, log, top = (tmp_path / name for name in ("board", "log", "top"))
    board.write_bytes(bytes(4096))
    log.touch()
    top.mkdir()
    asked = [
        str(binary()),
        str(board),
        str(log),
        "0",
        f"{time.time() + 1:.3f}",
        "disk",
        str(top / where),
        "0.1",
    ]
    command = ["unshare", "--mount", "sh", "-c", MOUNTED, str(top), *asked, *told]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip(f"nothing can be mounted here: {done.stderr}")
    assert words in done.stderr
    assert done.returncode == (3 if words else -signal.SIGKILL)


def test_that_it_lives_is_told_by_a_clock_that_nobody_sets(burn: Burn) -> None:
    before = time.clock_gettime(time.CLOCK_BOOTTIME)
    beat = burn("cpu", "0.1").in_force().board.read().last_beat
    assert before - 0.001 <= beat <= time.clock_gettime(time.CLOCK_BOOTTIME)


def test_it_waits_for_its_time(burn: Burn) -> None:
    one = burn("cpu", "0.1", ahead=600)
    assert one.process.stdout
    assert one.process.stdout.readline() == "started\n"
    assert (one.board.alive(), one.board.read().begun) == (True, 0)
    assert '"event": "started"' in one.log.read_text()


def test_asked_for_twice_it_runs_once(burn: Burn) -> None:
    one = burn("cpu", "0.1").in_force()
    second = one.another()
    assert second.communicate(timeout=PATIENCE)[0] == "already\n"
    one.end()
    assert one.another().communicate(timeout=PATIENCE)[0] == "already\n"


def test_the_kernel_ends_it_at_its_deadline_though_who_started_it_was_killed(tmp_path: Path) -> None:
    board, log = tmp_path / "board", tmp_path / "log"
    board.write_bytes(bytes(4096))
    log.touch()
    until = time.time() + 2
    words = [str(binary()), str(board), str(log), "0", f"{until:.3f}", "cpu", "0.1"]
    starter = f"import subprocess, time; subprocess.Popen({words!r}); time.sleep(600)"
    parent = subprocess.Popen([sys.executable, "-S", "-c", starter])
    pid = awaited(lambda: int.from_bytes(board.read_bytes()[:8], "little"))
    parent.kill()
    parent.wait()
    assert alive(pid)
    awaited(lambda: not alive(pid))
    assert until <= time.time() < until + 5


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def awaited(found: Callable[[], int]) -> int:
    last = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < last
        time.sleep(0.005)
    return value


def test_it_ends_at_once_when_it_is_told_to(burn: Burn) -> None:
    one = burn("cpu", "0.1").in_force()
    one.process.terminate()
    assert one.process.wait(PATIENCE) == -signal.SIGTERM
    assert not one.board.alive()


def test_it_ends_when_its_sidecar_does(burn: Burn) -> None:
    one = burn("cpu", "0.1").in_force()
    os.close(DESCRIPTOR)
    assert one.process.wait(PATIENCE) == 0


def test_one_that_comes_after_the_sidecar_has_closed_the_board_takes_nothing(burn: Burn) -> None:
    one = burn("cpu", "0.1")
    one.board.close()
    one.process.wait(PATIENCE)
    assert one.another().communicate(timeout=PATIENCE)[0] == "already\n"


def test_one_whose_sidecar_closes_the_board_in_the_last_moment_takes_nothing(
    burn: Burn, cgroup: Path
) -> None:
    one = burn("memory", str(21 * MIB), "others", str(cgroup), ahead=1.5)
    one.wait_for(lambda: one.board.read().last_beat > 0)
    one.process.send_signal(signal.SIGSTOP)
    one.board.close()
    one.wait_for(lambda: time.time() > one.start)
    one.process.send_signal(signal.SIGCONT)
    assert one.process.wait(30) == 0
    assert one.board.read().begun == 0
    assert "injected" not in one.log.read_text()


def test_one_whose_time_is_over_takes_nothing(burn: Burn) -> None:
    one = burn("cpu", "0.1", seconds=-1)
    assert one.process.wait(PATIENCE) == 3
    assert "too late" in one.board.read().trouble


VICTIM = "import time; print('there', flush=True); time.sleep(600)"


def test_the_first_process_of_a_container_dies_though_it_cannot_be_killed_from_inside(tmp_path: Path) -> None:
    board, log = tmp_path / "board", tmp_path / "log"
    board.write_bytes(bytes(4096))
    log.touch()
    try:
        container = subprocess.Popen(
            ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-S", "-c", VICTIM],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except FileNotFoundError:
        pytest.skip("not installed: unshare")
    assert container.stdout
    if container.stdout.readline() != "there\n":
        pytest.skip(f"no PID namespace can be made here: {container.communicate()[1]}")
    try:
        crash_within(container.pid, board, log)
        container.wait(PATIENCE)
    finally:
        container.kill()
    assert '"event": "injected"' in log.read_text()


def crash_within(outside: int, board: Path, log: Path) -> None:
    child = Path(f"/proc/{outside}/task/{outside}/children").read_text().strip()
    inside = ["nsenter", "--target", child, "--pid", "--mount"]
    subprocess.run([*inside, "kill", "-KILL", "1"], check=True)
    assert alive(int(child))
    until = f"{time.time() + 60:.3f}"
    subprocess.run([*inside, str(binary()), str(board), str(log), "0", until, "crash"], check=False)
