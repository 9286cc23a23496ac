"""The feature map of JSON Schema: for each keyword, a schema and a prompt that show whether the keyword has an effect.

Each prompt dictates a text that only the tested keyword forbids. Because each prompt dictates the text, the verdict
does not depend on model quality. An engine that ignores the tested keyword, but enforces the rest of the schema,
returns the text that the prompt dictates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from conformance.checks.constraints import JsonSchema
from conformance.checks.constraints.drawn_schema import Drawn
from conformance.checks.scenarios.guided.asking import LIMIT, closed, exactly
from conformance.checks.scenarios.guided.drawn import member_name

INTEGER: dict[str, Any] = {"type": "integer"}
BOOLEAN: dict[str, Any] = {"type": "boolean"}
STRING: dict[str, Any] = {"type": "string"}


@dataclass(frozen=True, slots=True)
class SchemaFeature:
    """One row of the feature map: a schema with the tested keyword, and a prompt that asks for a text that violates the schema.

    If the target rejects the schema, its error should contain one of the words in `keywords`. `ordered` is true if the
    members of the output must appear in the order of the schema.
    """

    name: str
    constraint: JsonSchema
    dictated: Any
    keywords: tuple[str, ...]
    limit: int = LIMIT
    ordered: bool = False

    @property
    def prompt(self) -> str:
        """A prompt that dictates a text which the tested keyword forbids."""
        return exactly(self.dictated)

    @property
    def requirement(self) -> str:
        """The id of the requirement that covers the tested keyword."""
        return f"chat.json-schema.{self.name}"

    @property
    def probe(self) -> str:
        """The name of the probe that tests the keyword."""
        return f"schema_{self.name.replace('-', '_')}"


_TESTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "deep-nesting": ("properties",),
        "prefix-items": ("prefixItems", "items"),
        "property-order": ("the order of the members",),  # no keyword: a schema that is violated says nothing about it
        "top-level-array": ("type",),
        "unicode-keys": ("required", "additionalProperties"),
    }
)
"""The keywords whose violation a feature tests, if they differ from the keywords that an error may name."""


def _feature(name: str, schema: Any, dictated: Any, *keywords: str, **more: Any) -> SchemaFeature:
    tested = _TESTED.get(name) or keywords or (name,)
    return SchemaFeature(name, JsonSchema.of(schema, tested), dictated, keywords or (name,), **more)


def _value(name: str, schema: Any, dictated: Any, *keywords: str, **more: Any) -> SchemaFeature:
    """A feature of one member's value."""
    return _feature(name, closed({"value": schema}, **more), {"value": dictated}, *keywords)


def _nested(levels: int) -> dict[str, Any]:
    return closed({"leaf": BOOLEAN}) if levels == 0 else closed({"in": _nested(levels - 1)})


