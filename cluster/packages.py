"""Debian's packages, installed where they are missing."""

import os

from cluster.progress import run

OF_TESTS = {"nft": "nftables"}
"""Programs with which unit tests look into the kernel → their packages. Where one is missing, tests are skipped."""


def install(*names: str) -> None:
    """As root, on Debian or Ubuntu."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("reading the lists of packages", ["apt-get", "update", "-qq"], environment)
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *names]
    run(f"installing {', '.join(names)}", command, environment)
