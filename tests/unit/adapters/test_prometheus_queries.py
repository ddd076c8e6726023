"""What Prometheus says over a window; a failure is part of the answer, never an exception."""

import asyncio
import gzip
import json
import math
import time
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import pytest
from requests import Response

from stresscampaigns.adapters.bounded_http import MOST_BYTES
from stresscampaigns.adapters.prometheus import BIG, PrometheusQueries
from stresscampaigns.core.observation import History, Series
from tests.unit.adapters.canned_server import CannedServer, EndlessServer, dead_url


def matrix(*series: list[list[object]]) -> bytes:
    result = [{"metric": {}, "values": values} for values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def asked(url: str) -> History:
    return asyncio.run(PrometheusQueries().history(url, "up", 100.0, 104.0, 2))


def answered(body: bytes, status: int = 200) -> History:
    with CannedServer(status, body) as server:
        return asked(server.url)


def full(value: str = "1") -> list[list[object]]:
    return [[float(moment), value] for moment in range(100, 105)]


def test_a_history_has_every_series_with_its_labels_and_times() -> None:
    told = [
        {"metric": {"pod": "a"}, "values": [[100, "1"], [102, "2.5"]]},
        {"metric": {}, "values": [[104, "3"]]},
    ]
    body = json.dumps({"status": "success", "data": {"result": told}}).encode()
    series = Series({"pod": "a"}, ((100.0, 1.0), (102.0, 2.5))), Series({}, ((104.0, 3.0),))
    assert answered(body) == History(series)


def test_no_series_is_no_error() -> None:
    assert answered(matrix()) == History()


def test_not_a_number_stays_not_a_number() -> None:
    ((_, first), (_, second)) = answered(matrix([[100.0, "NaN"], [101.0, "+Inf"]])).series[0].points
    assert math.isnan(first)
    assert second == math.inf


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
        b'{"data": {"result": [{"values": []}]}}',
    ],
)
def test_nonsense_is_an_error_and_never_a_value(body: bytes) -> None:
    answer = answered(body)
    assert answer.error
    assert answer.series == ()


def test_what_prometheus_refuses_is_said_in_its_words() -> None:
    answer = answered(b'{"status":"error","errorType":"bad_data","error":"parse error: unexpected"}', 400)
    assert (answer.error or "").endswith("answers 400 Bad Request: bad_data: parse error: unexpected")


def test_it_is_not_said_without_end() -> None:
    said = json.dumps({"status": "error", "errorType": "execution", "error": "x" * 10_000}).encode()
    assert len(answered(said, 422).error or "") < 400


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"warnings": ["receive series from store-1: unavailable", "two"]}, "receive series from store-1"),
        ({"isPartial": True}, "isPartial"),
    ],
    ids=["Thanos, Mimir, remote read", "VictoriaMetrics"],
)
def test_an_answer_that_says_of_itself_that_something_is_missing_is_none(
    told: dict[str, object], words: str
) -> None:
    answer = answered(json.dumps(json.loads(matrix(full())) | told).encode())
    assert answer.series == ()
    assert words in (answer.error or "")


@pytest.mark.parametrize(
    "told",
    [
        {"warnings": []},
        {"isPartial": False},
        {"infos": ["PromQL info: metric might not be a counter"]},
        {"warnings": ["PromQL info: metric might not be a counter"]},
    ],
    ids=["no warning", "whole", "Prometheus 3", "Prometheus 2.48"],
)
def test_one_that_is_whole_counts_whatever_else_it_says(told: dict[str, object]) -> None:
    answer = answered(json.dumps(json.loads(matrix(full())) | told).encode())
    assert (len(answer.series), answer.error) == (1, None)


def test_a_label_that_reads_like_a_warning_is_none() -> None:
    result = [{"metric": {"kind": '"warnings"'}, "values": full()}]
    assert answered(json.dumps({"status": "success", "data": {"result": result}}).encode()).error is None


def test_a_server_error_is_an_error() -> None:
    assert (answered(b"out of memory", 500).error or "").endswith("answers 500 Internal Server Error")


def test_no_redirect_is_followed_for_it_may_lead_where_nobody_may_ask() -> None:
    with CannedServer(200, matrix(full())) as elsewhere:
        with CannedServer(302, b"", {"Location": elsewhere.url}) as server:
            answer = asked(server.url)
        assert elsewhere.asked == []
    assert "302 Found: no redirect is followed, name the address where Prometheus answers" in (
        answer.error or ""
    )


def test_nobody_there_is_an_error_with_the_url() -> None:
    url = dead_url()
    assert url in (asked(url).error or "")


def test_a_history_is_asked_for_in_the_steps_that_are_given() -> None:
    with CannedServer(200, matrix()) as server:
        asked(server.url)
    ((path, query),) = server.asked
    assert path == "/api/v1/query_range"
    assert (query["start"], query["end"], query["step"]) == ("100", "104", "2")


def test_a_slash_at_the_urls_end_does_no_harm() -> None:
    with CannedServer(200, matrix(full())) as server:
        assert asked(f"{server.url}/").error is None