def _having(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A part of an object's schema: one required member, and perhaps others."""
    return {"type": "object", "properties": {name: schema}, "required": [name]}


_NODE = closed({"sub": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/node"}]}})
_BRANCHES = {
    "branch": closed({"leaf": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/leaf"}]}}),
    "leaf": closed({"branch": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/branch"}]}}),
}
_PAIR = [INTEGER, BOOLEAN]

FEATURES = (
    _feature(
        "types",
        closed({"count": INTEGER, "done": BOOLEAN, "none": {"type": "null"}}),
        {"count": "many", "done": "maybe", "none": "nothing"},
        "type",
    ),
    _value("enum", {"type": "string", "enum": ["zorblax"]}, "sea"),
    _value("const", {"type": "string", "const": "quibfrotz"}, "sea"),
    _feature("required", closed({"alpha": BOOLEAN, "omega": BOOLEAN}), {}),
    _feature(
        "additional-properties",
        closed({"zq": INTEGER}),
        {"title": "Sea", "zq": 1, "author": "me"},
        "additionalProperties",
    ),
    _value("min-items", {"type": "array", "items": BOOLEAN, "minItems": 4, "maxItems": 5}, [], "minItems"),
    _value("max-items", {"type": "array", "items": INTEGER, "maxItems": 2}, [1, 2, 3, 4, 5, 6, 7, 8], "maxItems"),
    _value(
        "unique-items",
        {
            "type": "array",
            "items": {"type": "integer", "enum": [7, 8, 9]},
            "minItems": 3,
            "maxItems": 3,
            "uniqueItems": True,
        },
        [7, 7, 7],
        "uniqueItems",
    ),
    _value(
        "prefix-items",
        {"type": "array", "prefixItems": _PAIR, "items": BOOLEAN, "minItems": 2, "maxItems": 3},
        ["sea", "blue"],
        "prefixItems",
    ),
    _value("min-length", {"type": "string", "minLength": 24, "maxLength": 30}, "a", "minLength"),
    _value("max-length", {"type": "string", "maxLength": 3}, "the wide and endless sea", "maxLength"),
    _value("pattern", {"type": "string", "pattern": "^zq[0-9]{3}kw$"}, "sea"),
    _value("format", {"type": "string", "format": "date"}, "tomorrow"),
    _value("bounds", {"type": "integer", "minimum": 4711, "maximum": 4799}, 5, "minimum", "maximum"),
    _value("multiple-of", {"type": "integer", "minimum": 0, "maximum": 999, "multipleOf": 97}, 5, "multipleOf"),
    _value("any-of", {"anyOf": [INTEGER, BOOLEAN]}, "sea", "anyOf"),
    _value("all-of", {"allOf": [{"type": ["integer", "string"]}, {"type": ["integer", "boolean"]}]}, "sea", "allOf"),
    _value("ref", {"$ref": "#/$defs/code"}, "sea", "$ref", "$defs", **{"$defs": {"code": INTEGER}}),
    _feature(
        "recursion",
        closed({"tree": {"$ref": "#/$defs/node"}}, **{"$defs": {"node": _NODE}}),
        {"tree": {"sub": {"sub": "null"}}},
        "$ref",
        "$defs",
    ),
    _feature(
        "property-order",
        closed({"zulu": INTEGER, "alpha": INTEGER, "mike": INTEGER}),
        {"alpha": 1, "mike": 2, "zulu": 3},
        "properties",
        ordered=True,
    ),
    _value("unicode-values", {"type": "string", "enum": ["ὕβρις 漢字 🦜"]}, "sea", "enum"),
    _value("escapes", {"type": "string", "enum": ['q"b\\c\n\t/é']}, "sea", "enum"),
)

# Long, or seldom broken where its neighbour above is not: asked only of targets that are tested in depth.
DEEP_FEATURES = (
    _feature(
        "nested-objects",
        closed({"outer": closed({"inner": closed({"leaf": INTEGER})})}),
        {"outer": {"sea": "blue"}},
        "properties",
    ),
    _feature(
        "top-level-array",
        {"type": "array", "items": BOOLEAN, "minItems": 2, "maxItems": 3},
        {"title": "Sea"},
        "type",
        "object",
    ),
    _value(
        "exclusive-bounds",
        {"type": "integer", "exclusiveMinimum": 7, "exclusiveMaximum": 9},
        7,
        "exclusiveMinimum",
        "exclusiveMaximum",
    ),
    _value("one-of", {"oneOf": [INTEGER, BOOLEAN]}, "sea", "oneOf"),
    _feature(
        "formats",
        closed({name: {"type": "string", "format": name} for name in ("uuid", "ipv4", "email", "date-time")}),
        {"uuid": "sea", "ipv4": "sea", "email": "sea", "date-time": "sea"},
        "format",
        limit=2 * LIMIT,
    ),
    _value("pattern-anywhere", {"type": "string", "pattern": "zq[0-9]"}, "sea", "pattern"),
    _value("null-union", {"type": ["integer", "null"]}, "unknown", "type"),
    _feature("unicode-keys", closed({"größe": INTEGER, "名前": INTEGER}), {"size": 1, "name": 2}, "properties"),
    _feature("empty-object", closed({}), {"title": "Sea", "author": "me"}, "properties", "additionalProperties"),
    _value("large-enum", {"type": "string", "enum": [f"zq{i * 7919 % 9973:04d}" for i in range(1000)]}, "sea", "enum"),
    # Two keywords on one value: an engine may compile each of them, and lose one where both stand.
    _value(
        "pattern-with-length",
        {"type": "string", "pattern": "^zq[0-9]+$", "maxLength": 5},
        "zq0815471",
        "pattern",
        "maxLength",
    ),
    _value(
        "multiple-with-bounds",
        {"type": "integer", "minimum": 100, "maximum": 999, "multipleOf": 97},
        97,
        "minimum",
        "maximum",
        "multipleOf",
    ),
    _value(
        "enum-with-length", {"type": "string", "enum": ["zq", "zorblax"], "minLength": 4}, "zq", "enum", "minLength"
    ),
    _value(
        "ref-with-bounds",
        {"$ref": "#/$defs/code", "minimum": 4711, "maximum": 4799},
        5,
        "$ref",
        "minimum",
        "maximum",
        **{"$defs": {"code": INTEGER}},
    ),
    _value("all-of-objects", {"allOf": [_having("alpha", INTEGER), _having("omega", BOOLEAN)]}, {"alpha": 1}, "allOf"),
    _feature(
        "mutual-recursion",
        closed({"tree": {"$ref": "#/$defs/branch"}}, **{"$defs": _BRANCHES}),
        {"tree": {"leaf": {"branch": {"leaf": "null"}}}},
        "$ref",
        "$defs",
    ),
    _feature("deep-nesting", _nested(10), {"in": {"in": "sea"}}, "properties", "depth", "nested", limit=2 * LIMIT),
)

_ELSEWHERE = ("types", "enum", "additional-properties", "max-items", "pattern", "bounds", "any-of", "ref")
ELSEWHERE = tuple(feature for feature in FEATURES if feature.name in _ELSEWHERE)
"""The rows that are also tested in other syntaxes of JSON schema."""

_UNUSUAL = ("unique-items", "prefix-items", "all-of", "min-length")
"""Keywords that many engines reject; in a group of their own, because a rejection concerns the whole group."""
_SHORTENING = ("max-items", "max-length")
"""Keywords in a group of their own: beside many other members, a model may write a short value by itself."""
COMMON = tuple(feature for feature in FEATURES if feature.name not in (*_UNUSUAL, *_SHORTENING))
UNUSUAL = tuple(feature for feature in FEATURES if feature.name in _UNUSUAL)
SHORTENING = tuple(feature for feature in FEATURES if feature.name in _SHORTENING)
"""Each of these groups has the rows whose schemas a quick run sends as the members of one schema."""


def joined(group: Sequence[SchemaFeature], drawn: Sequence[Drawn] = ()) -> tuple[JsonSchema, str]:
    """Return a schema with one member for each feature, and a prompt that dictates a forbidden value for every one.

    The schema also has a member for each of the random schemas in `drawn`.
    """
    members: dict[str, Any] = {}
    shared: dict[str, Any] = {}
    for feature in group:
        schema = dict(feature.constraint.schema)
        shared |= schema.pop("$defs", {})
        members[feature.name] = schema
    dictated = {feature.name: feature.dictated for feature in group}
    for number, each in enumerate(drawn):
        members[member_name(number)] = each.schema
        dictated[member_name(number)] = each.forbidden
    schema = closed(members, **({"$defs": shared} if shared else {}))
    return JsonSchema.of(schema), exactly(dictated)
