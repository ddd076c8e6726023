"""When monitoring noticed a fault, by the campaign's own query."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stresscampaigns.core.observation import History, Series
from stresscampaigns.core.recovery.detection import Detection, detection_questions, detections, key
from tests.unit.core.builders import CHECKS, CUT, LOAD_END, T0, template

ALERT = 'ALERTS{alertname="DatabaseDown",alertstate="firing"}'


Points = tuple[tuple[float, float], ...]
ASKED = detection_questions(template(faults=[{**CUT, "detected": ALERT}]), T0, LOAD_END)


def noticed(*points: tuple[float, float], other: Points = (), error: str | None = None) -> Detection:
    series = tuple(Series({}, tuple((T0 + at, value) for at, value in one)) for one in (points, other) if one)
    return detections(ASKED, {key("cut"): History(series, error)}, {"cut": T0 + 50.4, "other": T0})["cut"]


def test_prometheus_is_asked_from_just_before_the_faults_start_to_the_loads_end() -> None:
    (question,) = ASKED.values()
    assert (question.query, question.start, question.end, question.step) == (ALERT, T0 + 48, LOAD_END, 1)
    assert detection_questions(template(), T0, LOAD_END) == {}
    assert detection_questions(template(faults=[{**CUT, "detected": ALERT}]), T0, T0 + 40) == {}


def test_the_first_value_other_than_zero_is_the_detection() -> None:
    found = noticed((50, 0), (51, math.nan), (52, 0), (54, 1), (55, 1))
    assert (found.at, found.words) == (T0 + 54, "3.6s after it was in force")


def test_a_value_in_the_second_in_which_the_fault_came_counts_as_at_once() -> None:
    assert noticed((50, 1)).words == "0ms after it was in force"


BEFORE = "not known: `detected` had a value before the fault already"


@pytest.mark.parametrize("points", [((49, 1), (50, 1)), ((48, 1), (49, 1), (50, 1), (51, 1), (52, 0))])
def test_what_an_earlier_fault_has_set_off_does_not_detect_this_one(points: Points) -> None:
    assert noticed(*points) == Detection(None, BEFORE)


@pytest.mark.parametrize("gone", [(), ((51, 0), (52, 0)), ((51, math.nan),)])
def test_once_it_is_gone_it_detects_again(gone: Points) -> None:
    assert noticed((49, 1), (50, 1), *gone, (53, 1), (54, 1)).at == T0 + 53


def test_beside_a_series_that_was_there_already_another_one_detects() -> None:
    assert noticed((49, 1), (50, 1), (51, 1), other=((52, 1), (53, 1))).at == T0 + 52


def test_in_a_long_load_samples_that_are_far_apart_are_one_after_the_other() -> None:
    cut = {**CUT, "at": "1h", "detected": ALERT}
    day = {"stages": [{"name": "day", "users": 1, "duration": "3h"}], "scenarios": [{"name": "http"}]}
    asked = detection_questions(template(faults=[cut], load=day, checks=CHECKS[:1]), T0, T0 + 3 * 3600)
    assert asked[key("cut")].step == 8
    points = tuple((T0 + 3600 + at, 1.0) for at in (-8, 0, 8))
    found = detections(asked, {key("cut"): History((Series({}, points),))}, {"cut": T0 + 3600})
    assert found["cut"] == Detection(None, BEFORE)


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(-1, 1), st.sampled_from([0.0, 3600.0]))
def test_an_alert_that_always_fires_detects_nothing_whenever_the_load_began(
    fraction: float, late: float, longer: float
) -> None:
    """Prometheus is asked for whole seconds, to which its client rounds; clocks may differ by a second."""
    began, end = T0 + fraction, T0 + 300 + longer
    (question,) = detection_questions(template(faults=[{**CUT, "detected": ALERT}]), began, end).values()
    moments = range(round(question.start), round(end) + 1, question.step)
    fires = History((Series({}, tuple((float(at), 1.0) for at in moments)),))
    found = detections({key("cut"): question}, {key("cut"): fires}, {"cut": began + 50 + late})
    assert found["cut"] == Detection(None, BEFORE)


def test_in_a_long_load_one_that_began_before_the_fault_is_not_taken_for_its_doing() -> None:
    cut = {**CUT, "at": "1h", "detected": ALERT}
    day = {"stages": [{"name": "day", "users": 1, "duration": "24h"}], "scenarios": [{"name": "http"}]}
    end, fires_from = T0 + 24 * 3600, T0 + 3600 - 40
    asked = detection_questions(template(faults=[cut], load=day, checks=CHECKS[:1]), T0, end)
    moments = range(round(asked[key("cut")].start), round(end) + 1, asked[key("cut")].step)
    fires = Series({}, tuple((float(at), 1.0) for at in moments if at >= fires_from))
    found = detections(asked, {key("cut"): History((fires,))}, {"cut": T0 + 3600})
    assert found["cut"] == Detection(None, BEFORE)


@pytest.mark.parametrize("points", [(), ((60.0, 0.0),), ((49.0, 1.0),)])
def test_what_never_had_a_value_was_not_detected(points: tuple[tuple[float, float], ...]) -> None:
    assert noticed(*points) == Detection(None, "not detected while the load was on")


def test_a_prometheus_that_does_not_answer_leaves_it_open() -> None:
    assert noticed(error="503") == Detection(None, "not known: 503")
