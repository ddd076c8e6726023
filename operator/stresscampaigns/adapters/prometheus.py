"""Prometheus' HTTP API: is it there, and what does it say over a window?"""

import asyncio
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import RLock
from typing import TypedDict

from prometheus_api_client.prometheus_connect import PrometheusConnect
from requests import RequestException, Response, Session
from requests.exceptions import InvalidJSONError

from stresscampaigns.adapters.bounded_http import BoundedAdapter, TooMuch
from stresscampaigns.adapters.strangers import link_local, off_limits, status_words, trouble
from stresscampaigns.core.addresses import shown
from stresscampaigns.core.observation import History, Probe, Series

_LONGEST_WORDS = 300
_OF_A_PART = (b'"warnings"', b'"isPartial"')
_REMARK = "PromQL info:"
"""Prometheus before 3 tells these among its warnings; the answer is whole."""
_WAITING = ThreadPoolExecutor(8, "prometheus")
"""Threads that wait for the event loop, which itself needs one of its own to look up a name: were they those, all would
wait for one another, and the operator with them."""
BIG = 1 << 20
"""Bytes from which on an answer is big: read, it takes some 14 times as much memory."""
_BIG_ONE = RLock()
"""Of the big ones one is read at a time: several of the largest would take more memory than the operator has."""
_When = tuple[float, float, int] | float | None
"""From, until, in steps of; or a moment; or now by its own clock. Epoch seconds."""


class _SeriesBody(TypedDict, total=False):
    """As Prometheus writes it: of a range `values`, of a moment `value`."""

    metric: dict[str, str]
    values: list[tuple[float, str]]
    value: tuple[float, str]


_Found = list[_SeriesBody]


@dataclass
class PrometheusQueries:
    """Asks any Prometheus; a failure is part of the answer, never an exception."""

    patience: float = 30.0
    """Seconds for all of an answer."""

    async def probe(self, url: str) -> Probe:
        """Does it answer a query, and sensibly? And what is the time there?"""
        if address := await link_local(url):
            message = off_limits("spec.prometheus.url", shown(url), address)
            return Probe(False, "PrometheusUnavailable", message)
        asked = time.time()
        answer = await self._ask(url, "vector(1)", None)
        answered = time.time()
        if answer.error:
            message = f"{answer.error}; see that spec.prometheus.url is right and Prometheus runs"
            return Probe(False, "PrometheusUnavailable", message)
        points = [point for one in answer.series for point in one.points]
        if [value for _, value in points] != [1.0]:
            return Probe(False, "PrometheusUnavailable", f"{shown(url)} answers nonsense to vector(1)")
        ((theirs, _),) = points
        # Whose answer is of a moment on the way of question and answer may have our time.
        return Probe(True, clock_ahead=max(0.0, theirs - answered) + min(0.0, theirs - asked))

    async def history(self, url: str, query: str, start: float, end: float, step: int) -> History:
        """Its series with their times, every `step` seconds of [start, end], epoch seconds."""
        return await self._ask(url, query, (start, end, step))

    async def samples(self, url: str, query: str, moment: float) -> History:
        """What a query gives at one moment, epoch seconds: of a range, its samples as they were scraped."""
        return await self._ask(url, query, moment)

    async def _ask(self, url: str, query: str, when: _When) -> History:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            _WAITING, _asked, BoundedAdapter(loop, self.patience), url, query, when
        )


class _NoAnswer(Exception):
    """In words: it was asked, and says no."""


def _session(read: ExitStack) -> Session:
    def wait_for_turn(response: Response, **_: object) -> None:
        if len(response.content) > BIG:
            read.enter_context(_BIG_ONE)

    session = Session()
    session.hooks["response"] += [wait_for_turn, _refuse_refusals, _refuse_parts]
    return session


def _refuse_refusals(response: Response, **_: object) -> None:
    """A redirect is one, and not followed: it could lead where a campaign's URL is refused.

    Raises:
        _NoAnswer: with Prometheus' own words, where it is one, and nothing else of what was answered.
    """
    words = status_words(response.status_code)
    if response.is_redirect:
        raise _NoAnswer(f"{words}: no redirect is followed, name the address where Prometheus answers")
    if response.status_code != 200:
        raise _NoAnswer(": ".join([words, *_prometheus_words(response)]))


def _refuse_parts(response: Response, **_: object) -> None:
    """Where a store behind Thanos, Mimir or VictoriaMetrics is away, its series are left out: the rest is no evidence.

    Nor is what PromQL itself warns of, such as elements that it had to drop.

    Raises:
        _NoAnswer: with what is said of it.
    """
    if not any(word in response.content for word in _OF_A_PART):
        return
    match response.json():
        case {"isPartial": True}:
            raise _NoAnswer("with a part only (isPartial): something behind it is away")
        case {"status": "success", "warnings": list(told)}:
            warnings = [one for one in told if not str(one).startswith(_REMARK)]
            if warnings:
                raise _NoAnswer(f"with a warning: {warnings[0]}"[:_LONGEST_WORDS])


def _prometheus_words(response: Response) -> list[str]:
    try:
        answered = response.json()
    except ValueError:
        return []
    match answered:
        case {"status": "error", "errorType": str(kind), "error": str(error)}:
            return [f"{kind}: {error}"[:_LONGEST_WORDS]]
    return []


def _asked(way_out: BoundedAdapter, url: str, query: str, when: _When) -> History:
    base, read = url.rstrip("/"), ExitStack()
    session = _session(read)
    try:
        with read, PrometheusConnect(base, session=session) as connection:
            for where in (base, "http://", "https://"):  # the client's own way out among them
                session.mount(where, way_out)
            return _history(_found(connection, query, when))
    except (_NoAnswer, TooMuch) as error:
        return History(error=f"{shown(url)} answers {error}")
    except InvalidJSONError as error:
        return _nonsense(url, error)
    except RequestException as error:
        return History(error=f"{shown(url)} could not be asked: {trouble(error)}")
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        return _nonsense(url, error)


def _nonsense(url: str, error: Exception) -> History:
    return History(error=f"{shown(url)} does not answer like Prometheus ({trouble(error)})")


def _found(connection: PrometheusConnect, query: str, when: _When) -> _Found:
    if not isinstance(when, tuple):
        moment = {} if when is None else {"time": f"{when:.3f}"}
        found: _Found = connection.custom_query(query, params=moment)
        return found
    start, end, step = when
    moments = (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
    over: _Found = connection.custom_query_range(query, *moments, step=str(step))
    return over


def _history(series: Iterable[_SeriesBody]) -> History:
    return History(tuple(Series(dict(one["metric"].items()), _points(one)) for one in series))


def _points(series: _SeriesBody) -> tuple[tuple[float, float], ...]:
    points = series["values"] if "values" in series else [series["value"]]
    return tuple((float(time), float(value)) for time, value in points)
