"""Prometheus' HTTP API: is it there, and what does it say over a window?"""

import asyncio
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from prometheus_api_client.exceptions import PrometheusApiClientException
from prometheus_api_client.prometheus_connect import PrometheusConnect
from requests import RequestException
from urllib3.util.retry import Retry

from stresscampaigns.core.observation import Answer, Probe

_TIMEOUT_SECONDS = 10
_MOST_STEPS = 1_000


class PrometheusQueries:
    """Asks any Prometheus; a failure is part of the answer, never an exception."""

    async def probe(self, url: str) -> Probe:
        """Does it answer a query, and sensibly?"""
        answer = await self.ask(url, "vector(1)", start=0.0, end=0.0)
        if answer.error:
            message = f"{answer.error}; see that spec.prometheus.url is right and Prometheus runs"
            return Probe(False, "PrometheusUnavailable", message)
        return Probe(answer.values == (1.0,), "PrometheusUnavailable", f"{url} answers nonsense to vector(1)")

    async def ask(self, url: str, query: str, start: float, end: float) -> Answer:
        """Every sample of every series that the query gives over [start, end], epoch seconds."""
        return await asyncio.to_thread(_ask, url, query, start, end)


def _ask(url: str, query: str, start: float, end: float) -> Answer:
    step = max(1, math.ceil((end - start) / _MOST_STEPS))
    moments = (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
    try:
        with PrometheusConnect(url.rstrip("/"), retry=Retry(0), timeout=_TIMEOUT_SECONDS) as connection:
            series = connection.custom_query_range(query, *moments, step=str(step))
            return _answer(series, steps=int((round(end) - round(start)) // step) + 1)
    except (RequestException, PrometheusApiClientException) as error:
        return Answer(error=f"{url} could not be asked: {str(error)[:300]}")
    except (KeyError, TypeError, ValueError, IndexError) as error:
        return Answer(
            error=f"{url} does not answer like Prometheus: {type(error).__name__} {str(error)[:200]}"
        )


def _answer(series: Iterable[dict[str, Any]], steps: int) -> Answer:
    samples = [(float(time), float(value)) for one in series for time, value in one["values"]]
    moments = {time for time, _ in samples}
    return Answer(values=tuple(value for _, value in samples), covered=len(moments) / steps)
