"""A file of data: what is right is read as it was written, what is wrong is named with its place."""

import csv
import io
import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stresscampaigns.load.data_file import DataError, read_rows

in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
names = st.lists(st.text("abcxyz_0", min_size=1, max_size=5), min_size=1, max_size=4, unique=True)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def rows_of(file: Path, content: str | bytes, *used: str) -> list[dict[str, str]]:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return [dict(row.values) for row in read_rows(file, used)]


@in_one_folder
@given(names, st.data())
def test_any_csv_that_python_writes_is_read_as_it_was(
    tmp_path: Path, columns: list[str], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.tuples(*[words for _ in columns]), min_size=1, max_size=5))
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([columns, *rows])
    found = rows_of(tmp_path / "any.csv", text.getvalue(), *columns)
    assert found == [dict(zip(columns, row, strict=True)) for row in rows]


@in_one_folder
@given(names, st.data())
def test_any_objects_one_a_line_are_read_as_they_were(
    tmp_path: Path, columns: list[str], data: st.DataObject
) -> None:
    objects = st.fixed_dictionaries(dict.fromkeys(columns, words))
    rows = data.draw(st.lists(objects, min_size=1, max_size=5))
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    assert rows_of(tmp_path / "any.jsonl", text, *columns) == rows


def test_csv_is_as_rfc_4180_has_it(tmp_path: Path) -> None:
    text = 'id,said\r\n7,"a ""word"", and\r\nanother"\r\n8,\r\n'
    assert rows_of(tmp_path / "a.csv", text, "id", "said") == [
        {"id": "7", "said": 'a "word", and\r\nanother'},
        {"id": "8", "said": ""},
    ]


@pytest.mark.parametrize("text", ["id\n7\n8\n", "id\n7\n8", "\ufeffid\r\n7\r\n8\r\n", "\nid\n\n7\n8\n\n\n"])
def test_line_ends_a_byte_order_mark_and_empty_lines_make_no_difference(tmp_path: Path, text: str) -> None:
    assert rows_of(tmp_path / "a.csv", text, "id") == [{"id": "7"}, {"id": "8"}]


def test_a_prompt_of_hundreds_of_kilobytes_is_a_value_as_any_other(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "a.csv", f"prompt\n{'x' * 500_000}\n", "prompt") == [{"prompt": "x" * 500_000}]


def test_what_is_no_string_in_json_is_written_as_json_has_it(tmp_path: Path) -> None:
    text = '{"a": 7, "b": 1.5, "c": true, "d": null, "e": ["x", {"y": 1}], "unused": {}}\r\n'
    (row,) = rows_of(tmp_path / "a.jsonl", text, *"abcde")
    assert row == {"a": "7", "b": "1.5", "c": "true", "d": "null", "e": '["x", {"y": 1}]'}


def test_columns_that_nobody_uses_may_have_any_name(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "a.csv", "id,the rest\n7,x\n", "id") == [{"id": "7"}]


@pytest.mark.parametrize(
    ("text", "place"),
    [("id\n7\n8\n", "row 2 (line 3)"), ('id\n"7\n"\n8\n', "row 2 (line 4)")],
)
def test_a_row_knows_where_it_stands(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    assert read_rows(tmp_path / "a.csv", ["id"])[1].place == place


WRONG_CSV: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", "is empty: it needs a header row"),
    "nothing but empty lines": ("\n\n", "is empty: it needs a header row"),
    "no row": ("id,name\n", "holds no row: it needs at least a row below its header"),
    "no such column": ("key, id\n7,8\n", "has no column for ${id}; its columns are 'key', ' id'"),
    "two columns of one name": ("id,name,id\n1,2,3\n", "two columns are called 'id'"),
    "a column without a name": ("id,\n1,2\n", "column 2 has no name"),
    "a row too short": ("id,name\n1,2\n3\n", "row 2 (line 3) has 1 fields, the header has 2"),
    "a row too long": ("id,name\n1,2,3\n", "row 1 (line 2) has 3 fields, the header has 2"),
    "a quote that never ends": ('id\n"7\n', "line 2 is no CSV: unexpected end of data"),
    "text after a quote": ('id\n"7"8\n', "line 2 is no CSV: "),
    "another encoding": (
        "id\n7\nM\xfcller\n".encode("latin-1"),
        "line 3 is not UTF-8: save the file as UTF-8",
    ),
}
WRONG_JSON: dict[str, tuple[str | bytes, str]] = {
    "empty": ("", 'holds no row: it needs at least a line: write one JSON object a line, like {"id": "7"}'),
    "no JSON": ('{"id": 1}\n{id: 2}\n', "line 2 is no JSON: Expecting property name"),
    "an object over several lines": ('{\n"id": 1\n}\n', "line 1 is no JSON: "),
    "two objects in a line": ('{"id": 1} {"id": 2}\n', "line 1 is no JSON: Extra data"),
    "a list": ('{"id": 1}\n[1]\n', "line 2 is no JSON object: write one"),
    "a number that is none": ('{"id": NaN}\n', "line 1 is no JSON: NaN is no number of JSON"),
    "no such name": ('{"id": 1}\n\n{"key": 2}\n', "line 3 has nothing for ${id}; it has 'key'"),
    "a name twice": ('{"id": 1, "id": 2}\n', "line 1 is no JSON: an object has the same name twice"),
    "deeper than anybody reads": ('{"id": ' + "[" * 100_000 + "\n", "line 1 is no JSON: "),
    "half of a character": ('{"id": "\\ud800"}\n', "line 1 holds half of a surrogate pair"),
    "another encoding": (b'{"id": "\xfc"}\n', "line 1 is not UTF-8"),
}


@pytest.mark.parametrize("wrong", WRONG_CSV)
def test_wrong_csv_is_named_with_its_place(tmp_path: Path, wrong: str) -> None:
    content, words = WRONG_CSV[wrong]
    with pytest.raises(DataError, match=f"^{re.escape(words)}"):
        rows_of(tmp_path / "a.csv", content, "id")


@pytest.mark.parametrize("wrong", WRONG_JSON)
def test_wrong_json_is_named_with_its_line(tmp_path: Path, wrong: str) -> None:
    content, words = WRONG_JSON[wrong]
    with pytest.raises(DataError, match=f"^{re.escape(words)}"):
        rows_of(tmp_path / "a.jsonl", content, "id")


@in_one_folder
@given(st.binary(max_size=60), st.sampled_from(["csv", "jsonl"]))
def test_whatever_is_in_it_there_are_rows_or_an_error_of_ours(
    tmp_path: Path, content: bytes, kind: str
) -> None:
    with suppress(DataError):
        assert rows_of(tmp_path / f"any.{kind}", b"id\n" + content if kind == "csv" else content, "id")


def test_a_file_that_is_not_there_is_asked_for_by_its_config_map_and_key(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"is not there: does the ConfigMap prompts exist .* the key prompts\.csv\?"
    ):
        read_rows(tmp_path / "prompts" / "prompts.csv", ["id"])
