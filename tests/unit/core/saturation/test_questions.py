"""What Prometheus is asked: about these pods, and so that no peak falls through."""

import re

from stresscampaigns.core.saturation.questions import (
    MOST_PODS,
    OWN_CONTAINERS,
    Question,
    questions,
    selector,
)
from stresscampaigns.manifests.names import container_name
from tests.unit.core.builders import T0, template
from tests.unit.core.saturation.histories import POOL


def asked(seconds: float = 100.0) -> dict[str, Question]:
    return questions(template(saturation=[POOL]), "staging", ["agents-0"], T0, T0 + seconds)


def test_the_targets_pods_are_picked_by_namespace_and_name() -> None:
    assert selector("staging", ["b-1", "a.x"]) == r'namespace="staging",pod=~"a\\.x|b\\-1"'


def test_a_name_cannot_break_out_of_its_quotes() -> None:
    assert selector('x"} or up{a="', []) == r'namespace="x\"} or up{a=\"",pod=~""'


def test_no_query_grows_without_bound() -> None:
    names = [f"agents-{number:04}" for number in range(1000)]
    assert selector("staging", names).count("|") == MOST_PODS - 1


def test_a_short_load_is_asked_second_by_second_as_written() -> None:
    question = asked()["db-pool/used"]
    assert (question.query, question.start, question.end, question.step) == ("sum(in_use)", T0, T0 + 100, 1)


def test_over_a_day_the_highest_value_between_two_samples_is_asked_for() -> None:
    question = asked(86_400.0)["db-pool/used"]
    assert question.query == "max_over_time((sum(in_use)\n)[87s:8s])"
    assert question.step == 87


def test_a_limit_is_asked_for_as_it_is_written() -> None:
    assert asked(86_400.0)["db-pool/limit"].query == "sum(size)"


def test_how_many_wait_and_for_how_long_is_asked_for_at_its_highest() -> None:
    assert asked()["db-pool/waiting"].query == "sum(waiting)"
    assert asked(86_400.0)["db-pool/waitTime"].query == "max_over_time((max(wait_seconds)\n)[87s:8s])"


def test_everything_that_is_built_in_is_asked_of_the_targets_pods_alone() -> None:
    built_in = [one.query for key, one in asked().items() if not key.startswith("db-pool")]
    assert len(built_in) == 6
    for query in built_in:
        assert query.count("{") == query.count('{namespace="staging",pod=~"agents\\\\-0"')


def test_what_two_jobs_scrape_is_not_twice_in_use() -> None:
    assert "(max by (pod, container) (sum without (cpu) (rate(" in asked()["cpu/used"].query


def test_the_sidecars_of_faults_are_no_part_of_the_target() -> None:
    assert f'container!~"|POD|{OWN_CONTAINERS}"' in asked()["memory/used"].query
    assert re.fullmatch(OWN_CONTAINERS, container_name("uid of a run", "cut"))
    assert not re.fullmatch(OWN_CONTAINERS, "stress-add-on")
