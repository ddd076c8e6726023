"""A file of data, read: CSV with a header row, or one JSON object a line. Pure but for the reading.

What is wrong is said with the place in which an editor finds it, and what would be right.
"""

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_LONGEST_FIELD = 1024 * 1024
"""Characters: a ConfigMap holds no more bytes. Python's own bound is an eighth of that."""
_OBJECT = 'write one JSON object a line, like {"id": "7"}'


class DataError(ValueError):
    """The file cannot be used; the message says where and why."""


class Row(NamedTuple):
    """One row: where it stands, and its values by the names of their columns."""

    place: str
    values: Mapping[str, str]


def read_rows(file: Path, used: Collection[str]) -> list[Row]:
    """The rows of a file, with the values of the columns that are used.

    Raises:
        DataError: it is not there, holds no rows, or not the columns.
    """
    text = _text(file)
    found = _csv_rows(text, used) if file.suffix == ".csv" else _json_rows(text, used)
    rows = [Row(place, {name: values[name] for name in used}) for place, values in found]
    if not rows:
        rest = "a row below its header" if file.suffix == ".csv" else f"a line: {_OBJECT}"
        raise DataError(f"holds no row: it needs at least {rest}")
    return rows


def _text(file: Path) -> str:
    if not file.is_file():
        raise DataError(
            f"is not there: does the ConfigMap {file.parent.name} exist in the campaign's namespace, and hold the "
            f"key {file.name}?"
        )
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")  # spreadsheets put a byte order mark in front
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"line {line} is not UTF-8: save the file as UTF-8") from error


def _csv_rows(text: str, used: Collection[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """RFC 4180. Lines without anything are passed over; an empty value alone in its row is written as ""."""
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = (fields for fields in reader if fields)
        names = _columns(next(lines, None), used)
        for number, fields in enumerate(lines, start=1):
            place = f"row {number} (line {reader.line_num})"
            if len(fields) != len(names):
                raise DataError(
                    f"{place} has {len(fields)} fields, the header has {len(names)}: give each row one for each "
                    "column, in double quotes where it holds a comma"
                )
            yield place, dict(zip(names, fields, strict=True))
    except csv.Error as error:
        raise DataError(f"line {reader.line_num} is no CSV: {error}; see RFC 4180") from error


def _columns(header: Sequence[str] | None, used: Collection[str]) -> Sequence[str]:
    if header is None:
        raise DataError("is empty: it needs a header row with the names of the columns, and rows below it")
    for number, name in enumerate(header, start=1):
        if not name.strip():
            raise DataError(f"column {number} has no name: the first row names the columns")
        if name in header[: number - 1]:
            raise DataError(f"two columns are called {name!r}: each needs a name of its own")
    for name in used:
        if name not in header:
            raise DataError(f"has no column for ${{{name}}}; its columns are {_listed(header)}")
    return header


def _json_rows(text: str, used: Collection[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Lines without anything are passed over. Not splitlines(): inside JSON other line separators stand unescaped."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield f"line {number}", _json_row(f"line {number}", line, used)


def _json_row(place: str, line: str, used: Collection[str]) -> Mapping[str, str]:
    try:
        found = json.loads(line, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{place} is no JSON: {error}; {_OBJECT}") from error
    if not isinstance(found, dict):
        raise DataError(f"{place} is no JSON object: {_OBJECT}")
    for name in used:
        if name not in found:
            raise DataError(f"{place} has nothing for ${{{name}}}; it has {_listed(found)}")
    return {name: _written(place, found[name]) for name in used}


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has the same name twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _written(place: str, value: object) -> str:
    """A string as it is, anything else as JSON writes it."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"{place} holds half of a surrogate pair, which is no character") from error
    return text


def _listed(names: Collection[str]) -> str:
    return ", ".join(map(repr, names)) or "none"
