"""`self.client` of a scripted Locust user: the calls of Locust's FastHttpUser, made by our client.

What a Locust file may use of it: `get`, `post`, `put`, `patch`, `delete`, `head`, `options`, `request` with `name`,
`data`, `json`, `params`, `headers`, `auth`, `allow_redirects`, `timeout`, `catch_response`, `context`; of an answer
`status_code`, `ok`, `headers`, `content`, `text`, `json()`, `url`, `error`, `raise_for_status()`, `success()`,
`failure()`.
"""

import json as json_module
import re
import time
from collections.abc import Mapping
from typing import Self, TypedDict, Unpack
from urllib.parse import urlencode

from locust import User
from locust.event import EventHook
from locust.exception import CatchResponseError
from requests.auth import _basic_auth_str
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar, get_cookie_header
from requests.models import Request as RequestOfRequests

from stresscampaigns.load.http.client import MOST_REDIRECTS, Client
from stresscampaigns.load.http.errors import HttpError
from stresscampaigns.load.http.request import Prepared
from stresscampaigns.load.http.response import Response
from stresscampaigns.load.judgement import judgement
from stresscampaigns.load.recorder import Recorder, mark_counted

_ABSOLUTE = re.compile(r"^https?://", re.IGNORECASE)
_PREPARED_KEPT = 1000
"""Requests without a body that are kept prepared, by method and URL."""


Body = bytes | str | Mapping[str, str] | None
"""Of a request: a mapping is sent as a form."""


class Options(TypedDict, total=False):
    """Of every request."""

    name: str | None
    catch_response: bool
    headers: Mapping[str, str] | None
    auth: tuple[str, str] | None
    params: Mapping[str, str] | None
    allow_redirects: bool
    context: Mapping[str, object] | None
    timeout: float | None


class WithJson(Options, total=False):
    """Of one that may have a body."""

    json: object


class WithBody(WithJson, total=False):
    """Likewise, of whatever kind."""

    data: Body


