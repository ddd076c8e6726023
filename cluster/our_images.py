"""Our own images: built where their sources have changed, loaded into the node where it lacks them."""

import hashlib
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from cluster import base_images, docker
from cluster.progress import StepFailed, output, run, say
from cluster.settings import CACHE, NODE, ROOT
from cluster.tools import digest

_LOADED = "/kind/stresscampaigns-images"
_PYTHON = "3.11"


@dataclass(frozen=True)
class Image:
    """One image: its Dockerfile, target, and the wheels that it needs."""

    name: str
    dockerfile: str
    target: str
    wheels: str | None = None

    @property
    def tag(self) -> str:
        """Its full name."""
        return f"stresscampaigns/{self.name}:dev"


IMAGES = (
    Image("operator", "operator/Dockerfile", "operator", "operator"),
    Image("load", "operator/Dockerfile", "load", "load"),
    Image("fault", "operator/Dockerfile", "fault"),
    Image("demo-service", "demo/Dockerfile", "service", "demo-service"),
    Image("demo-postgres", "demo/Dockerfile", "postgres"),
    Image("demo-monitoring", "demo/Dockerfile", "monitoring"),
)


def ensure() -> None:
    """Every image, up to date, in Docker and, where there is one, in the node."""
    base = base_images.ensure_base()
    stage = _stage()
    state = digest(stage, base, *(docker.image_id(base) or ""))
    mark = CACHE / "images-built"
    if not (
        mark.exists() and mark.read_text() == state and all(docker.present(image.tag) for image in IMAGES)
    ):
        for image in IMAGES:
            arguments = [
                "--build-arg",
                f"BASE={base}",
                "--target",
                image.target,
                "-f",
                str(stage / image.dockerfile),
            ]
            run(f"building {image.tag}", ["docker", "build", "-q", *arguments, "-t", image.tag, stage])
        mark.write_text(state)
    if load():
        say("images are in the cluster")
    else:
        say(
            f"images are in Docker: {', '.join(image.tag for image in IMAGES[:3])}; no cluster is up to load them into"
        )


def _stage() -> Path:
    """The build's context: what git would have, and the wheels."""
    stage = CACHE / "images"
    shutil.rmtree(stage, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.pyc")
    for folder in ("operator", "demo/service", "demo/postgres"):
        shutil.copytree(ROOT / folder, stage / folder, ignore=ignored)
    shutil.copy(ROOT / "demo" / "Dockerfile", stage / "demo")
    for image in IMAGES:
        if image.wheels:
            shutil.copytree(_wheels(image.wheels), stage / "wheels" / image.wheels)
    return stage


def _requirements(name: str) -> list[str]:
    if name == "demo-service":
        lines = (ROOT / "demo" / "requirements.txt").read_text().splitlines()
        return [line for line in lines if line.strip()]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"][name]]


def _wheels(name: str) -> Path:
    """The wheels of one image, collected once for each set of requirements and pins.

    pip inside a build may not trust this network's certificates; here it works as the user has set it up.
    """
    wanted, pins = _requirements(name), ROOT / "constraints.txt"
    mark = hashlib.sha256("\n".join([*wanted, pins.read_text()]).encode()).hexdigest()[:12]
    folder = CACHE / "wheels" / f"{name}-{mark}"
    if folder.exists():
        return folder
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--only-binary=:all:",
        "--python-version",
        _PYTHON,
    ]
    run(f"collecting the wheels of {name}", [*command, "-c", pins, "-d", fresh, *wanted])
    fresh.rename(folder)
    return folder


def load() -> bool:
    """Load what the node lacks, by a list of its own: a new one starts with none. False: there is no node."""
    if output(["docker", "inspect", NODE]) is None:
        return False
    loaded = set((output(["docker", "exec", NODE, "cat", _LOADED]) or "").split())
    wanted = {f"{image.tag}={docker.image_id(image.tag)}": image.tag for image in IMAGES}
    missing = [tag for mark, tag in wanted.items() if mark not in loaded]
    if not missing:
        return True
    into_node(*missing)
    subprocess.run(
        ["docker", "exec", "-i", NODE, "tee", _LOADED],
        input="\n".join(wanted),
        text=True,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return True


def into_node(*tags: str, node: str = NODE) -> None:
    """Images of Docker's into a node of the cluster.

    Raises:
        StepFailed: they could not be loaded.
    """
    say(f"loading {len(tags)} images into the cluster")
    save = subprocess.Popen(["docker", "save", *tags], stdout=subprocess.PIPE)
    take = ["docker", "exec", "-i", node, "ctr", "-n", "k8s.io", "images", "import", "-"]
    done = subprocess.run(take, stdin=save.stdout, capture_output=True, text=True)
    if save.wait() or done.returncode:
        raise StepFailed(f"the images could not be loaded into the cluster: {done.stderr[-500:]}")


def remove() -> None:
    """Take our images out of Docker."""
    present = [image.tag for image in IMAGES if docker.present(image.tag)]
    if present:
        run("removing our images", ["docker", "image", "rm", "-f", *present])
