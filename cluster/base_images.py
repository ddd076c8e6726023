"""The two images that come from elsewhere: pulled where a registry answers, else built from packages."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from cluster import docker, registry, tools
from cluster.progress import StepFailed, output, run
from cluster.settings import BUILT_BASE, BUILT_NODE, CACHE, KUBERNETES, PUBLISHED_BASE, PUBLISHED_NODE, ROOT

_COMPONENTS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubeadm",
    "kubectl",
    "kubelet",
)


def ensure_base() -> str:
    """The Debian image that all of ours are built from."""
    return _ensure(BUILT_BASE, PUBLISHED_BASE, _build_base)


def ensure_node() -> str:
    """kind's node image."""
    return _ensure(BUILT_NODE, PUBLISHED_NODE, _build_node)


def _ensure(built: str, published: str, build: Callable[[], None]) -> str:
    found = docker.first_present(published, built)
    if found:
        return found
    if registry.reachable():
        run(f"pulling {published}", ["docker", "pull", published])
        return published
    build()
    return built


def _build_base() -> None:
    if shutil.which("debootstrap") is None:
        run(
            "installing debootstrap (outside of the cache folder)",
            ["apt-get", "install", "-y", "-qq", "debootstrap"],
        )
    folder = CACHE / "base"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    run("building the Debian base image", ["debootstrap", "--variant=minbase", "bookworm", folder])
    for rest in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(folder / rest, ignore_errors=True)
        (folder / rest / "partial").mkdir(parents=True)
    _allow_security_updates(folder)
    archive = CACHE / "base.tar"
    run("packing the base image", ["tar", "-C", folder, "-cf", archive, "."])
    run("importing the base image", ["docker", "import", archive, BUILT_BASE])
    archive.unlink()
    shutil.rmtree(folder)


def _allow_security_updates(folder: Path) -> None:
    """debootstrap knows the main suite alone; fixes come in two more, from wherever this host has them."""
    for source in (Path("/etc/apt/sources.list.d/debian.sources"),):
        if source.exists():
            shutil.copy(source, folder / "etc/apt/sources.list.d/debian.sources")
            (folder / "etc/apt/sources.list").write_text("")


def _build_node() -> None:
    binary = tools.components()
    stage = CACHE / "node-image"
    shutil.rmtree(stage, ignore_errors=True)
    (stage / "bin").mkdir(parents=True)
    os.link(binary, stage / "bin" / "kubernetes")
    for name in _COMPONENTS:
        (stage / "bin" / name).symlink_to("kubernetes")
    shutil.copy(tools.go_build("coredns", "github.com/coredns/coredns"), stage / "coredns")
    shutil.copy(_pause(), stage / "pause")
    shutil.copytree(ROOT / "cluster" / "node", stage / "node", ignore=shutil.ignore_patterns("Dockerfile"))
    shutil.copy(ROOT / "cluster" / "node" / "Dockerfile", stage / "Dockerfile")
    base = ensure_base()
    tags = _component_images(stage, base)
    (stage / ".dockerignore").write_text("")
    run("packing the node's own images", ["docker", "save", "-o", stage / "images.tar", *tags])
    arguments = ["--build-arg", f"BASE={base}", "--build-arg", f"VERSION={KUBERNETES}", "--target", "node"]
    run("building the node image", ["docker", "build", "-q", *arguments, "-t", BUILT_NODE, stage])
    shutil.rmtree(stage)


def _pause() -> Path:
    return tools.go_build("components", "./pause")


def _component_images(stage: Path, base: str) -> list[str]:
    """The images that kubeadm expects, each with one of our binaries in it; their names."""
    kubeadm = stage / "bin" / "kubeadm"
    listed = output([kubeadm, "config", "images", "list", "--kubernetes-version", KUBERNETES])
    if not listed:
        raise StepFailed("kubeadm does not list its images: remove the cache folder's go/built and try again")
    (stage / ".dockerignore").write_text("images.tar\n")
    for name in listed.split():
        target = next((short for short in ("pause", "coredns") if f"/{short}:" in name), "components")
        arguments = ["--build-arg", f"BASE={base}", "--target", target, "-t", name]
        run(f"building {name.rsplit('/', 1)[-1]}", ["docker", "build", "-q", *arguments, stage])
    return listed.split()
