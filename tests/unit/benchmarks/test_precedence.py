"""A contest comes before all else only where the kernel has taken the weight: a folder of ours proves nothing."""

from pathlib import Path

from benchmarks.precedence import _GROUP, _weigh


def test_the_weight_is_written_where_the_kernel_made_a_file_for_it(tmp_path: Path) -> None:
    file = tmp_path / _GROUP / "cpu.weight"
    file.parent.mkdir()
    file.write_text("100\n")
    assert _weigh(tmp_path, "cpu.weight", 10_000)
    assert file.read_text() == "10000\n"


def test_where_the_kernel_made_none_there_is_no_precedence(tmp_path: Path) -> None:
    assert not _weigh(tmp_path, "cpu.weight", 10_000)
    assert not (tmp_path / _GROUP / "cpu.weight").exists()


def test_where_there_are_no_cgroups_of_this_version_there_is_none(tmp_path: Path) -> None:
    assert not _weigh(tmp_path / "cpu", "cpu.shares", 262_144)
