"""Prometheus' HTTP API: is it there, and what does it say over a window?"""

import asyncio
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from prometheus_api_client.exceptions import PrometheusApiClientException
from prometheus_api_client.prometheus_connect import PrometheusConnect
from requests import RequestException
from urllib3.util.retry import Retry

from stresscampaigns.core.addresses import shown, told
from stresscampaigns.core.observation import Answer, History, Probe, Series

_TIMEOUT_SECONDS = 10
_MOST_STEPS = 1_000
_Found = list[dict[str, Any]]
_Told = TypeVar("_Told")


class PrometheusQueries:
    """Asks any Prometheus; a failure is part of the answer, never an exception."""

    async def probe(self, url: str) -> Probe:
        """Does it answer a query, and sensibly?"""
        answer = await self.ask(url, "vector(1)", start=0.0, end=0.0)
        if answer.error:
            message = f"{answer.error}; see that spec.prometheus.url is right and Prometheus runs"
            return Probe(False, "PrometheusUnavailable", message)
        return Probe(
            answer.values == (1.0,), "PrometheusUnavailable", f"{shown(url)} answers nonsense to vector(1)"
        )

    async def ask(self, url: str, query: str, start: float, end: float) -> Answer:
        """Every sample of every series that the query gives over [start, end], epoch seconds."""
        step = max(1, math.ceil((end - start) / _MOST_STEPS))
        steps = int((round(end) - round(start)) // step) + 1
        read = partial(_answer, steps=steps)
        return await asyncio.to_thread(_asked, url, query, (start, end, step), read, _no_answer)

    async def history(self, url: str, query: str, start: float, end: float, step: int) -> History:
        """Its series with their times, every `step` seconds of [start, end], epoch seconds."""
        return await asyncio.to_thread(_asked, url, query, (start, end, step), _history, _no_history)

    async def samples(self, url: str, query: str, moment: float) -> History:
        """What a query gives at one moment, epoch seconds: of a range, its samples as they were scraped."""
        return await asyncio.to_thread(_asked, url, query, moment, _history, _no_history)


def _asked(
    url: str,
    query: str,
    when: tuple[float, float, int] | float,
    read: Callable[[_Found], _Told],
    failed: Callable[[str], _Told],
) -> _Told:
    try:
        with PrometheusConnect(url.rstrip("/"), retry=Retry(0), timeout=_TIMEOUT_SECONDS) as connection:
            return read(_found(connection, query, when))
    except (RequestException, PrometheusApiClientException) as error:
        return failed(f"{shown(url)} could not be asked: {told(error, url)[:300]}")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        words = f"{type(error).__name__} {told(error, url)[:200]}"
        return failed(f"{shown(url)} does not answer like Prometheus: {words}")


def _found(connection: PrometheusConnect, query: str, when: tuple[float, float, int] | float) -> _Found:
    if isinstance(when, float):
        found: _Found = connection.custom_query(query, params={"time": f"{when:.3f}"})
        return found
    start, end, step = when
    moments = (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
    over: _Found = connection.custom_query_range(query, *moments, step=str(step))
    return over


def _answer(series: Iterable[dict[str, Any]], steps: int) -> Answer:
    samples = [sample for one in series for sample in _points(one)]
    moments = {time for time, _ in samples}
    return Answer(values=tuple(value for _, value in samples), covered=len(moments) / steps)


def _history(series: Iterable[dict[str, Any]]) -> History:
    return History(tuple(Series(dict(one["metric"].items()), _points(one)) for one in series))


def _points(series: dict[str, Any]) -> tuple[tuple[float, float], ...]:
    points = series["values"] if "values" in series else [series["value"]]
    return tuple((float(time), float(value)) for time, value in points)


def _no_answer(error: str) -> Answer:
    return Answer(error=error)


def _no_history(error: str) -> History:
    return History(error=error)
