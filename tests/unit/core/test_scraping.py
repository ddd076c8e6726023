"""When nothing was scraped: what Prometheus fills in then was never seen."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.core.observation import History, Series
from stresscampaigns.core.scraping import LOOKBACK, Holes, holes, is_silent, scraping_question

START, END = 10_000.0, 10_600.0


def told(scrapes: list[float], step: int = 1, of: str = "all", end: float = END) -> Series:
    """At each moment the latest scrape, as Prometheus tells it: for five minutes, and then no more."""
    asked = scraping_question("staging", START, end, step)
    moments = [asked.start + number * step for number in range(int((end - asked.start) // step) + 1)]
    latest = [(at, max((one for one in scrapes if one <= at), default=-math.inf)) for at in moments]
    return Series({"of": of}, tuple((at, one) for at, one in latest if at - one < LOOKBACK))


def every(interval: float, *away: tuple[float, float]) -> list[float]:
    """Scrapes at this interval, but for those while Prometheus was away."""
    number = int((END - START + LOOKBACK) // interval)
    moments = (START - LOOKBACK + 0.3 + index * interval for index in range(number + 1))
    return [at for at in moments if not any(since <= at < until for since, until in away)]


def found(*series: Series, step: int = 1) -> Holes:
    return holes(History(series), scraping_question("staging", START, END, step))


def length(of: Holes) -> float:
    return sum(until - since for since, until in of.stretches)


@pytest.mark.parametrize("interval", [1.0, 5.0, 15.0, 30.0, 60.0, 120.0])
def test_where_prometheus_scrapes_at_its_interval_there_is_no_hole(interval: float) -> None:
    assert found(told(every(interval))).stretches == ()


@pytest.mark.parametrize("interval", [1.0, 5.0, 15.0, 30.0])
def test_a_minute_without_prometheus_is_a_hole_though_its_lookback_fills_it(interval: float) -> None:
    away = (START + 200, START + 260)
    ((since, until),) = found(told(every(interval, away))).stretches
    assert away[0] - interval < since - 1.5 * interval - 2 <= away[0]
    assert away[1] - 1 <= until <= away[1] + interval


def test_a_hole_longer_than_the_lookback_is_a_hole_to_its_end() -> None:
    away = (START + 100, START + 100 + LOOKBACK + 90)
    ((since, until),) = found(told(every(1.0, away))).stretches
    assert since == pytest.approx(START + 100, abs=4)
    assert until == pytest.approx(away[1], abs=1)


def test_one_that_does_not_come_back_leaves_a_hole_to_the_end() -> None:
    ((_, until),) = found(told(every(1.0, (START + 100, math.inf)))).stretches
    assert until == END


def test_a_hole_of_those_who_scrape_the_target_is_one_though_others_scrape_on() -> None:
    away = (START + 200, START + 260)
    own = told(every(1.0, away), of="target")
    assert length(found(told(every(1.0)), own)) == pytest.approx(60, abs=6)


def test_targets_that_are_taken_away_leave_no_hole() -> None:
    """Prometheus writes then that their series have ended: there is no latest scrape any more."""
    own = told(every(1.0), of="target")
    ended = Series(own.labels, tuple(point for point in own.points if point[0] < START + 100))
    assert found(told(every(1.0)), ended).stretches == ()


def test_scrapes_that_come_in_bursts_are_no_holes() -> None:
    bursts = sorted(at + offset for at in every(60.0) for offset in (0.0, 0.4, 1.1, 2.0))
    assert found(told(bursts)).stretches == ()


def test_of_a_long_load_a_hole_is_seen_in_coarser_steps_too() -> None:
    away = (START + 200, START + 260)
    assert length(found(told(every(1.0, away), step=7), step=7)) == pytest.approx(45, abs=10)


def silent(*series: Series, since: float, until: float, step: int = 1) -> bool:
    """Was nothing scraped between these moments, from the start of the load?"""
    return is_silent(found(*series, step=step).silences, START + since, START + until)


@pytest.mark.parametrize("interval", [15.0, 30.0, 60.0])
def test_within_a_window_shorter_than_the_interval_nothing_may_have_been_scraped(interval: float) -> None:
    scrapes = told([START + number * interval for number in range(-5, 40)])
    assert silent(scrapes, since=interval + 0.5, until=interval + 10.2)
    assert not silent(scrapes, since=interval - 3, until=interval + 10.2)
    assert not silent(scrapes, since=interval + 0.5, until=2 * interval + 1)


@pytest.mark.parametrize(("before", "is_silent"), [(9.0, True), (11.0, True), (13.0, False)])
def test_a_scrape_at_a_windows_very_beginning_tells_nothing_of_the_rest(
    before: float, is_silent: bool
) -> None:
    """In a window of 10 s; 15 s later is the next one."""
    scrapes = told([START + number * 15 for number in range(-20, 40)])
    start = 15 * 6 + 10 - before
    assert silent(scrapes, since=start, until=start + 10) is is_silent


def test_scrapes_of_others_in_the_namespace_are_none_of_the_targets_pods() -> None:
    """Such as the load's own, which tell at other times; of several pods it is the longest ago that counts."""
    others, pods = told(every(1.0), of="target"), told(every(15.0), of="pods")
    assert silent(told(every(1.0)), others, pods, since=15.5, until=24)
    assert not silent(told(every(1.0)), others, since=15.5, until=24)
    assert found(told(every(1.0)), others, told(every(60.0), of="pods")).stretches == ()


