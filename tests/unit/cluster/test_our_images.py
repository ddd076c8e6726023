"""Our images, where there is no cluster of ours to load them into."""

import pytest

from cluster import our_images


def test_without_a_cluster_the_images_stay_in_docker(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[list[str]] = []

    def no_such_container(command: list[str]) -> None:
        asked.append(command)

    monkeypatch.setattr(our_images, "output", no_such_container)
    assert not our_images.load()
    assert asked == [["docker", "inspect", our_images.NODE]]
