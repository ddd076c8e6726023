"""A selector asks the API server for labels as Kubernetes has them: for others a run would wait without end or word."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stresscampaigns.api.selection import LabelSelector

ALNUM = string.ascii_letters + string.digits
names = st.from_regex(rf"[{ALNUM}]([-{ALNUM}_.]{{0,61}}[{ALNUM}])?", fullmatch=True)
domains = st.from_regex(r"[a-z0-9]{1,9}([.][a-z0-9]{1,9}){0,3}", fullmatch=True)
labels = names | st.builds("{}/{}".format, domains, names)


def selected(label: str, value: str) -> str:
    return LabelSelector(match_labels={label: value}).as_query()


@given(labels, names | st.just(""))
def test_every_label_of_kubernetes_can_be_asked_for(label: str, value: str) -> None:
    assert selected(label, value) == f"{label}={value}"


@given(st.text(max_size=80), st.text(max_size=80))
def test_whatever_is_taken_is_one_label_and_one_value(label: str, value: str) -> None:
    """Nothing in it is read as another part of a selector."""
    try:
        query = selected(label, value)
    except ValidationError:
        return
    assert not set(query.replace(label, "", 1)) & set(" ,!()\n\t")
    assert not set(label) & set(" ,!()=\n\t")


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("app", "my agents"),
        ("app", "a,tier=db"),
        ("app", "\u00e4"),
        ("app", "a\n"),
        ("app", "-a"),
        ("app", "a" * 64),
        ("", "a"),
        ("app in (a,b),x", "y"),
        ("!app", ""),
        ("a" * 64, "b"),
        ("/app", "b"),
        ("a..b/app", "b"),
        ("app\n", "b"),
        (f"{'a' * 500}/app", "b"),
    ],
)
def test_what_is_no_label_is_refused_rather_than_asked_for(label: str, value: str) -> None:
    with pytest.raises(ValidationError):
        selected(label, value)
