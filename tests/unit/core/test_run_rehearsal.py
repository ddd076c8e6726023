"""A run that is a rehearsal: it goes by the compressed time, and says so wherever it says anything."""

from dataclasses import replace

import pytest

from stresscampaigns.api.load_events import Started
from stresscampaigns.api.run import Rehearsal, StressRunStatus
from stresscampaigns.core import runs
from stresscampaigns.core.actions import InjectFault
from stresscampaigns.core.injection import LEAD
from stresscampaigns.core.observation import LoadView, Probe
from stresscampaigns.core.progress import RunView
from tests.unit.core.builders import T0, run, seen, told, under_load

MARK = "rehearsal (2x faster): "
ON = LoadView(True, events=(Started(at=T0),))


def rehearsal(status: StressRunStatus | None = None) -> RunView:
    """50 s in place of 100: the fault, from 50 s to 60 s, is in force from 25 s to 30 s."""
    real = run(status)
    words = {"trigger": "Rehearsal", "rehearsal": Rehearsal(length="50s", speed="2x")}
    return replace(real, spec=real.spec.model_copy(update=words))


def test_the_campaigns_own_words_stay_and_the_time_that_is_gone_by_is_compressed() -> None:
    one = rehearsal()
    assert one.spec.template == run().template
    assert one.template.load.total_seconds == 50


def test_its_timeline_begins_with_what_it_is() -> None:
    status = runs.decide(rehearsal(), seen(T0)).status
    first = (status.timeline or [])[0]
    assert (first.event, first.detail) == ("Rehearsal", "1m40s in 50s, 2x faster: it is no evidence")


def test_every_message_event_and_condition_says_it_once() -> None:
    silent = Probe(False, "PrometheusUnavailable", "it does not answer")
    first = runs.decide(rehearsal(), seen(T0, prometheus=silent))
    again = runs.decide(rehearsal(first.status), seen(T0 + 999, prometheus=silent))
    over = runs.decide(rehearsal(again.status), seen(T0 + 1000, load=LoadView()))
    for decision in (first, again, over):
        messages = [decision.status.message or "", *(said.message for said in decision.said)]
        assert all(message.startswith(MARK) and message.count(MARK) == 1 for message in messages)
    passed = next(one for one in over.status.conditions or [] if one.type == "Passed")
    assert passed.message.startswith(MARK)


def test_a_real_run_says_nothing_of_rehearsals() -> None:
    decision = runs.decide(run(), seen(T0))
    assert "rehearsal" not in (decision.status.message or "")
    assert all(entry.event != "Rehearsal" for entry in decision.status.timeline or [])


@pytest.mark.parametrize(("now", "count"), [(T0 + 25 - LEAD - 1, 0), (T0 + 25, 1)])
def test_its_fault_comes_at_the_compressed_time(now: float, count: int) -> None:
    one = rehearsal(under_load())
    load = LoadView(True, events=(*ON.events, told(24)))
    chosen = runs.decide(one, seen(now, load=load))
    put_in = runs.decide(rehearsal(chosen.status), seen(now, load=load))
    injected = [action for action in put_in.actions if isinstance(action, InjectFault)]
    assert [(action.start - T0, action.end - T0) for action in injected] == [(25, 30)][:count]


def test_it_is_overdue_by_the_compressed_time() -> None:
    status = runs.decide(rehearsal(under_load()), seen(T0 + 50 + 91, load=ON)).status
    assert (status.message or "").startswith(f"{MARK}LoadOverdue")
