"""What keeps a bad revision from being rolled out: it is waited for, and told when there is no time left."""

from typing import Any

import pytest

from stresscampaigns.core.actions import RollOut
from stresscampaigns.core.deployments import Template, TemplateContainer
from stresscampaigns.core.rollout import Look, chosen, rollout_step, why_not
from tests.unit.core.builders import FAULT_END, FAULT_START
from tests.unit.core.rollouts import AGENTS, CHOSEN, CLOSED, GONE, RUN, deployment, fault, look, rolled_out

BESIDE = TemplateContainer("beside", "beside:1")
OTHERS_NOTE = (rolled_out().rollback or "").replace(RUN, "uid-other")
IN_THE_WAY: list[tuple[Any, dict[str, Any], str]] = [
    (GONE, {}, "there is no Deployment agents in namespace staging"),
    (CLOSED, {}, "the operator may not"),
    (None, {}, "was not looked at"),
    (deployment(paused=True), {}, "is paused: nothing would be rolled out"),
    (deployment(replicas=0), {}, "has no replicas"),
    (deployment(updated=1), {}, "1 of 3 pods are of the newest revision"),
    (deployment(total=4), {}, "1 pods of an older revision are still there"),
    (deployment(available=2), {}, "2 of 3 pods are available"),
    (deployment(observed_generation=2), {}, "its controller has not seen its newest state"),
    (deployment(rollback=OTHERS_NOTE), {}, "of fault bad of the run with UID uid-other"),
    (deployment(rollback="by hand"), {}, "has the annotation stresscampaigns.dev/rollback already; wait"),
    (deployment(), {"target": {"container": "main"}}, "has no container main, but agents"),
    (deployment(template=Template((AGENTS, BESIDE))), {}, "has containers agents, beside: say which"),
    (deployment(), {"env": {"URL": "http://$(HOST)"}}, "has all that already"),
    (deployment(), {"env": None, "image": "agents:1"}, "has all that already"),
]


@pytest.mark.parametrize(("found", "changes", "words"), IN_THE_WAY, ids=[one[2][:30] for one in IN_THE_WAY])
def test_what_is_in_the_way_is_waited_for_until_its_time_and_then_told(
    found: Any, changes: dict[str, Any], words: str
) -> None:
    asked_for = fault(**changes)
    assert words in (why_not(asked_for, found) or "")
    early, late = (
        Look(RUN, asked_for, found, (), now, FAULT_START, FAULT_END) for now in (FAULT_START - 1, FAULT_START)
    )
    assert chosen(early, None) is None
    refused = chosen(late, None)
    assert refused
    assert (refused.pod, refused.outcome) == ("agents", "Refused")
    assert words in (refused.message or "")
    pod, actions = rollout_step(CHOSEN, late)
    assert (pod.outcome, actions) == ("Refused", ())


def test_one_of_several_containers_can_be_named() -> None:
    found = deployment(template=Template((BESIDE, AGENTS)))
    named = Look(RUN, fault(target={"container": "agents"}), found, (), FAULT_START, FAULT_START, FAULT_END)
    _, (action,) = rollout_step(CHOSEN, named)
    assert isinstance(action, RollOut)
    assert action.rollback.container == "agents"


def test_where_too_many_pods_would_be_hit_it_is_refused() -> None:
    assert chosen(look(deployment(), FAULT_START - 1), "too many") is None
    refused = chosen(look(deployment(), FAULT_START), "too many")
    assert refused
    assert (refused.outcome, refused.message) == ("Refused", "too many")