@pytest.mark.parametrize(("value", "ok"), [("1", True), ("2", False)])
def test_prometheus_is_there_when_it_answers_sensibly(value: str, ok: bool) -> None:
    with CannedServer(200, matrix([[0.0, value]])) as server:
        assert asyncio.run(PrometheusQueries().probe(server.url)).ok is ok


@pytest.mark.parametrize(("ahead", "seen"), [(0.0, 0.0), (60.0, 60.0), (-60.0, -60.0)])
def test_its_clock_is_off_by_what_the_questions_way_does_not_explain(ahead: float, seen: float) -> None:
    with CannedServer(200, matrix([[time.time() + ahead, "1"]])) as server:
        probe = asyncio.run(PrometheusQueries().probe(server.url))
    assert probe.clock_ahead == pytest.approx(seen, abs=30)
    assert "time" not in server.asked[0][1]


def test_what_is_no_prometheus_is_said_with_what_to_do() -> None:
    with CannedServer(200, b"<html>") as server:
        probe = asyncio.run(PrometheusQueries().probe(server.url))
    assert (probe.ok, probe.reason) == (False, "PrometheusUnavailable")
    assert "spec.prometheus.url" in probe.message


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


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def test_an_answer_without_end_fills_no_memory() -> None:
    with EndlessServer(HEAD + b"\r\n", b" " * 1_000_000) as server:
        assert (asked(server.url).error or "").endswith("answers with more than 8 MiB")


def test_nor_does_one_that_unpacks_to_more() -> None:
    packed = gzip.compress(b" " * (MOST_BYTES + 1))
    with CannedServer(200, packed, {"Content-Encoding": "gzip"}) as server:
        assert "with more than 8 MiB" in (asked(server.url).error or "")


def test_one_that_is_packed_is_read() -> None:
    with CannedServer(200, gzip.compress(matrix(full())), {"Content-Encoding": "gzip"}) as server:
        assert len(asked(server.url).series) == 1


def test_of_big_answers_one_is_read_at_a_time_for_each_takes_many_times_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, at_once = [0], []

    def read(response: Response, **_: object) -> object:
        reading[0] += 1
        at_once.append(reading[0])
        time.sleep(0.1)
        reading[0] -= 1
        return json.loads(response.content)

    async def asked_at_once(url: str) -> list[History]:
        prometheus = PrometheusQueries()
        return await asyncio.gather(*(prometheus.history(url, "up", 100.0, 104.0, 2) for _ in range(4)))

    monkeypatch.setattr(Response, "json", read)
    for size, most in ((BIG + 1, 1), (100, 4)):
        at_once.clear()
        with CannedServer(200, matrix(full()) + b" " * size) as server:
            found = asyncio.run(asked_at_once(server.url))
        assert [one.error for one in found] == [None] * 4
        assert max(at_once) <= most


@pytest.mark.parametrize(
    ("begin", "more"),
    [(HEAD + b"\r\n", b" "), (HEAD, b"A: b\r\n"), (b"HTTP/1.1 200 ", b"O")],
    ids=["body", "headers", "status"],
)
def test_who_says_a_little_now_and_then_keeps_nobody(begin: bytes, more: bytes) -> None:
    """Of our threads there are few, for the campaigns of all."""
    with EndlessServer(begin, more, pause=0.05) as server:
        found = asyncio.run(PrometheusQueries(patience=0.3).history(server.url, "up", 100.0, 104.0, 2))
    assert (found.error or "").endswith("could not be asked: Timeout")


def test_many_that_ask_at_once_leave_room_for_the_look_up_of_the_name() -> None:
    """Else each waits for the loop, which waits for one of them; and the operator with them."""

    async def asked_at_once(url: str) -> list[History]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        prometheus = PrometheusQueries(patience=5.0)
        return await asyncio.gather(*(prometheus.history(url, "up", 100.0, 104.0, 2) for _ in range(20)))

    with CannedServer(200, matrix(full())) as server:
        found = asyncio.run(asked_at_once(server.url.replace("127.0.0.1", "localhost")))
    assert [one.error for one in found] == [None] * 20


def test_a_name_that_leads_to_a_link_local_address_only_after_the_probe_is_not_asked_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its owner may let it lead elsewhere at any time."""

    async def rebound(self: object, host: str, port: int = 0, family: int = 0) -> list[dict[str, object]]:
        known = {"hostname": host, "port": port, "family": 2, "proto": 0, "flags": 0}
        return [known | {"host": one} for one in ("10.0.0.7", "169.254.169.254")]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", rebound)
    error = asked("http://prometheus.example").error or ""
    assert error.endswith("could not be asked: ConnectionError: a link-local address is never asked")


def test_a_login_is_sent_and_a_name_with_signs_in_it_too() -> None:
    with CannedServer(200, matrix(full())) as server:
        asked(server.url.replace("://", "://a%40b:s%3Aret@"))
    assert server.logins == ["Basic YUBiOnM6cmV0"]
