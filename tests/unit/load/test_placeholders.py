"""`${column}` in parameters."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.load.placeholders import PlaceholderError, columns, filled, filled_path, texts

values = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ROW = {"id": "7", "name": 'a "b" $c'}


def test_every_string_is_filled_however_deep_and_nothing_else_is_touched() -> None:
    body = {"id": "${id}", "${id}": ["$name", {"n": 1, "none": None}], "on": True}
    assert filled(body, ROW) == {"id": "7", "${id}": ['a "b" $c', {"n": 1, "none": None}], "on": True}


def test_two_dollars_are_one() -> None:
    assert filled("costs $$${id}", ROW) == "costs $7"


@given(values)
def test_a_value_is_put_in_as_it_is_whatever_it_holds(value: str) -> None:
    assert filled("a ${x}b", {"x": value}) == f"a {value}b"


@given(values)
def test_a_value_never_leaves_its_segment_of_a_path(value: str) -> None:
    parts = urlsplit("http://agents" + filled_path("/a/${x}/b?c=${x}", {"x": value}))
    begin, first, inside, last = parts.path.split("/")
    assert (begin, first, unquote(inside), last) == ("", "a", value, "b")
    assert unquote(parts.query.removeprefix("c=")) == value
    assert not parts.fragment


def test_columns_are_found_in_their_order_each_once() -> None:
    assert columns("${b} $a ${b} $$c", "path") == ["b", "a"]


@pytest.mark.parametrize("text", ["$(", "a $ b", "${id", "${}", "${customer-id}", "${1}", "ends in $"])
def test_a_dollar_that_begins_no_placeholder_is_named_with_its_parameter(text: str) -> None:
    with pytest.raises(PlaceholderError, match=r"^parameters\.body\.a: a \$ in .* or \$\$ for a dollar"):
        columns(text, "body.a")


def test_strings_are_named_by_where_they_stand() -> None:
    body = {"a": ["x", {"b": "y"}], "n": 1}
    assert list(texts(body, "body")) == [("body.a[0]", "x"), ("body.a[1].b", "y")]
