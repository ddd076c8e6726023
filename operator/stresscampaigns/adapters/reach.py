"""Does anything answer at the target's URL?"""

import asyncio
from urllib.parse import urlsplit

import aiohttp

from stresscampaigns.core.observation import Probe

_TIMEOUT_SECONDS = 5
_TIMEOUT = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)


class HttpReach:
    """Any HTTP answer counts as being there: what it says is the campaign's own business."""

    async def probe(self, url: str, connect_only: bool = False) -> Probe:
        """One GET without redirects; the certificate is not judged here.

        Args:
            connect_only: send nothing, so that the target's own count of requests stays what it is.
        """
        try:
            await (_connect(url) if connect_only else _get(url))
            return Probe(True)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            problem = f"{type(error).__name__} {error}".strip()
            return Probe(False, "TargetUnreachable", f"{url} does not answer ({problem}); start the target")


async def _get(url: str) -> None:
    async with (
        aiohttp.ClientSession(timeout=_TIMEOUT) as session,
        session.get(url, allow_redirects=False, ssl=False),
    ):
        return


async def _connect(url: str) -> None:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    async with asyncio.timeout(_TIMEOUT_SECONDS):
        _, writer = await asyncio.open_connection(parts.hostname, port)
        writer.close()
        await writer.wait_closed()