def test_the_pods_are_asked_about_by_their_names_each_by_itself_however_many_jobs_scrape_it() -> None:
    asked = scraping_question("staging", START, END, 1, {"agents-1", "agents-0"}).query
    of_pods = r'min(max by (pod) (timestamp(up{namespace="staging",pod=~"agents\\-0|agents\\-1"})))'
    assert asked.endswith(f' or label_replace({of_pods}, "of", "pods", "", "")')
    assert "pods" not in scraping_question("staging", START, END, 1).query


def test_what_is_scraped_elsewhere_tells_nothing_of_the_target() -> None:
    own = told([START + number * 60 for number in range(-5, 10)], of="target")
    assert silent(told(every(1.0)), own, since=65, until=75)
    assert not silent(told(every(1.0)), since=65, until=75)


def test_of_no_window_that_ends_between_the_steps_it_is_said() -> None:
    scrapes = [START + number * 30 for number in range(-10, 21)]
    assert silent(told(scrapes, step=20), since=61, until=79, step=20)
    assert not silent(told(scrapes, step=20), since=61, until=85, step=20)


@settings(deadline=None, max_examples=60)
@given(st.floats(1, 90), st.floats(0, 500), st.floats(1, 90), st.sampled_from([1, 7]))
def test_nobody_is_called_silent_who_was_scraped(
    interval: float, since: float, length_: float, step: int
) -> None:
    scrapes, until = every(interval), since + length_
    if silent(told(scrapes, step=step), since=since, until=until, step=step):
        seen = since + (until - since) / 5
        assert not any(START + seen <= at <= START + math.floor(until) for at in scrapes)


def test_where_nobody_knows_of_holes_there_is_no_history_either() -> None:
    unseen = holes(History(error="503"), scraping_question("staging", START, END, 1))
    assert unseen.without(History((Series({}, ((START, 1.0),)),))) == History(error="503")
    assert unseen.without(History(error="timed out")).error == "timed out"


def test_without_any_scrape_nothing_is_known_of_holes() -> None:
    assert found().stretches == ()


@settings(deadline=None, max_examples=40)
@given(st.sampled_from([1.0, 5.0, 15.0]), st.floats(0, 500), st.floats(0, 600))
def test_what_is_left_was_seen_within_two_intervals_and_nothing_else_is_dropped(
    interval: float, since: float, away: float
) -> None:
    scrapes = every(interval, (START + since, START + since + away))
    filled = Series({}, tuple((float(at), 1.0) for at in range(int(START), int(END) + 1)))
    (left,) = found(told(scrapes)).without(History((filled,))).series
    kept = {at for at, _ in left.points}
    for at, _ in filled.points:
        age = at - max((one for one in scrapes if one <= at), default=-math.inf)
        assert at not in kept or age <= 1.5 * interval + 3
        assert at in kept or age > interval
