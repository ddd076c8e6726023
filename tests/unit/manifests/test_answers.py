"""What the operator says to a load that searches is understood there, and fits into a command line."""

from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.capacity_record import TrialAnswer
from stresscampaigns.api.trial_answers import TrialAnswered, TrialAnswers
from stresscampaigns.core.plan import planned_search
from stresscampaigns.load.__main__ import parser
from stresscampaigns.manifests.answers import answer_command
from stresscampaigns.manifests.load import LOAD_COMMAND
from tests.unit.core.builders import template, words
from tests.unit.manifests.examples import load, mounted

TRIALS, CHECKS = 50, 32
"""So many a run can have."""
OF_URL = 32 * 1024

names = st.text("abc-z0", min_size=1, max_size=40)
values = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=40)
answers = st.builds(
    TrialAnswer,
    trial=st.integers(1, TRIALS),
    broke=st.none() | st.dictionaries(names, values, max_size=3),
    unknown=st.none() | st.text(),
)


@given(st.lists(answers, max_size=5))
def test_the_loads_program_understands_what_it_is_told(said: list[TrialAnswer]) -> None:
    command = answer_command(said)
    assert command[: len(LOAD_COMMAND)] == LOAD_COMMAND
    options = parser().parse_args(command[len(LOAD_COMMAND) :])
    assert options.role == "answer"
    heard = TrialAnswers.model_validate_json(options.words).answers
    assert heard == [TrialAnswered(trial=one.trial, broke=one.broke or {}) for one in said]


def test_fifty_trials_that_broke_every_check_fit_into_one_command() -> None:
    broke = {f"{'n' * 38}{number:02}": "100 % of " + "v" * 200 for number in range(CHECKS)}
    command = answer_command(TrialAnswer(trial=number, broke=broke) for number in range(1, TRIALS + 1))
    assert len(urlencode([("command", word) for word in command])) < OF_URL
    heard = TrialAnswers.model_validate_json(command[-1]).answers
    assert [one.trial for one in heard] == list(range(1, TRIALS + 1))
    assert all(one.broke.keys() < broke.keys() for one in heard)
    assert all(one.broke for one in heard)


def test_it_is_written_where_the_coordinator_looks_and_may_write() -> None:
    """Into a folder of the pod's own: what the image holds is read-only."""
    file = parser().parse_args(answer_command([])[len(LOAD_COMMAND) :]).file
    asks = {"name": "pool", "query": "max(x)", "max": "0.9"}
    searching = template(load=words()["load"] | {"capacity": {"highest": 9}}, checks=[asks], faults=[])
    planned = planned_search(searching)
    assert planned is not None
    assert planned.answers == str(file)
    spec = load(capacity=planned.model_dump())["Job/coordinator"]["spec"]["template"]["spec"]
    volume, path = mounted(spec, "tmp")
    assert "emptyDir" in volume
    assert path == str(file.parent)
    (mount,) = [one for one in spec["containers"][0]["volumeMounts"] if one["name"] == "tmp"]
    assert mount["readOnly"] is False
