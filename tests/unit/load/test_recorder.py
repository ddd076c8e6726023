"""Every request is counted once, in the second in which it completed."""

import errno
from collections import Counter
from collections.abc import Iterator

import pytest
from gevent import GreenletExit, getcurrent
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.load.recorder import Recorder, failure_kind, is_counted
from stresscampaigns.stats.histogram import decode, percentile_us

STARTED = 1_000_000.0


@pytest.fixture(autouse=True)
def _no_requests_of_others() -> Iterator[None]:
    """The greenlet in which tests run remembers the last one whose end it saw."""
    vars(getcurrent()).pop("stress_told", None)
    yield
    vars(getcurrent()).pop("stress_told", None)


class Clock:
    """Shows the time that it is told."""

    now = STARTED

    def __call__(self) -> float:
        return self.now


class Response:
    """An answer with a status."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class HttpError(Exception):
    """As HTTP clients raise it: with the response."""

    def __init__(self, status_code: int) -> None:
        super().__init__("the words may differ from request to request")
        self.response = Response(status_code)


class CatchResponseError(Exception):
    """Named as Locust's own."""


def recorder() -> tuple[Recorder, Clock]:
    clock = Clock()
    made = Recorder(clock)
    made.start(STARTED)
    return made, clock


def test_a_request_belongs_to_the_second_in_which_it_completed() -> None:
    made, clock = recorder()
    clock.now = STARTED + 3.999
    made.on_request("GET", "/", response_time=2500.0)
    ((second, (counted,)),) = made.take().items()
    assert (second, counted["name"], counted["count"]) == (3, "GET /", 1)


@pytest.mark.parametrize("before", [0.5, 30.0])
def test_what_completes_before_the_start_by_this_clock_is_counted_in_the_first_second(before: float) -> None:
    made, clock = recorder()
    clock.now = STARTED - before
    made.on_request("GET", "/", response_time=1.0)
    assert list(made.take()) == [0]


def test_latency_keeps_its_microseconds() -> None:
    made, _ = recorder()
    made.on_request("GET", "/", response_time=0.123)
    (counted,) = made.take()[0]
    assert percentile_us(decode(counted["histogram"]), 100) == 123


def test_taking_leaves_nothing_behind() -> None:
    made, _ = recorder()
    made.on_request("GET", "/", response_time=1.0)
    assert made.take() != {}
    assert made.take() == {}


def test_what_ends_while_a_report_is_made_is_for_the_next_one() -> None:
    made, _ = recorder()
    made.on_request("GET", "/", response_time=1.0)
    taken = made.take(pause=lambda: made.on_request("GET", "/", response_time=1.0))
    assert [one["count"] for one in taken[0]] == [1]
    assert [one["count"] for one in made.take()[0]] == [2]


requests = st.tuples(st.integers(0, 9), st.sampled_from(["/a", "/b"]), st.booleans())


@given(st.lists(st.one_of(requests, st.none())))
def test_nothing_is_lost_or_counted_twice_whenever_it_is_taken(
    steps: list[tuple[int, str, bool] | None],
) -> None:
    made, clock = recorder()
    wanted: Counter[tuple[int, str]] = Counter()
    found: Counter[tuple[int, str]] = Counter()
    failed = 0
    for step in [*steps, None]:
        if step is None:
            for second, entries in made.take().items():
                for entry in entries:
                    found[second, entry["name"]] += entry["count"]
                    failed += sum(entry["failures"].values())
                    assert decode(entry["histogram"]).get_total_count() == entry["count"]
            continue
        second, name, fails = step
        clock.now = STARTED + second + 0.5
        wanted[second, f"GET {name}"] += 1
        made.on_request("GET", name, 5.0, ValueError("x") if fails else None)
    assert found == wanted
    assert failed == sum(step[2] for step in steps if step)


@pytest.mark.parametrize(
    ("exception", "kind"),
    [
        (HttpError(503), "HTTP 503"),
        (ConnectionResetError("by 10.0.0.7:4711"), "ConnectionResetError"),
        (CatchResponseError("the answer holds no id"), "CatchResponseError: the answer holds no id"),
        (AssertionError("no id\nassert 7 == 8"), "AssertionError: no id"),
        (AssertionError(), "AssertionError"),
        (GreenletExit(), "CutOff"),
    ],
)
def test_failures_are_named_so_that_equal_ones_add_up(exception: Exception, kind: str) -> None:
    assert failure_kind(exception) == kind


def test_a_scenarios_own_words_are_cut_off() -> None:
    assert len(failure_kind(CatchResponseError("x" * 5000))) == 120


class Answer(Response):
    """An answer of a client that has counted its request when it was sent."""

    stress_begun = True


def test_an_answer_whose_request_was_counted_when_it_was_sent_is_not_counted_as_sent_again() -> None:
    made, _ = recorder()
    made.sent += 1
    made.on_request("GET", "/", 1.0, response=Answer(200))
    assert (made.sent, made.completed, made.wire.answered) == (1, 1, 1)


def test_a_client_that_raises_ends_its_request_unless_the_end_was_told_before() -> None:
    made, clock = recorder()
    made.on_break(GreenletExit(), began=STARTED, name="GET /")
    made.on_request("GET", "/", 1.0, response=Answer(200))
    made.on_break(GreenletExit(), began=STARTED, name="GET /")
    clock.now += 1
    made.on_break(ValueError(), began=STARTED + 0.5, name="GET /")
    (first,), (second,) = made.take().values()
    assert (first["count"], first["failures"]) == (2, {"CutOff": 1})
    assert (second["count"], second["failures"]) == (1, {"ValueError": 1})


def test_what_was_counted_as_a_requests_failure_is_known_by_itself_and_by_its_answer() -> None:
    made, _ = recorder()
    told, answer = ValueError(), Answer(500)
    made.on_request("GET", "/", 1.0, told, answer)
    later = HttpError(500)
    later.response = answer
    assert [is_counted(one) for one in (told, later, HttpError(500), ValueError())] == [
        True,
        True,
        False,
        False,
    ]


def test_an_error_outside_of_requests_is_no_request() -> None:
    made, _ = recorder()
    made.on_error("task visit", "KeyError")
    (counted,) = made.take()[0]
    assert (made.sent, made.completed, counted["count"]) == (0, 0, 0)
    assert (counted["name"], counted["errors"]) == ("task visit", {"KeyError": 1})


def test_what_a_load_pod_has_not_is_called_so_whoevers_client_it_was() -> None:
    made, _ = recorder()
    made.on_request("GET", "/", 1.0, OSError(errno.EADDRNOTAVAIL, "no port"))
    (counted,) = made.take()[0]
    assert counted["failures"] == {"NoSocketLeft": 1}
