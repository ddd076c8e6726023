"""Whatever is left on the volume that is there to be filled is seen, with or without a name."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.torture.inside.volumes import PATH, on_volumes
from tests.torture.traces import traces
from tests.unit.faults.namespaces import needs_namespaces
from tests.unit.torture.test_drawing import fault

NOTHING = ":"
NAMED = "touch volume/.burn-7"
NAMELESS = "exec 3> volume/x; head -c 65536 /dev/zero >&3; rm volume/x"


@pytest.fixture
def _volume(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where it is, in a process that nobody else shares it with."""
    made = (
        f"mount -t tmpfs none {tmp_path} && cd {tmp_path} && mkdir volume && mount -t tmpfs none volume"
        f" && {request.param} && echo && sleep 60"
    )
    with subprocess.Popen(["unshare", "-m", "sh", "-c", made], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        yield f"{tmp_path}/volume"
        process.kill()


@needs_namespaces
@pytest.mark.parametrize("_volume", [NOTHING], indirect=True)
def test_an_empty_volume_has_nothing_left_on_it(_volume: str) -> None:
    assert on_volumes(_volume) == []


@needs_namespaces
@pytest.mark.parametrize("_volume", [NAMED], indirect=True)
def test_an_empty_file_is_found_by_its_name(_volume: str) -> None:
    (left,) = on_volumes(_volume)
    assert left.endswith("files: .burn-7")


@needs_namespaces
@pytest.mark.parametrize("_volume", [NAMELESS], indirect=True)
def test_a_file_without_a_name_is_found_by_the_space_that_it_takes(_volume: str) -> None:
    (left,) = on_volumes(_volume)
    assert left == f"volume {_volume}: 65536 bytes are taken, files: none with a name"


def test_it_is_told_to_be_that_of_a_full_disk() -> None:
    full = fault("DiskFull", amount="50%", path=PATH)
    assert any(word in f"volume {PATH}: 7 bytes are taken" for word in traces(full, "stress-r-", 5.0))
