"""`${column}` in a scenario's parameters, as Python's `string.Template` has it: `$$` is a dollar. Pure."""

from collections.abc import Iterator, Mapping
from string import Template
from urllib.parse import quote

from pydantic import JsonValue


class PlaceholderError(ValueError):
    """Parameters that no row can fill; the message says which, and why."""


def texts(value: JsonValue, where: str) -> Iterator[tuple[str, str]]:
    """Every string inside a value, with its place; names inside objects are not looked at."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, f"{where}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts(inner, f"{where}[{number}]")


def columns(text: str, where: str) -> list[str]:
    """The columns that a text asks for, in its order, each once.

    Raises:
        PlaceholderError: a dollar in it begins no placeholder.
    """
    template = Template(text)
    if not template.is_valid():
        raise PlaceholderError(
            f"parameters.{where}: a $ in {text[:100]!r} begins no placeholder: write ${{column}}, with letters, digits "
            "and _ alone in its name, or $$ for a dollar"
        )
    return template.get_identifiers()


def filled(value: JsonValue, row: Mapping[str, str]) -> JsonValue:
    """The value with the row's own in the place of every placeholder."""
    if isinstance(value, str):
        return Template(value).substitute(row)
    if isinstance(value, dict):
        return {name: filled(inner, row) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, row) for inner in value]
    return value


def filled_path(path: str, row: Mapping[str, str]) -> str:
    """A path with the row's values, each quoted so that it stays within its segment."""
    return Template(path).substitute({name: quote(value, safe="") for name, value in row.items()})
