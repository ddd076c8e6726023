"""HttpUser's and FastHttpUser's requests: counted when they begin, and to whatever end they come.

Locust tells of a request when it has ended, and of some never: those that are under way when the load is over, and
those in whose block something is raised.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from locust import clients
from locust.contrib import fasthttp
from locust.exception import ResponseError
from requests import PreparedRequest

from stresscampaigns.load.judgement import judgement
from stresscampaigns.load.recorder import Recorder, mark_counted

Path = Callable[[Any, object, dict[str, Any]], str]


def count_from_the_beginning(recorder: Recorder) -> None:
    """From now on. Before the Locust file is imported: what it makes of the clients must be made of counted ones."""
    _count_when_begun(clients.HttpSession, recorder, _path_as_sent)
    _count_when_begun(fasthttp.FastHttpSession, recorder, lambda _, url, __: str(url))
    answers: tuple[Any, ...] = (clients.ResponseContextManager, fasthttp.FastResponse)
    for answer in answers:
        answer.stress_begun = True
    for block in (clients.ResponseContextManager, fasthttp.ResponseContextManager):
        _tell_of_every_block(block)


def _count_when_begun(session: Any, recorder: Recorder, path: Path) -> None:
    send = session.request

    def request(self: Any, method: str, url: object, *args: Any, **options: Any) -> object:
        recorder.sent += 1
        began = time.perf_counter()
        try:
            return send(self, method, url, *args, **options)
        except BaseException as error:
            name = (args[0] if args else options.get("name")) or self.request_name
            recorder.on_break(error, began, f"{method} {name or path(self, url, options)}")
            raise

    session.request = request


def _path_as_sent(session: clients.HttpSession, url: object, options: dict[str, Any]) -> str:
    """What HttpSession calls a request that has no name."""
    prepared = PreparedRequest()
    with suppress(ValueError):  # which it was not sent for
        prepared.prepare_url(session._build_url(url), options.get("params"))
        return prepared.path_url
    return str(url)


def _tell_of_every_block(block: Any) -> None:
    """Also of one that an exception leaves, which goes on as it does in Locust."""
    leave = block.__exit__

    def leave_and_tell(self: Any, kind: object, error: BaseException | None, trace: object) -> object:
        if error is None or isinstance(error, ResponseError):
            return leave(self, kind, error, trace)
        failure = judgement(error)
        if failure is None or (self._manual_result is not None and not isinstance(error, AssertionError)):
            if failure is not None and self._manual_result is not True:
                mark_counted(error)  # the request has failed already: one failure, not two
            leave(self, None, None, None)
        else:
            mark_counted(error)
            self.request_meta["exception"] = failure
            self._report_request()
        return False

    block.__exit__ = leave_and_tell
