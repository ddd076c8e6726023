"""Whoever answers where a campaign points: the operator can reach what the campaign's author may not read.

So nothing that was answered is shown, in a status or an event, beyond what it means here. And link-local addresses, at
which clouds give away credentials, are not asked at all.
"""

import asyncio
import errno
import socket
from collections.abc import Iterator
from http.client import responses
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import ResolveResult


def status_words(status: int) -> str:
    """`404 Not Found`: the reason as HTTP knows it, not as it was answered."""
    return f"{status} {responses.get(status, '')}".strip()


def trouble(error: BaseException) -> str:
    """What kind of error it is, and what the operating system says. An HTTP library's own words may quote an answer."""
    system = (one.strerror for one in _chain(error) if isinstance(one, OSError) and one.strerror)
    return ": ".join([type(error).__name__, *list(system)[:1]])


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error:
        yield error
        error = error.__cause__ or error.__context__


async def link_local(url: str) -> str | None:
    """The link-local address to which a URL leads, by name or number; None also where it leads nowhere."""
    try:
        host = urlsplit(url).hostname
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return None
    return next((str(one) for *_, (one, *_) in found if _is_link_local(str(one))), None)


def _is_link_local(address: str) -> bool:
    found = ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_link_local


class NoLinkLocal(aiohttp.ThreadedResolver):
    """Where a name leads when it is connected to, which may be elsewhere than when somebody looked."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Its addresses.

        Raises:
            OSError: there are none, or one is link-local.
        """
        found = await super().resolve(host, port, family)
        if any(_is_link_local(one["host"]) for one in found):
            raise OSError(errno.EACCES, "a link-local address is never asked")
        return found


def off_limits(field: str, url: str, address: str) -> str:
    """Why it is not asked, and what to correct."""
    return f"{field}: {url} leads to {address}, a link-local address, and none of these is asked; correct it"
