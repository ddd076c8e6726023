"""A load pod's start, made short: three Pythons that import at once are most of the time to the first request."""

import fcntl
import gc
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_NO_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
_UNUSED = (
    "locust.web",
    "locust.clients",
    "locust.contrib.fasthttp",
    "geventhttpclient",
    "geventhttpclient.useragent",
    "requests",
    "requests.exceptions",
    "urllib3",
)
"""Locust imports them for its web page and its own HTTP users; the built-in scenarios send with our client."""
_DESCRIPTORS = 8192
"""So many need no growth; the table takes 64 KB."""


@contextmanager
def quick_imports() -> Iterator[None]:
    """Without garbage collection, which finds none in what is imported, and without a search for pydantic's plugins.

    A Locust file that is imported later has both.
    """
    before = os.environ.get(_NO_PLUGINS)
    os.environ[_NO_PLUGINS] = "1"
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        os.environ.pop(_NO_PLUGINS)
        if before is not None:
            os.environ[_NO_PLUGINS] = before


def end_when_told() -> None:
    """Kubernetes tells a pod to end with SIGTERM, which a container's first process does not hear unless it asks to.

    Without, a load that was aborted goes on for the whole grace period.
    """
    signal.signal(signal.SIGTERM, lambda *_: os._exit(128 + signal.SIGTERM))


def make_room_for_connections() -> None:
    """As many file descriptors as the pod may have, and their table grown before there are threads to share it.

    Some container runtimes begin with 1,024, which a worker with as many users runs out of, and let it ask for more.
    Linux grows it by doubling, and then waits until no other thread can be looking into the old one: 8 to 17 ms were
    measured in which a worker stood still in the midst of its load, at the 256th and the 512th connection.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    last = _DESCRIPTORS if most == resource.RLIM_INFINITY else min(_DESCRIPTORS, most)
    with open(os.devnull, "rb") as nothing:
        os.close(fcntl.fcntl(nothing.fileno(), fcntl.F_DUPFD_CLOEXEC, last - 1))


def patch_the_standard_library() -> None:
    """As Locust does when it is imported; the fewer objects there are by then, the less gevent has to look through.

    For each of its 25 steps gevent searches all installed packages for plugins: a fifth of the start's CPU, for none.
    """
    from gevent import events, monkey

    search = events.notify_and_call_entry_points
    events.notify_and_call_entry_points = events.notify
    try:
        monkey.patch_all()
    finally:
        events.notify_and_call_entry_points = search


def leave_out_http_users() -> None:
    """Before Locust is imported, where no Locust file will be: placeholders for what built-in scenarios never use."""
    for name in _UNUSED:
        sys.modules.setdefault(name, _Placeholder(name))
    os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"  # it is done, and urllib3 needs none


class _Placeholder(ModuleType):
    """Whatever is asked of it is a class of that name, which can be a base class, a type or an exception to catch."""

    def __getattr__(self, name: str) -> type[Exception]:
        if name.startswith("__"):
            raise AttributeError(name)
        placeholder = type(name, (Exception,), {"__doc__": f"Stands for {self.__name__}.{name}: left out."})
        setattr(self, name, placeholder)
        return placeholder
