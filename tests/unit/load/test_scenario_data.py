"""What the built-in scenarios send where they have data, and what is said where data and parameters do not fit."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.pool import Group

from stresscampaigns.api.load_plan import PlannedScenario
from stresscampaigns.load.dispatch import Dispatcher
from stresscampaigns.load.http.connecting import Connector
from stresscampaigns.load.parameters import ScenarioError
from stresscampaigns.load.recorder import Recorder
from stresscampaigns.load.rows import Share
from stresscampaigns.load.scenarios import http, user_classes
from stresscampaigns.load.users import Means
from tests.unit.load.environment import Environment
from tests.unit.load.http.raw_server import ok, read_request, serving

ITEMS = "id,note\n7,plain\na/b,ü & co\n9,last\n"


@pytest.fixture(autouse=True)
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    for name, fresh in (("connector", Connector()), ("recorder", made), ("dispatcher", None)):
        monkeypatch.setattr(Means, name, fresh)
    monkeypatch.setattr(Means, "connections_ahead", 0)
    return made


@contextmanager
def target(closing: bool = False) -> Iterator[tuple[str, list[bytes]]]:
    """Its URL, and every request that reaches it; closing: after each answer."""
    seen: list[bytes] = []

    def handle(sock: Any) -> None:
        while request := read_request(sock):
            seen.append(request)
            sock.sendall(ok(b'{"id": 5}', *(["Connection: close"] if closing else [])))
            if closing:
                return

    with serving(handle) as url:
        yield url, seen


class Campaign:
    """Where its ConfigMaps are mounted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def scenario(
        self, name: str, text: str, key: str = "items.csv", order: str = "sequential", **parameters: object
    ) -> PlannedScenario:
        """A scenario with data of this text."""
        file = self._folder / "mine" / key
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        words = {"name": name, "parameters": parameters, "data": {"file": str(file), "order": order}}
        return PlannedScenario.model_validate(words)

    def user_class(self, url: str, name: str, text: str = ITEMS, **parameters: Any) -> Any:
        """Its users, as a worker has them."""
        (made,) = user_classes([self.scenario(name, text, **parameters)])
        made.get_ready(url)
        return made

    def live(self, iterations: int, name: str, text: str = ITEMS, **parameters: Any) -> list[bytes]:
        """What one user sends in so many iterations."""
        with target() as (url, seen):
            user = self.user_class(url, name, text, **parameters)(Environment(url))
            for _ in range(iterations):
                user.iteration()
        return seen


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    return Campaign(tmp_path)


def paths(seen: list[bytes]) -> list[str]:
    return [request.split(b" ")[1].decode() for request in seen]


def bodies(seen: list[bytes]) -> list[Any]:
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in seen]


def names(recorder: Recorder) -> dict[str, int]:
    return {one["name"]: one["count"] for entries in recorder.take().values() for one in entries}


def test_each_request_has_the_next_row_in_its_path_and_begins_again_after_the_last(
    campaign: Campaign,
) -> None:
    seen = campaign.live(4, "http", path="/items/${id}")
    assert paths(seen) == ["/items/7", "/items/a%2Fb", "/items/9", "/items/7"]


def test_statistics_know_the_template_alone(campaign: Campaign, recorder: Recorder) -> None:
    campaign.live(5, "http", path="/items/${id}")
    assert names(recorder) == {"GET /items/${id}": 5}


def test_bodies_and_headers_have_the_row_s_values(campaign: Campaign) -> None:
    body = {"note": "${note}", "list": ["$id", 1, None], "price": "$$1"}
    seen = campaign.live(2, "http", method="POST", headers={"X-Id": "${id}"}, body=body)
    assert bodies(seen)[1] == {"note": "ü & co", "list": ["a/b", 1, None], "price": "$1"}
    assert [b"X-Id: 7\r\n" in request for request in seen] == [True, False]


def test_lines_of_json_are_rows_too(campaign: Campaign) -> None:
    text = '{"id": 1, "note": "x"}\n{"id": true}\n'
    assert paths(campaign.live(2, "http", text, key="items.jsonl", path="/${id}")) == ["/1", "/true"]


def test_without_data_nothing_is_replaced(recorder: Recorder) -> None:
    with target() as (url, seen):
        words = {"name": "http", "parameters": {"method": "POST", "body": "${id} $$ $("}}
        (made,) = user_classes([PlannedScenario.model_validate(words)])
        made(Environment(url)).iteration()
    assert bodies(seen) == ["${id} $$ $("]


def test_users_of_a_worker_take_its_rows_in_turn_and_share_the_requests(campaign: Campaign) -> None:
    with target() as (url, seen):
        made = campaign.user_class(url, "http", path="/${id}")
        first, second = made(Environment(url)), made(Environment(url))
        for user in (first, second, second, first):
            user.iteration()
    assert paths(seen) == ["/7", "/a%2Fb", "/9", "/7"]
    assert first.requests is second.requests


def test_an_agent_reads_back_where_it_has_written(campaign: Campaign, recorder: Recorder) -> None:
    seen = campaign.live(2, "agent-workflow", path="/of/${id}", prompt="say ${note}", readRatio=1)
    assert paths(seen) == ["/of/7", "/of/7/5", "/of/a%2Fb", "/of/a%2Fb/5"]
    assert [body["prompt"] for body in bodies(seen[::2])] == ["say plain", "say ü & co"]
    assert names(recorder) == {"POST /of/${id}": 2, "GET /of/${id}/[id]": 2}


