"""The plan that the load pods follow, and the windows that checks look at."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.load_plan import LoadPlan
from stresscampaigns.core.plan import load_plan, named_windows, stage_windows, window_bounds
from stresscampaigns.load.stages import all_windows
from tests.unit.core.builders import CHECKS, CUT, template

TEMPLATE = template()


def plan(**changes: object) -> LoadPlan:
    return load_plan(template(**changes), "weekly-g1", "weekly", "staging")


def test_stages_follow_each_other_without_a_gap() -> None:
    assert stage_windows(TEMPLATE) == {"low": (0, 40), "high": (40, 100)}


@given(st.lists(st.integers(1, 600_000), min_size=1, max_size=6))
def test_windows_end_at_the_very_millisecond_for_load_and_operator_alike(lengths: list[int]) -> None:
    """24.4 + 12.2 + 24.4 is a little less than 61, as floats, and the 61st second would lie in no stage."""
    stages = [{"name": f"s{n}", "users": 1, "duration": f"{ms}ms"} for n, ms in enumerate(lengths)]
    asked = template(load={**TEMPLATE.load.to_wire(), "stages": stages}, faults=None, checks=CHECKS[:1])
    ends = [milliseconds / 1000 for milliseconds in accumulate(lengths)]
    assert [end for _, end in stage_windows(asked).values()] == ends
    assert asked.load.total_seconds == ends[-1]
    planned = load_plan(asked, "weekly-g1", "weekly", "staging").stages
    assert [window.end for window in all_windows(planned, [])] == [ends[-1], *ends]


@given(st.integers(0, 600_000), st.integers(1, 600_000))
def test_a_fault_ends_at_the_very_millisecond_too(at: int, length: int) -> None:
    asked = template(faults=[{**CUT, "at": f"{at}ms", "duration": f"{length}ms"}])
    assert named_windows(asked)["cut"] == (at / 1000, (at + length) / 1000)


def test_a_fault_has_a_window_and_the_time_after_it_another() -> None:
    assert named_windows(TEMPLATE) == {"cut": (50, 60), "after:cut": (60, 100)}


@pytest.mark.parametrize(
    ("name", "bounds"),
    [("whole", (0, 100)), ("high", (40, 100)), ("cut", (50, 60)), ("after:cut", (60, 100))],
)
def test_every_window_that_a_check_can_name_has_its_bounds(name: str, bounds: tuple[float, float]) -> None:
    assert window_bounds(TEMPLATE, name) == bounds


def test_a_window_that_does_not_exist_is_no_window() -> None:
    with pytest.raises(KeyError):
        window_bounds(TEMPLATE, "nowhere")


def test_the_pods_get_stages_in_seconds() -> None:
    stages = [(stage.name, stage.users, stage.ramp, stage.duration) for stage in plan().stages]
    assert stages == [("low", 5, 0.0, 40.0), ("high", 20, 10.0, 60.0)]


def test_the_pods_get_the_windows_of_the_faults() -> None:
    windows = [(window.name, window.start, window.end) for window in plan().windows]
    assert windows == [("cut", 50, 60), ("after:cut", 60, 100)]


def test_a_fault_that_ends_with_the_load_leaves_no_window_after_it() -> None:
    assert [window.name for window in plan(faults=[CUT | {"duration": "50s"}]).windows] == ["cut"]


def test_the_pods_get_the_seconds_before_the_faults_that_the_operator_is_to_hear_of() -> None:
    early = CUT | {"name": "early", "at": "3s"}
    at_once = CUT | {"name": "at-once", "at": "0s"}
    unasked = CUT | {"name": "unasked", "at": "80s", "when_not_steady": "Inject"}
    told = plan(faults=[CUT, early, at_once, unasked]).before_faults
    assert [(one.name, one.start, one.end) for one in told] == [("cut", 45, 50), ("early", 0, 3)]


def test_without_faults_there_are_no_windows_of_faults() -> None:
    assert plan(faults=None).windows == []


def test_a_scenario_keeps_its_weight_and_the_spelling_of_its_settings() -> None:
    scenario = {"name": "http", "weight": 3, "parameters": {"thinkTime": "1s", "path": "/x"}}
    load = {"stages": [{"name": "low", "users": 1, "duration": "100s"}], "scenarios": [scenario]}
    (made,) = plan(load=load).scenarios
    assert (made.name, made.weight, made.parameters) == ("http", 3, {"thinkTime": "1s", "path": "/x"})


def test_a_locust_file_of_ones_own_is_found_where_it_is_mounted() -> None:
    load = {
        "stages": [{"name": "low", "users": 1, "duration": "100s"}],
        "locustfile": {"config_map": "mine", "key": "shop.py"},
    }
    made = plan(load=load)
    assert made.locustfile == "/etc/stresscampaigns-locustfile/shop.py"
    assert made.scenarios == []


def with_load(**changes: object) -> LoadPlan:
    stages = [{"name": "low", "users": 1, "duration": "100s"}]
    return plan(load={"stages": stages, "scenarios": [{"name": "http"}], **changes})


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ({"config_map": "mine"}, "/etc/stresscampaigns-locustfile/locustfile.py"),
        ({"config_map": "mine", "image": "mine:1"}, "/etc/stresscampaigns-locustfile/locustfile.py"),
        ({"path": "/locust/shop.py", "image": "mine:1"}, "/locust/shop.py"),
    ],
)
def test_an_image_of_ones_own_holds_the_locust_file_or_only_what_it_imports(
    source: dict[str, str], path: str
) -> None:
    assert with_load(scenarios=None, locustfile=source).locustfile == path


@pytest.mark.parametrize("source", [{"image": "mine:1"}, {"image": "m", "path": "/a.py", "config_map": "m"}])
def test_a_locust_file_in_no_place_or_in_two_is_none(source: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="either configMap or path"):
        with_load(scenarios=None, locustfile=source)


@pytest.mark.parametrize(
    ("tls", "ca_file", "verify"),
    [
        (None, None, True),
        ({}, None, True),
        ({"ca_secret": "mine"}, "/etc/stresscampaigns-ca/ca.crt", True),
        ({"insecure_skip_verify": True}, None, False),
        ({"ca_secret": "mine", "insecure_skip_verify": True}, "/etc/stresscampaigns-ca/ca.crt", False),
    ],
)
def test_the_pods_trust_whom_the_campaign_trusts(
    tls: dict[str, object] | None, ca_file: str | None, verify: bool
) -> None:
    made = with_load(tls=tls)
    assert (made.ca_file, made.verify) == (ca_file, verify)


@pytest.mark.parametrize("proxy", [None, "http://proxy:3128"])
def test_requests_go_through_the_proxy_that_was_asked_for_and_through_no_other(proxy: str | None) -> None:
    assert with_load(proxy=proxy).proxy == proxy


@pytest.mark.parametrize(
    "proxy", ["https://proxy:3128", "proxy:3128", "http://user:word@proxy:3128", "http://proxy/path"]
)
def test_a_proxy_that_the_load_could_not_speak_to_is_refused(proxy: str) -> None:
    with pytest.raises(ValueError, match="proxy"):
        with_load(proxy=proxy)


@pytest.mark.parametrize(("patience", "seconds"), [("15s", 120), ("2m", 120), ("10m", 600)])
def test_no_coordinator_gives_its_workers_up_before_the_run_does(patience: str, seconds: float) -> None:
    """Only the operator sees why they are not there."""
    assert plan(start_timeout=patience).connect_timeout == seconds


def test_a_plan_of_a_release_without_headers_can_be_read() -> None:
    words = with_load().model_dump(exclude={"headers"})
    assert LoadPlan.model_validate(words) == with_load()


@pytest.mark.parametrize(
    "header",
    [
        {"name": "X-Tenant"},
        {"name": "X-Tenant", "value": "a", "value_from": {"secret_key_ref": {"name": "a", "key": "b"}}},
        {"name": "X Tenant", "value": "a"},
        {"name": "X-Tenant:", "value": "a"},
        {"name": "X-Tenant", "value_from": {"secret_key_ref": {"name": "a", "key": "../b"}}},
        {"name": "X-Tenant", "value_from": {"secret_key_ref": {"name": "../a", "key": "b"}}},
        {"name": "X-Tenant", "value_from": {"secret_key_ref": {"name": "a", "key": ".."}}},
    ],
    ids=["no value", "two values", "a space", "a colon", "a key elsewhere", "a Secret elsewhere", "no key"],
)
def test_a_header_that_could_not_be_sent_or_found_is_refused(header: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="headers"):
        with_load(headers=[header])


def test_data_are_found_where_they_are_mounted() -> None:
    data = {"config_map": "prompts", "key": "prompts.csv", "order": "random"}
    load = {
        "stages": [{"name": "low", "users": 1, "duration": "100s"}],
        "scenarios": [{"name": "agent-workflow", "data": data}, {"name": "http"}],
    }
    with_data, without = plan(load=load).scenarios
    assert with_data.data
    assert with_data.data.file == "/etc/stresscampaigns-data/prompts/prompts.csv"
    assert (with_data.data.order, without.data) == ("random", None)


def test_the_plan_says_whose_load_it_is_and_where_it_goes() -> None:
    made = plan()
    assert (made.run, made.campaign, made.namespace) == ("weekly-g1", "weekly", "staging")
    assert (made.url, made.workers) == ("http://agents:8080", 1)
