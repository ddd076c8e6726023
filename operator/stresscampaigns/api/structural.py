"""JSON schemas as pydantic writes them → structural schemas as Kubernetes wants them.

Source of the rules: Kubernetes, "Extend the Kubernetes API with CustomResourceDefinitions", section
"Specifying a structural schema".
"""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from stresscampaigns.api.base import cel
from stresscampaigns.api.pattern_words import WORDS

Schema = dict[str, Any]
_DROPPED = ("title", "examples", "additionalProperties", "default", "const", "exclusiveMinimum")


def structural_schema(model: type[BaseModel]) -> Schema:
    """The model as one structural schema, references inlined."""
    whole = model.model_json_schema(by_alias=True)
    return _convert(whole, whole.get("$defs", {}))


def _convert(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
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


def _told(node: Schema) -> Schema:
    """What `kubectl explain` leaves out, the default, in the description; and a pattern in words."""
    found = dict(node)
    default = _written(node.get("default"))
    told = node.get("description", "")
    if default and told and default not in told:
        found["description"] = f"{told} Default: {default}."
    if words := WORDS.get(node.get("pattern", "")):
        rule = cel(f"self.matches(r'{node['pattern']}')", words)
        found["x-kubernetes-validations"] = [rule, *node.get("x-kubernetes-validations", [])]
    return found


def _written(default: object) -> str:
    """As YAML has it; empty where it is a whole object, whose fields say theirs."""
    return json.dumps(default).strip('"') if isinstance(default, str | int | float) else ""


def _children(node: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    found: Schema = {}
    if "properties" in node:
        found["properties"] = {key: _convert(child, definitions) for key, child in node["properties"].items()}
    if "items" in node:
        found["items"] = _convert(node["items"], definitions)
    if isinstance(node.get("additionalProperties"), dict) and not _free_form(node):
        found["additionalProperties"] = _convert(node["additionalProperties"], definitions)
    return found


def _resolve(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    """Follow a reference and take `None` out of a union; what stands beside them wins."""
    node = dict(schema)
    options = [option for option in node.get("anyOf", []) if option.get("type") != "null"]
    if options and not node.get("x-kubernetes-int-or-string"):
        node.pop("anyOf")
        node = _merged(_resolve(options[0], definitions), node)
    if "$ref" in node:
        target = definitions[node.pop("$ref").rsplit("/", 1)[-1]]
        node = _merged(_resolve(target, definitions), node)
    return node


def _merged(inner: Schema, outer: Schema) -> Schema:
    validations = [*inner.get("x-kubernetes-validations", []), *outer.get("x-kubernetes-validations", [])]
    return inner | outer | ({"x-kubernetes-validations": validations} if validations else {})


def _int_or_string(node: Mapping[str, Any]) -> Schema:
    kept = ("description", "pattern", "minLength", "maxLength", "x-kubernetes-int-or-string")
    return {key: node[key] for key in kept if key in node}


def _free_form(node: Mapping[str, Any]) -> bool:
    return bool(node.get("x-kubernetes-preserve-unknown-fields"))
