"""A way out for `requests` that lets nobody who answers keep or fill us: all of an answer has its time and its size.

`requests` itself bounds neither: its timeout begins anew with each byte that comes. Whoever a campaign's URL leads to
could keep its thread for ever, of which there are few, for all campaigns; or answer until no memory is left.
"""

import asyncio
import ssl
from collections.abc import Mapping
from io import BytesIO

import aiohttp
from certifi import where
from requests import ConnectionError, PreparedRequest, Response, Timeout
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from yarl import URL

from stresscampaigns.adapters.strangers import NoLinkLocal

MOST_BYTES = 8 * 1024 * 1024
"""Of an answer, unpacked: of 100 pods with three containers each, at 1,000 moments. Read, it takes 110 MB of memory."""
_CHUNK = 65_536
_SILENCE = 10.0
"""Seconds until somebody who was reached says something more."""


class TooMuch(Exception):
    """An answer is larger than any that makes sense."""


class BoundedAdapter(BaseAdapter):
    """Asks in the event loop, for whoever waits in a thread of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patience: float) -> None:
        super().__init__()
        self._loop, self._patience = loop, patience

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """One exchange; a redirect is an answer.

        Raises:
            ConnectionError, Timeout: as requests has them.
            TooMuch: the answer has more than `MOST_BYTES`.
        """
        asked = asyncio.run_coroutine_threadsafe(_exchange(request, self._patience), self._loop)
        return asked.result()

    def close(self) -> None:
        """Nothing is kept open."""


async def _exchange(request: PreparedRequest, patience: float) -> Response:
    # What the URL says of user and password, requests has put into a header.
    url = URL(request.url or "", encoded=True).with_user(None)
    times = aiohttp.ClientTimeout(total=patience, sock_connect=_SILENCE, sock_read=_SILENCE)
    trust = ssl.create_default_context(cafile=where()) if url.scheme == "https" else True
    way = aiohttp.TCPConnector(ssl=trust, resolver=NoLinkLocal())
    try:
        async with (
            aiohttp.ClientSession(
                timeout=times, connector=way, cookie_jar=aiohttp.DummyCookieJar()
            ) as session,
            session.request(
                request.method or "GET", url, headers=dict(request.headers), allow_redirects=False
            ) as answer,
        ):
            return _response(request, answer, await _body(answer))
    except TimeoutError as error:
        raise Timeout(error, request=request) from error
    except (aiohttp.ClientError, OSError) as error:
        raise ConnectionError(error, request=request) from error


async def _body(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooMuch(f"with more than {MOST_BYTES >> 20} MiB")
    return bytes(body)


def _response(request: PreparedRequest, answer: aiohttp.ClientResponse, body: bytes) -> Response:
    found = Response()
    found.status_code = answer.status
    found.headers = CaseInsensitiveDict(answer.headers.items())
    found.raw = BytesIO(body)
    found.url, found.request = request.url or "", request
    return found
