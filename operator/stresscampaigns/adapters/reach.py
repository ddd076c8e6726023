"""Does anything answer at the target's URL?"""

import asyncio
from urllib.parse import urlsplit

import aiohttp

from stresscampaigns.adapters.strangers import NoLinkLocal, link_local, off_limits, status_words, trouble
from stresscampaigns.core.addresses import shown
from stresscampaigns.core.observation import Probe

_TIMEOUT_SECONDS = 5


class HttpReach:
    """Any HTTP answer counts as being there: what it says is the campaign's own business."""

    async def probe(self, url: str, connect_only: bool = False, proxy: str | None = None) -> Probe:
        """One GET without redirects; the certificate is not judged here.

        Args:
            connect_only: send nothing, so that the target's own count of requests stays what it is.
            proxy: ask there instead, as the load does; with `connect_only` its own answer is all there is.
        """
        asked, field = (proxy, "spec.load.proxy") if proxy else (url, "spec.target.url")
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                if address := await link_local(asked):
                    return Probe(False, "TargetUnreachable", off_limits(field, shown(asked), address))
                await (_connect(asked) if connect_only else _get(url, proxy))
                return Probe(True)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            message = f"{shown(url)} does not answer ({_problem(error)}); start the target, or correct spec.target.url"
            return Probe(False, "TargetUnreachable", _and_the_proxy(message, proxy))


def _problem(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy says {status_words(error.status)}"
    return trouble(error)


def _and_the_proxy(message: str, proxy: str | None) -> str:
    return f"{message}, or correct spec.load.proxy: it was asked through {proxy}" if proxy else message


async def _get(url: str, proxy: str | None) -> None:
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=NoLinkLocal())) as session,
        session.get(url, allow_redirects=False, ssl=False, proxy=proxy),
    ):
        return


async def _connect(url: str) -> None:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    _, writer = await asyncio.open_connection(parts.hostname, port)
    writer.close()
    await writer.wait_closed()
