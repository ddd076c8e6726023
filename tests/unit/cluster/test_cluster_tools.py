"""kind, kubectl and Helm: which version serves, where it lies, when it is built anew."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster import settings, tools
from cluster.progress import StepFailed, output, run
from cluster.tools import HELM, KIND, KUBECTL, Tool, digest, fits, go_build, link, version_in


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("kind v0.30.0 go1.26.0 linux/amd64", (0, 30)),
        ("v3.18.4+gd80839c", (3, 18)),
        ("Client Version: v1.34.4\nKustomize Version: v5.7.1", (1, 34)),
        ("", None),
        ("command not found", None),
    ],
)
def test_a_version_is_found_in_what_a_tool_says(text: str, version: tuple[int, int] | None) -> None:
    assert version_in(text) == version


@pytest.mark.parametrize(
    ("tool", "version", "good"),
    [
        (KIND, (0, 29), False),
        (KIND, (0, 30), True),
        (HELM, (3, 14), True),
        (HELM, (4, 0), False),
        (KUBECTL, (1, 33), True),
        (KUBECTL, (1, 36), False),
        (KUBECTL, None, False),
    ],
)
def test_too_old_and_too_new_tools_are_left_aside(
    tool: Tool, version: tuple[int, int] | None, good: bool
) -> None:
    assert fits(tool, version) is good


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_a_version_is_read_as_it_is_written(major: int, minor: int, patch: int) -> None:
    assert version_in(f"tool v{major}.{minor}.{patch}-rc.1") == (major, minor)


def test_a_digest_changes_with_any_file_its_name_or_the_words(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    seen = {digest(tmp_path), digest(tmp_path, "flag")}
    (tmp_path / "a").write_text("2")
    seen.add(digest(tmp_path))
    (tmp_path / "a").rename(tmp_path / "b")
    seen.add(digest(tmp_path))
    assert len(seen) == 4


def test_what_python_leaves_behind_does_not_change_a_digest(tmp_path: Path) -> None:
    before = digest(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"x")
    assert digest(tmp_path) == before


def test_a_link_is_replaced_by_a_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "BIN", tmp_path / "bin")
    for name in ("old", "new"):
        (tmp_path / name).touch()
        link("helm", tmp_path / name)
    assert (tmp_path / "bin" / "helm").resolve() == tmp_path / "new"
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["helm"]


def test_without_go_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "CACHE", tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StepFailed, match="install Go"):
        go_build("kind", "sigs.k8s.io/kind")


def test_a_failed_step_shows_the_end_of_its_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cluster.progress.LOGS", tmp_path)
    with pytest.raises(StepFailed, match=r"(?s)trying: failed with exit code 3.*the reason.*trying\.log"):
        run("trying", ["sh", "-c", "echo the reason; exit 3"])


@pytest.mark.parametrize("command", [["false"], ["/no/such/command"]])
def test_a_quick_command_that_fails_has_no_output(command: list[str]) -> None:
    assert output(command) is None


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"STRESSCAMPAIGNS_CACHE": "/c"}, "/c"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/stresscampaigns"),
        ({"HOME": "/home/me"}, "/home/me/.cache/stresscampaigns"),
    ],
)
def test_the_cache_lies_where_the_user_wants_it(
    environment: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STRESSCAMPAIGNS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert settings.cache_folder() == Path(folder)