class BadStatus(Exception):
    """The status says that the request failed; `response` is the answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"status {response.status_code} from {response.url}")
        self.response = response


class Answer(Response):
    """A response that a scenario may judge for itself; as a context manager it reports when the block ends."""

    stress_begun = True

    def __init__(self, response: Response | None, error: Exception | None, session: "Session") -> None:
        source = response or Response(0, [], [], 0, time.perf_counter())
        super().__init__(source.status_code, source.head, source.chunks, source.size, source.finished)
        self.url, self.history = source.url, source.history
        self.error = error
        self.meta: dict[str, object] = {}
        self._session = session
        self._judged: BaseException | bool | None = None

    def raise_for_status(self) -> None:
        """Raise what went wrong, if something did."""
        if self.error is not None:
            raise self.error
        if not self.ok:
            raise BadStatus(self)

    def success(self) -> None:
        """It counts as a success, whatever its status."""
        self._judged = True

    def failure(self, reason: Exception | str) -> None:
        """It counts as a failure, whatever its status."""
        self._judged = reason if isinstance(reason, Exception) else CatchResponseError(reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        failure = judgement(error)
        if failure is not None and (self._judged is None or isinstance(error, AssertionError)):
            self._judged = failure
        if failure is not None and self._judged is not True:
            mark_counted(error)  # of a request that has failed; where it had not, it is one of the task
        self.report()
        return isinstance(error, AssertionError)

    def report(self) -> None:
        """Tell Locust how it ended."""
        judged = self._judged
        if judged is None:
            judged = self.error or (None if self.ok else BadStatus(self))
        self._session.events.fire(**self.meta, exception=None if judged is True else judged)


class Session:
    """For one user. `recorder` counts what is sent; Locust's event tells it what has ended."""

    def __init__(
        self,
        client: Client,
        base_url: str,
        events: EventHook,
        recorder: Recorder | None,
        user: User | None = None,
    ) -> None:
        self.client = client
        self.base_url = base_url
        self.events = events
        self.cookies = RequestsCookieJar()
        self._recorder = recorder
        self._user = user
        self._prepared: dict[tuple[str, str], Prepared] = {}

    def request(
        self,
        method: str,
        url: str,
        name: str | None = None,
        data: Body = None,
        catch_response: bool = False,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        json: object = None,
        params: Mapping[str, str] | None = None,
        allow_redirects: bool = True,
        context: Mapping[str, object] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send it; what goes wrong is in the answer's `error`, as in Locust's own clients.

        Raises:
            ValueError: method, URL or a header cannot be used.
        """
        full = url if _ABSOLUTE.match(url) else f"{self.base_url}{url}"
        if params:
            full += f"{'&' if '?' in full else '?'}{urlencode(params)}"
        prepared = self._prepare(method, full, data, json, headers, auth)
        began_at, began = time.time(), time.perf_counter()
        try:
            answer = self._send(prepared, timeout, allow_redirects)
        except BaseException as error:
            if self._recorder is not None:
                self._recorder.on_break(error, began, f"{method} {name or url}")
            raise
        answer.meta = {
            "request_type": method,
            "name": name or url,
            "response_time": (answer.finished - began) * 1000,
            "response_length": answer.size,
            "response": answer,
            "context": {**(self._user.context() if self._user else {}), **(context or {})},
            "start_time": began_at,
            "url": full,
        }
        if not catch_response:
            answer.report()
        return answer

    def _send(self, prepared: Prepared, timeout: float | None, redirects: bool) -> Answer:
        if self._recorder is not None:
            self._recorder.sent += 1
        try:
            response = self.client.send(prepared, timeout, redirects=MOST_REDIRECTS if redirects else 0)
        except HttpError as error:
            return Answer(None, error, self)
        if response.may_have(b"set-cookie"):
            self._keep_cookies(response)
        return Answer(response, None, self)

    def _prepare(
        self,
        method: str,
        url: str,
        data: Body,
        json: object,
        headers: Mapping[str, str] | None,
        auth: tuple[str, str] | None,
    ) -> Prepared:
        plain = data is None and json is None and not headers and not auth and not len(self.cookies)
        key = (method, url)
        if plain and key in self._prepared:
            return self._prepared[key]
        given = dict(headers or {})
        body, usual = _body(data, json)
        if auth:
            given.setdefault("Authorization", _basic_auth_str(*auth))
        if len(self.cookies) and (cookie := get_cookie_header(self.cookies, RequestOfRequests(method, url))):
            usual["Cookie"] = cookie
        prepared = self.client.prepare(method, url, given, body, usual)
        if plain and len(self._prepared) < _PREPARED_KEPT:
            self._prepared[key] = prepared
        return prepared

    def _keep_cookies(self, response: Response) -> None:
        extract_cookies_to_jar(self.cookies, RequestOfRequests("GET", response.url), _ForCookies(response))

    def get(self, url: str, **options: Unpack[WithBody]) -> Answer:
        """GET."""
        return self.request("GET", url, **options)

    def post(self, url: str, data: Body = None, json: object = None, **options: Unpack[Options]) -> Answer:
        """POST."""
        return self.request("POST", url, data=data, json=json, **options)

    def put(self, url: str, data: Body = None, **options: Unpack[WithJson]) -> Answer:
        """PUT."""
        return self.request("PUT", url, data=data, **options)

    def patch(self, url: str, data: Body = None, **options: Unpack[WithJson]) -> Answer:
        """PATCH."""
        return self.request("PATCH", url, data=data, **options)

    def delete(self, url: str, **options: Unpack[WithBody]) -> Answer:
        """DELETE."""
        return self.request("DELETE", url, **options)

    def head(self, url: str, **options: Unpack[WithBody]) -> Answer:
        """HEAD."""
        return self.request("HEAD", url, **options)

    def options(self, url: str, **options: Unpack[WithBody]) -> Answer:
        """OPTIONS."""
        return self.request("OPTIONS", url, **options)


def _body(data: Body, json: object) -> tuple[bytes | None, dict[str, str]]:
    """The body's bytes, and its type where nobody says another."""
    if data is None and json is not None:
        return json_module.dumps(json).encode(), {"Content-Type": "application/json"}
    if isinstance(data, Mapping):
        return urlencode(data).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    return data.encode() if isinstance(data, str) else data, {}


class _ForCookies:
    """A response as requests' cookie jar wants it: http.client's headers two attributes deep."""

    def __init__(self, response: Response) -> None:
        self._original_response = self
        self.msg = self
        self._response = response

    def get_all(self, name: str, default: list[str] | None = None) -> list[str]:
        """Every header of a name, as `email.message.Message` has it."""
        wanted = name.lower().encode()
        found = [
            value.decode("latin-1") for key, value in self._response.raw_headers if key.lower() == wanted
        ]
        return found or (default or [])
