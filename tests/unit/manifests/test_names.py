"""Names: made from the run alone, and never too long for Kubernetes."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from stresscampaigns.manifests.names import (
    container_name,
    container_prefix,
    labels,
    object_name,
    run_selector,
)
from tests.unit.manifests.examples import load

DNS_LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
LABEL_VALUE = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")

run_names = st.from_regex(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", fullmatch=True)
fault_names = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True)


@given(run_names, st.sampled_from(["coordinator", "worker"]))
def test_an_object_and_its_pods_have_names_that_fit_into_a_label(run: str, role: str) -> None:
    name = object_name(run, role)
    assert DNS_LABEL.fullmatch(name)
    assert len(f"{name}-99-x1y2z") <= 63
    assert name.endswith(f"-{role}")


@given(run_names, run_names)
def test_two_runs_have_no_object_in_common(one: str, other: str) -> None:
    if one != other:
        assert object_name(one, "worker") != object_name(other, "worker")


@given(st.text("ab", min_size=50, max_size=54), st.text("ab", min_size=1, max_size=9))
def test_long_names_that_differ_only_at_their_end_stay_apart(run: str, end: str) -> None:
    assert object_name(run, "worker") != object_name(run + end, "worker")


@given(run_names)
@example("r" * 63)
def test_whatever_name_the_crds_let_through_makes_valid_labels(run: str) -> None:
    for value in labels(run, run[:52].rstrip("-"), "worker").values():
        assert len(value) <= 63
        assert LABEL_VALUE.fullmatch(value)


@given(run_names)
def test_what_a_run_creates_is_found_by_its_selector(run: str) -> None:
    key, value = run_selector(run).split("=")
    for made in load(run=run).values():
        assert made["metadata"]["labels"][key] == value


@given(st.uuids(), fault_names)
def test_a_sidecars_name_says_run_and_fault_and_fits(uid: object, fault: str) -> None:
    name = container_name(str(uid), fault)
    assert len(name) <= 63
    assert DNS_LABEL.fullmatch(name)
    assert name == container_prefix(str(uid)) + fault


@given(st.uuids(), fault_names, fault_names)
def test_two_faults_of_a_run_never_share_a_table_in_the_kernel(uid: object, one: str, other: str) -> None:
    tables = {container_name(str(uid), fault).replace("-", "_") for fault in (one, other)}
    assert len(tables) == len({one, other})
