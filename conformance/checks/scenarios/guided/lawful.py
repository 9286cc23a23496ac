"""Values that a constraint allows: for each keyword of JSON Schema, and for regular expressions and lists of choices.

Each value in this module is at the edge of what its constraint allows, such as the maximum, the last value of an enum,
or the second branch of `anyOf`. An engine whose limit is stricter than the constraint never returns the values at the
edge of the constraint.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.checks.constraints import JsonSchema
from conformance.checks.scenarios.guided.asking import closed, exactly

_FLAGS = {"type": "array", "items": {"type": "boolean"}}
_NODE = closed({"sub": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]}})


@dataclass(frozen=True, slots=True)
class LawfulValue:
    """A schema that contains the keyword in `name`, and a value that the schema allows.

    `definitions` are the schemas that the schema refers to.
    """

    name: str
    schema: dict[str, Any]
    value: Any
    definitions: dict[str, Any] = field(default_factory=dict)


COMMON = (
    LawfulValue("integer", {"type": "integer"}, -17),
    LawfulValue("number", {"type": "number"}, 0.25),
    LawfulValue("boolean", {"type": "boolean"}, False),
    LawfulValue("string", {"type": "string"}, 'say "zq" \\ é 漢'),
    LawfulValue("enum", {"type": "string", "enum": ["zorblax", "quibfrotz", "wumpet"]}, "wumpet"),
    LawfulValue("anyOf", {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, True),
    LawfulValue("null", {"type": ["string", "null"]}, None),
    LawfulValue("nested", closed({"inner": closed({"leaf": {"type": "integer"}})}), {"inner": {"leaf": 3}}),
    LawfulValue("$ref", {"$ref": "#/$defs/code"}, 12, {"code": {"type": "integer"}}),
    LawfulValue("recursion", {"$ref": "#/$defs/node"}, {"sub": {"sub": {"sub": None}}}, {"node": _NODE}),
    LawfulValue("minimum", {"type": "integer", "minimum": 4711, "maximum": 4799}, 4711),
    LawfulValue("maximum", {"type": "integer", "minimum": 4711, "maximum": 4799}, 4799),
    LawfulValue("multipleOf", {"type": "integer", "minimum": 0, "maximum": 999, "multipleOf": 97}, 582),
    LawfulValue("pattern", {"type": "string", "pattern": "^zq[0-9]{3}kw$"}, "zq905kw"),
    LawfulValue("format", {"type": "string", "format": "date"}, "2031-10-29"),
    LawfulValue("minItems", {**_FLAGS, "minItems": 2, "maxItems": 4}, [False, True]),
    LawfulValue("maxItems", {**_FLAGS, "minItems": 2, "maxItems": 4}, [True, True, False, True]),
)
UNUSUAL = (
    LawfulValue("minLength", {"type": "string", "minLength": 6, "maxLength": 9}, "zorbla"),
    LawfulValue("maxLength", {"type": "string", "minLength": 6, "maxLength": 9}, "zorblaxia"),
    LawfulValue(
        "uniqueItems",
        {"type": "array", "items": {"enum": [7, 8, 9]}, "minItems": 3, "maxItems": 3, "uniqueItems": True},
        [9, 7, 8],
    ),
    LawfulValue(
        "prefixItems",
        {**_FLAGS, "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "minItems": 2, "maxItems": 3},
        [5, True],
    ),
    LawfulValue("allOf", {"allOf": [{"type": "integer", "minimum": 10}, {"type": "integer", "maximum": 20}]}, 20),
)
GROUPS = (COMMON, UNUSUAL)
"""Values that are sent together as the members of one object. Many engines reject a keyword of the second group."""


def schema_of(values: Sequence[LawfulValue]) -> JsonSchema:
    """Return the schema of an object with one member for each value."""
    definitions = {name: part for value in values for name, part in value.definitions.items()}
    members = {value.name: value.schema for value in values}
    return JsonSchema.of(closed(members, **({"$defs": definitions} if definitions else {})))


def object_of(values: Sequence[LawfulValue]) -> dict[str, Any]:
    """Return a JSON object with one member for each of the values."""
    return {value.name: value.value for value in values}


def prompt_of(values: Sequence[LawfulValue]) -> str:
    """Return a prompt that dictates the object with all values."""
    return exactly(object_of(values))


def members_of(text: str) -> dict[str, Any]:
    """Return the members of the first JSON object in a text, which may stand in a code fence; {} if there is none."""
    try:
        found, _ = json.JSONDecoder().raw_decode(text[text.index("{") :])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def is_same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal. Unlike in Python, the JSON values `true` and 1 differ."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
