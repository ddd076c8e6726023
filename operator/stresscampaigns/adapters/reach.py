"""Does anything answer at the target's URL?"""

import aiohttp

from stresscampaigns.core.observation import Probe

_TIMEOUT = aiohttp.ClientTimeout(total=5)


class HttpReach:
    """Any HTTP answer counts as being there: what it says is the campaign's own business."""

    async def probe(self, url: str) -> Probe:
        """One GET without redirects; the certificate is not judged here."""
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT) as session,
                session.get(url, allow_redirects=False, ssl=False),
            ):
                return Probe(True)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            problem = f"{type(error).__name__} {error}".strip()
            return Probe(False, "TargetUnreachable", f"{url} does not answer ({problem}); start the target")
