"""What Prometheus says over a window; a failure is part of the answer, never an exception."""

import asyncio
import json
import math

import pytest

from stresscampaigns.adapters.prometheus import PrometheusQueries
from stresscampaigns.core.observation import Answer, History, Series
from tests.unit.adapters.canned_server import CannedServer, dead_url


def matrix(*series: list[list[object]]) -> bytes:
    result = [{"metric": {}, "values": values} for values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def asked(url: str, start: float = 100.0, end: float = 104.0) -> Answer:
    return asyncio.run(PrometheusQueries().ask(url, "up", start, end))


def answered(body: bytes, status: int = 200) -> Answer:
    with CannedServer(status, body) as server:
        return asked(server.url)


def full(value: str = "1") -> list[list[object]]:
    return [[float(moment), value] for moment in range(100, 105)]


def test_every_sample_of_every_series_is_given() -> None:
    answer = answered(matrix(full("1"), full("2.5")))
    assert answer == Answer(values=(1.0,) * 5 + (2.5,) * 5, covered=1.0)


def test_a_hole_in_the_window_shows_in_what_is_covered() -> None:
    assert answered(matrix(full()[:3])).covered == pytest.approx(3 / 5)


def test_a_moment_is_covered_once_though_two_series_have_it() -> None:
    assert answered(matrix(full()[:2], full()[1:3])).covered == pytest.approx(3 / 5)


def test_no_series_is_no_value_and_nothing_covered() -> None:
    assert answered(matrix()) == Answer(values=(), covered=0.0)


def test_not_a_number_stays_not_a_number() -> None:
    values = answered(matrix([[100.0, "NaN"], [101.0, "+Inf"]])).values
    assert math.isnan(values[0])
    assert values[1] == math.inf


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Welcome to nginx</html>",
        b"[]",
        b"7",
        b"null",
        b'{"status": "success"}',
        b'{"status": "success", "data": {"result": null}}',
        b'{"status": "success", "data": {"result": [{"metric": {}}]}}',
        b'{"status": "success", "data": {"result": [{"values": [[1, "many"]]}]}}',
        b'{"status": "success", "data": {"result": ["up"]}}',
        b'{"status": "success", "data": {"result": [{"values": [[1]]}]}}',
    ],
)
def test_nonsense_is_an_error_and_never_a_value(body: bytes) -> None:
    answer = answered(body)
    assert answer.error
    assert answer.values == ()


def test_what_prometheus_refuses_is_said_in_its_words() -> None:
    answer = answered(b'{"status":"error","errorType":"bad_data","error":"parse error: unexpected"}', 400)
    assert "parse error: unexpected" in (answer.error or "")


def test_a_server_error_is_an_error() -> None:
    assert "HTTP Status Code 500" in (answered(b"out of memory", 500).error or "")


def test_nobody_there_is_an_error_with_the_url() -> None:
    url = dead_url()
    assert url in (asked(url).error or "")


def test_a_long_window_is_asked_in_wider_steps() -> None:
    with CannedServer(200, matrix()) as server:
        asked(server.url, 0.0, 86_400.0)
    ((path, query),) = server.asked
    assert path == "/api/v1/query_range"
    assert 86_400 / float(query["step"]) <= 1_000


def test_a_slash_at_the_urls_end_does_no_harm() -> None:
    with CannedServer(200, matrix(full())) as server:
        assert asked(f"{server.url}/").error is None


@pytest.mark.parametrize(("value", "ok"), [("1", True), ("2", False)])
def test_prometheus_is_there_when_it_answers_sensibly(value: str, ok: bool) -> None:
    with CannedServer(200, matrix([[0.0, value]])) as server:
        assert asyncio.run(PrometheusQueries().probe(server.url)).ok is ok


def test_what_is_no_prometheus_is_said_with_what_to_do() -> None:
    with CannedServer(200, b"<html>") as server:
        probe = asyncio.run(PrometheusQueries().probe(server.url))
    assert (probe.ok, probe.reason) == (False, "PrometheusUnavailable")
    assert "spec.prometheus.url" in probe.message


def looked_up(body: bytes, status: int = 200) -> History:
    with CannedServer(status, body) as server:
        return asyncio.run(PrometheusQueries().history(server.url, "up", 100.0, 104.0, 2))


def test_a_history_has_each_series_with_its_labels_and_times() -> None:
    told = {"metric": {"pod": "a"}, "values": [[100, "1"], [102, "2.5"]]}
    body = json.dumps({"status": "success", "data": {"result": [told]}}).encode()
    assert looked_up(body) == History((Series({"pod": "a"}, ((100.0, 1.0), (102.0, 2.5))),))


def test_a_history_is_asked_for_in_the_steps_that_are_given() -> None:
    with CannedServer(200, matrix()) as server:
        asyncio.run(PrometheusQueries().history(server.url, "up", 100.0, 104.0, 2))
    ((_, query),) = server.asked
    assert (query["start"], query["end"], query["step"]) == ("100", "104", "2")


@pytest.mark.parametrize(
    "body", [b"<html>", b'{"data": {"result": [{"values": []}]}}', b'{"data": {"result": [7]}}']
)
def test_a_history_that_is_nonsense_is_an_error(body: bytes) -> None:
    told = looked_up(body)
    assert told.error
    assert told.series == ()


def test_a_history_that_is_refused_is_an_error_in_prometheus_words() -> None:
    assert "parse error" in (looked_up(b'{"status":"error","error":"parse error"}', 400).error or "")


def sampled(body: bytes) -> tuple[History, list[tuple[str, dict[str, str]]]]:
    with CannedServer(200, body) as server:
        return asyncio.run(PrometheusQueries().samples(server.url, "served_total", 104.5)), server.asked


def test_a_moments_value_is_one_point() -> None:
    result = [{"metric": {"pod": "a"}, "value": [104.5, "7"]}]
    body = json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}}).encode()
    found, asked_for = sampled(body)
    assert found == History((Series({"pod": "a"}, ((104.5, 7.0),)),))
    assert asked_for == [("/api/v1/query", {"query": "served_total", "time": "104.500"})]


def test_of_a_range_every_sample_is_given_as_it_was_scraped() -> None:
    found, _ = sampled(matrix([[100.1, "1"], [103.7, "2"]]))
    assert found == History((Series({}, ((100.1, 1.0), (103.7, 2.0))),))


def test_nonsense_for_a_moment_is_an_error_too() -> None:
    assert sampled(b'{"status": "success", "data": {"result": [{"metric": {}}]}}')[0].error


@pytest.mark.parametrize("port", [1, 99999])
def test_a_login_to_prometheus_is_shown_to_nobody(port: int) -> None:
    probe = asyncio.run(PrometheusQueries().probe(f"http://ann:s3cret@127.0.0.1:{port}"))
    assert f"http://127.0.0.1:{port}" in probe.message
    assert "s3cret" not in probe.message
