"""What the API server makes of an object by its structural schema alone, without CEL: Kubernetes' own reading of it."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: object) -> bool:
    """Of 64 bits; `1.0` is one, too."""
    if isinstance(value, float):
        return value.is_integer() and abs(value) < 2**53
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


_TYPES: Mapping[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "number": _is_number,
    "integer": _is_integer,
}


def problems(value: object, schema: Schema, path: str = "") -> Iterator[str]:
    """What is wrong, and where; nothing: it is taken."""
    if schema.get("x-kubernetes-int-or-string"):
        if not (isinstance(value, str) or _is_integer(value)):
            yield f"{path}: neither a whole number nor a text"
            return
    elif "type" in schema and not _TYPES[schema["type"]](value):
        yield f"{path}: no {schema['type']}"
        return
    if value not in schema.get("enum", [value]):
        yield f"{path}: none of those"
    match value:
        case str():
            yield from _of_text(value, schema, path)
        case list():
            yield from _of_list(value, schema, path)
        case dict() if not schema.get("x-kubernetes-preserve-unknown-fields"):
            yield from _of_object(value, schema, path)
        case int() | float() if not isinstance(value, bool):
            yield from _of_number(value, schema, path)


def _of_text(value: str, schema: Schema, path: str) -> Iterator[str]:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**9):
        yield f"{path}: its length"
    if "pattern" in schema and not _as_in_go(schema["pattern"]).search(value):
        yield f"{path}: its pattern"


def _as_in_go(pattern: str) -> re.Pattern[str]:
    """There `$` is the text's very end, and a class like `\\s` is of ASCII alone."""
    return re.compile(re.sub(r"\$$", r"\\Z", pattern), re.ASCII)


def _of_number(value: float, schema: Schema, path: str) -> Iterator[str]:
    least, most = schema.get("minimum", value), schema.get("maximum", value)
    if not least <= value <= most or (schema.get("exclusiveMinimum") and value == least):
        yield f"{path}: its size"


def _of_list(value: list[object], schema: Schema, path: str) -> Iterator[str]:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**9):
        yield f"{path}: how many"
    for number, item in enumerate(value):
        yield from problems(item, schema["items"], f"{path}[{number}]")


def _of_object(value: dict[str, object], schema: Schema, path: str) -> Iterator[str]:
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", 10**9):
        yield f"{path}: how many"
    yield from (f"{path}.{name}: required" for name in schema.get("required", []) if name not in value)
    for name, inner in value.items():
        known = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
        if known is None:
            yield f"{path}.{name}: unknown"
        else:
            yield from problems(inner, known, f"{path}.{name}")
