"""`python3 -m cluster`: bring the cluster up, build and load images, take everything away again."""

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Sequence

from cluster import (
    base_images,
    docker,
    facts,
    kind,
    our_images,
    packages,
    preflight,
    registry,
    second_node,
    tools,
)
from cluster.progress import StepFailed, fail, output, say
from cluster.settings import BIN, BUILT_BASE, BUILT_NODE, CACHE, CLUSTER, KUBECONFIG, PUBLISHED_NODE


def up(_: argparse.Namespace) -> int:
    """Bring the cluster up: what is there is reused, what was restarted is healed."""
    found = facts.look()
    if problems := preflight.problems(found):
        return fail(
            "\n".join(
                ["This machine is not ready; nothing was changed:", *(f"  - {one}" for one in problems)]
            )
        )
    docker.ensure(preflight.lacks_sys_resource(found))
    registry.reachable.cache_clear()
    tools.ensure_all()
    kind.ensure(base_images.ensure_node())
    second_node.leave()
    say(f"cluster {CLUSTER} is up")
    return 0


def images(_: argparse.Namespace) -> int:
    """Build our images, and load them into the cluster where it is up."""
    our_images.ensure()
    return 0


def unit_tools(_: argparse.Namespace) -> int:
    """Install what unit tests look into the kernel with: on Debian, as root; elsewhere these tests are skipped."""
    missing = [name for program, name in packages.OF_TESTS.items() if shutil.which(program) is None]
    if not missing:
        return 0
    if os.geteuid() == 0 and facts.is_debian():
        packages.install(*missing)
    else:
        say(f"not installed: {', '.join(missing)}; the tests that need it are skipped")
    return 0


def down(_: argparse.Namespace) -> int:
    """Delete the cluster; images and cache stay."""
    kind.delete()
    return 0


def clean(options: argparse.Namespace) -> int:
    """Delete the cluster and the images; with --cache what took long to build as well."""
    if docker.answers():
        kind.delete()
        our_images.remove()
    if options.cache:
        for image in (BUILT_NODE, BUILT_BASE, PUBLISHED_NODE):
            output(["docker", "image", "rm", "-f", image])
        docker.stop_ours()
        for path in CACHE.rglob("*"):
            path.chmod(0o755) if path.is_dir() and not path.is_symlink() else None
        shutil.rmtree(CACHE, ignore_errors=True)
    return 0


def env(_: argparse.Namespace) -> int:
    """Print what a shell needs to use the cluster: eval "$(python3 -m cluster env)"."""
    print(f'export KUBECONFIG="{KUBECONFIG}" PATH="{BIN}:$PATH"')
    return 0


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "up": up,
    "images": images,
    "unit-tools": unit_tools,
    "down": down,
    "clean": clean,
    "env": env,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do as the command line says; the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m cluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, function in _COMMANDS.items():
        command = commands.add_parser(name, help=function.__doc__)
        if name == "clean":
            command.add_argument("--cache", action="store_true", help="the cache folder too")
    options = parser.parse_args(arguments)
    try:
        return _COMMANDS[options.command](options)
    except StepFailed as error:
        return fail(str(error))


if __name__ == "__main__":
    sys.exit(main())
