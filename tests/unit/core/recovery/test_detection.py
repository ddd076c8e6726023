"""When monitoring noticed a fault, by the campaign's own query."""

import math

import pytest

from stresscampaigns.core.observation import History, Series
from stresscampaigns.core.recovery.detection import Detection, detection_questions, detections, key
from tests.unit.core.builders import CUT, LOAD_END, T0, template

ALERT = 'ALERTS{alertname="DatabaseDown",alertstate="firing"}'


def noticed(*points: tuple[float, float], error: str | None = None) -> Detection:
    series = (Series({}, tuple((T0 + at, value) for at, value in points)),) if points else ()
    return detections({key("cut"): History(series, error)}, {"cut": T0 + 50.4, "other": T0})["cut"]


def test_prometheus_is_asked_from_the_faults_start_to_the_loads_end() -> None:
    asked = detection_questions(template(faults=[{**CUT, "detected": ALERT}]), T0, LOAD_END)
    (question,) = asked.values()
    assert (question.query, question.start, question.end, question.step) == (ALERT, T0 + 50, LOAD_END, 1)
    assert detection_questions(template(), T0, LOAD_END) == {}
    assert detection_questions(template(faults=[{**CUT, "detected": ALERT}]), T0, T0 + 40) == {}


def test_the_first_value_other_than_zero_is_the_detection() -> None:
    found = noticed((50, 0), (51, math.nan), (52, 0), (54, 1), (55, 1))
    assert (found.at, found.words) == (T0 + 54, "3.6s after it was in force")


def test_a_value_in_the_second_in_which_the_fault_came_counts_as_at_once() -> None:
    assert noticed((50, 1)).words == "0ms after it was in force"


@pytest.mark.parametrize("points", [(), ((60.0, 0.0),), ((49.0, 1.0),)])
def test_what_never_had_a_value_was_not_detected(points: tuple[tuple[float, float], ...]) -> None:
    assert noticed(*points) == Detection(None, "not detected while the load was on")


def test_a_prometheus_that_does_not_answer_leaves_it_open() -> None:
    assert noticed(error="503") == Detection(None, "not known: 503")
