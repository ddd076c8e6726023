"""kind, kubectl and Helm: the user's own where they fit, else built from Go modules into the cache folder."""

import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster.progress import StepFailed, output, run
from cluster.settings import BIN, CACHE, KUBERNETES, ROOT

GO = ROOT / "cluster" / "go"
Version = tuple[int, int]


@dataclass(frozen=True)
class Tool:
    """A tool, from which version on (and below which) it fits, and from which module it is built."""

    name: str
    asks: tuple[str, ...]
    least: Version
    below: Version
    package: str | None = None


KIND = Tool("kind", ("version",), (0, 30), (1, 0), "sigs.k8s.io/kind")
HELM = Tool("helm", ("version", "--short"), (3, 14), (4, 0), "helm.sh/helm/v3/cmd/helm")
KUBECTL = Tool("kubectl", ("version", "--client"), (1, 33), (1, 36))


def version_in(text: str) -> Version | None:
    """The first version in a text, major and minor."""
    found = re.search(r"v?(\d+)\.(\d+)\.\d+", text)
    return (int(found[1]), int(found[2])) if found else None


def fits(tool: Tool, version: Version | None) -> bool:
    """Can this version serve us?"""
    return version is not None and tool.least <= version < tool.below


def ensure_all() -> None:
    """Every tool in the cache's bin folder, as a link to the user's own or built."""
    for tool in (KIND, HELM):
        _ensure(tool)
    if not _take_users_own(KUBECTL):
        link(KUBECTL.name, components())


def _ensure(tool: Tool) -> None:
    if not _take_users_own(tool) and tool.package:
        link(tool.name, go_build(tool.name, tool.package))


def _take_users_own(tool: Tool) -> bool:
    path = os.pathsep.join(part for part in os.environ.get("PATH", "").split(os.pathsep) if part != str(BIN))
    own = shutil.which(tool.name, path=path)
    text = output([own, *tool.asks], 20) if own else None
    if own is None or not fits(tool, version_in(text or "")):
        return False
    link(tool.name, Path(own))
    return True


def link(name: str, target: Path) -> None:
    """Put a tool into the bin folder; an older link is replaced in one step."""
    BIN.mkdir(parents=True, exist_ok=True)
    if (BIN / name).resolve() == target.resolve():
        return
    fresh = BIN / f".{name}.new"
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.rename(BIN / name)


def components() -> Path:
    """Kubernetes, kubeadm, kubectl and etcd as one binary that acts by the name it is called by."""
    x = "k8s.io/component-base/version"
    flags = f"-X {x}.gitVersion={KUBERNETES} -X {x}.gitMajor=1 -X {x}.gitMinor=34"
    return go_build("components", ".", flags)


def go_build(name: str, package: str, flags: str = "") -> Path:
    """The binary of a package of one of our modules, built once for each state of its sources.

    Raises:
        StepFailed: Go is missing, or the build failed.
    """
    module = GO / name
    binary = (
        CACHE
        / "go"
        / "built"
        / f"{name}-{digest(module, flags)}"
        / Path(package if package != "." else name).name
    )
    if binary.exists():
        return binary
    if shutil.which("go") is None:
        raise StepFailed(
            f"{name} has to be built and Go is missing: install Go 1.26 or newer (https://go.dev/dl/)"
        )
    binary.parent.mkdir(parents=True, exist_ok=True)
    fresh = binary.with_suffix(".new")
    command: list[str | Path] = [
        "go",
        "build",
        "-C",
        module,
        "-ldflags",
        f"-s -w {flags}".strip(),
        "-o",
        fresh,
        package,
    ]
    run(f"building {name} from Go modules ({_EXPECTED.get(name, 'a minute')})", command, go_environment())
    fresh.rename(binary)
    return binary


_EXPECTED = {
    "components": "up to 10 minutes the first time",
    "coredns": "about 3 minutes the first time",
    "k6": "about 5 minutes the first time",
    "metrics-server": "about 2 minutes the first time",
}


def go_environment() -> Mapping[str, str]:
    """Go's caches lie in our own folder."""
    go = CACHE / "go"
    ours = {
        "CGO_ENABLED": "0",
        "GOFLAGS": "-trimpath",
        "GOCACHE": str(go / "build"),
        "GOMODCACHE": str(go / "mod"),
    }
    return {**os.environ, **ours}


def digest(folder: Path, *more: str) -> str:
    """A short hash over every file of a folder, and some words."""
    total = hashlib.sha256("\0".join(more).encode())
    for path in sorted(
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ):
        total.update(str(path.relative_to(folder)).encode())
        total.update(path.read_bytes())
    return total.hexdigest()[:12]