def test_a_session_is_looked_for_where_it_was_opened(campaign: Campaign) -> None:
    seen = campaign.live(3, "memory-pressure", path="/of/${id}", sessions=2)
    assert paths(seen[:3]) == ["/of/7", "/of/a%2Fb", "/of/a%2Fb/5"]


@pytest.mark.parametrize("name", ["database-pool", "rate-limiter"])
def test_paths_of_the_other_scenarios_are_filled(campaign: Campaign, recorder: Recorder, name: str) -> None:
    assert paths(campaign.live(2, name, path="/at/${id}")) == ["/at/7", "/at/a%2Fb"]
    ((template, count),) = names(recorder).items()
    assert (template.split(" ")[1], count) == ("/at/${id}", 2)


@pytest.mark.parametrize(("closing", "users"), [(False, 1), (False, 3), (True, 1)])
def test_every_arrival_of_the_open_model_that_is_sent_takes_one_row_and_none_is_passed_over(
    campaign: Campaign, recorder: Recorder, closing: bool, users: int
) -> None:
    """In the hub, and, where each needs a new connection, by the user's greenlet."""
    due = [number * 0.02 for number in range(20)]
    text = "id\n" + "".join(f"{number}\n" for number in range(7))
    dispatcher = Means.dispatcher = Dispatcher(iter(due), {"http": 1})
    with target(closing) as (url, seen):
        made = campaign.user_class(url, "http", text, path="/${id}")
        group = Group()
        for _ in range(users):
            made(Environment(url)).start(group)
        gevent.sleep(0.02)
        recorder.start(0.0)
        dispatcher.begin()
        with gevent.Timeout(10):
            while dispatcher.arrived < 20 or recorder.sent > recorder.completed:
                gevent.sleep(0.01)
        group.kill()
    sent = 20 - dispatcher.dropped  # for which a machine that stood still had no user
    assert sent > 7
    assert paths(seen) == [f"/{number % 7}" for number in range(sent)]


def test_one_long_row_is_enough_for_all_to_be_sent_by_greenlets(campaign: Campaign) -> None:
    with target() as (url, _):
        made = campaign.user_class(url, "http", f"id\n7\n{'x' * 5000}\n8\n", method="POST", body="${id}")
        user = made(Environment(url))
    assert len(user.request.payload) > 5000


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a column that is not there": (
        {"path": "/${customer}"},
        "data mine/items.csv: has no column for ${customer}; its columns are 'id', 'note'",
    ),
    "a dollar that begins nothing": (
        {"path": "/${id}", "headers": {"X": "$("}},
        "parameters.headers.X: a $ in",
    ),
    "no placeholder at all": (
        {"path": "/id"},
        "data: no parameter takes a value of it: write ${column} into path or",
    ),
    "a whole path in a value": (
        {"path": "${id}"},
        "parameters: path: '${id}' has to begin with /",
    ),
    "an empty file": ({"path": "/${id}", "text": ""}, "data mine/items.csv: is empty"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_does_not_fit_is_said_with_scenario_and_file(campaign: Campaign, wrong: str) -> None:
    parameters, words = WRONG[wrong]
    with pytest.raises(ScenarioError, match=re.escape(f"scenario http: {words}")):
        campaign.user_class("http://agents", "http", **parameters)


@pytest.mark.parametrize("path", ["/entries", "/of/${id}"])
def test_data_for_a_scenario_that_takes_none_are_refused(campaign: Campaign, path: str) -> None:
    words = r"^scenario set-writes: data: it takes none, as what it sends is its own: leave data out$"
    with pytest.raises(ScenarioError, match=words):
        campaign.user_class("http://agents", "set-writes", path=path)


def test_of_two_scenarios_of_one_kind_the_wrong_one_is_named(campaign: Campaign) -> None:
    good, bad = (campaign.scenario("http", ITEMS, path=path) for path in ("/${id}", "/${none}"))
    with pytest.raises(ScenarioError, match=r"^scenario http-2: data "):
        user_classes([good, bad])


@pytest.mark.parametrize("value", ['"two\nlines"', "ł"])
def test_a_value_that_no_header_can_hold_is_named_with_its_row(campaign: Campaign, value: str) -> None:
    with pytest.raises(ScenarioError, match=r"^scenario http: data: row 2 \(line \d\): "):
        campaign.user_class("http://agents", "http", f"id\n7\n{value}\n", headers={"X-Id": "${id}"})


def test_more_than_a_load_pod_can_hold_is_refused(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "MOST_BYTES", 1024 * 1024)
    text = "id\n" + "".join(f"{number}\n" for number in range(2000))
    with pytest.raises(ScenarioError, match="requests of all its 2000 rows are more than 1 MiB"):
        campaign.user_class("http://agents", "http", text, path="/${id}")


def test_a_worker_sends_its_own_rows_alone(campaign: Campaign) -> None:
    with target() as (url, seen):
        (made,) = user_classes([campaign.scenario("http", ITEMS, path="/${id}")], Share(1, 2))
        made.get_ready(url)
        user = made(Environment(url))
        for _ in range(2):
            user.iteration()
    assert paths(seen) == ["/a%2Fb"] * 2
