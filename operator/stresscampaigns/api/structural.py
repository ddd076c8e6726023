"""JSON schemas as pydantic writes them → structural schemas as Kubernetes wants them.

Source of the rules: Kubernetes, "Extend the Kubernetes API with CustomResourceDefinitions", section
"Specifying a structural schema".
"""

import json

from pydantic import BaseModel
from pydantic.config import JsonDict, JsonValue

from stresscampaigns.api.base import cel
from stresscampaigns.api.pattern_words import WORDS

_DROPPED = ("title", "examples", "additionalProperties", "default", "const", "exclusiveMinimum")
_RULES = "x-kubernetes-validations"


def structural_schema(model: type[BaseModel]) -> JsonDict:
    """The model as one structural schema, references inlined."""
    whole: JsonDict = model.model_json_schema(by_alias=True)
    return _convert(whole, object_in(whole.get("$defs", {})))


def object_in(value: JsonValue) -> JsonDict:
    """A part of a schema that is an object.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, dict):
        raise TypeError(f"not an object: {value!r}")
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise TypeError(f"not a list: {value!r}")
    return value


def _convert(schema: JsonDict, definitions: JsonDict) -> JsonDict:
    node = _resolve(schema, definitions)
    if node.get("x-kubernetes-int-or-string"):
        return _int_or_string(node)
    converted = {key: value for key, value in node.items() if key not in (*_DROPPED, "$defs")}
    if node.get("default") is not None:
        converted["default"] = node["default"]
    if "const" in node:
        converted["enum"] = [node["const"]]
    if "exclusiveMinimum" in node:
        converted |= {"minimum": node["exclusiveMinimum"], "exclusiveMinimum": True}
    return _told(converted) | _children(node, definitions)


def _told(node: JsonDict) -> JsonDict:
    """What `kubectl explain` leaves out, the default, in the description; and a pattern in words."""
    found = dict(node)
    default = _written(node.get("default"))
    told = str(node.get("description", ""))
    if default and told and default not in told:
        found["description"] = f"{told} Default: {default}."
    if words := WORDS.get(str(node.get("pattern", ""))):
        rule = cel(f"self.matches(r'{node['pattern']}')", words)
        found[_RULES] = [rule, *_list(node.get(_RULES, []))]
    return found


def _written(default: object) -> str:
    """As YAML has it; empty where it is a whole object, whose fields say theirs."""
    return json.dumps(default).strip('"') if isinstance(default, str | int | float) else ""


def _children(node: JsonDict, definitions: JsonDict) -> JsonDict:
    found: JsonDict = {}
    if "properties" in node:
        fields = object_in(node["properties"])
        found["properties"] = {key: _convert(object_in(child), definitions) for key, child in fields.items()}
    if "items" in node:
        found["items"] = _convert(object_in(node["items"]), definitions)
    values = node.get("additionalProperties")
    if isinstance(values, dict) and not node.get("x-kubernetes-preserve-unknown-fields"):
        found["additionalProperties"] = _convert(values, definitions)
    return found


def _resolve(schema: JsonDict, definitions: JsonDict) -> JsonDict:
    """Follow a reference and take `None` out of a union; what stands beside them wins."""
    node = dict(schema)
    options = [one for one in map(object_in, _list(node.get("anyOf", []))) if one.get("type") != "null"]
    if options and not node.get("x-kubernetes-int-or-string"):
        node.pop("anyOf")
        node = _merged(_resolve(options[0], definitions), node)
    if "$ref" in node:
        target = object_in(definitions[str(node.pop("$ref")).rsplit("/", 1)[-1]])
        node = _merged(_resolve(target, definitions), node)
    return node


def _merged(inner: JsonDict, outer: JsonDict) -> JsonDict:
    validations = [*_list(inner.get(_RULES, [])), *_list(outer.get(_RULES, []))]
    return inner | outer | ({_RULES: validations} if validations else {})


def _int_or_string(node: JsonDict) -> JsonDict:
    kept = ("description", "pattern", "minLength", "maxLength", "x-kubernetes-int-or-string")
    return {key: node[key] for key in kept if key in node}
