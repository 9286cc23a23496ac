"""Expands a JSON Schema into simple schemas, called alternatives.

An alternative of a schema has one type, no references and no unions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Which type each keyword speaks about; JSON Schema ignores it on all others.
_SPEAKS_OF = {
    **dict.fromkeys(("minLength", "maxLength", "pattern", "format"), ("string",)),
    **dict.fromkeys(
        ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), ("number", "integer")
    ),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems"), ("array",)),
    **dict.fromkeys(("minProperties", "maxProperties", "propertyNames"), ("object",)),
}
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")


@dataclass(frozen=True, slots=True)
class Shape:
    """An alternative of a schema, with exactly one type.

    `type` is None if the alternative allows any type. Null is not in the list of alternatives, even if the schema
    allows null. `keywords` maps the names of schema keywords, such as `minimum` and `enum`, to their values.
    `additional` is the schema of additional properties; None if it is not given.
    """

    type: str | None = None
    keywords: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Shapes] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: Shapes | None = None
    additional: Shapes | None = None


Shapes = tuple[Shape, ...]
"""The alternatives of one schema; () means that nothing satisfies it."""


def expand(schema: Any, document: Mapping[str, Any], *, top: bool = True, seen: frozenset[str] = frozenset()) -> Shapes:
    """Return the alternatives of a schema; `document` is the OpenAPI document that has the schema.

    Null alternatives and deprecated subschemas are omitted. Deprecated top-level properties are kept, because the
    profile decides whether to use them. A schema that refers to itself is expanded only once. The keywords `not` and
    `if` are ignored, so the caller must validate generated bodies against the document.
    """
    if not isinstance(schema, Mapping):
        return () if schema is False else (Shape(),)
    if "$ref" in schema:
        reference = schema["$ref"]
        if reference in seen:
            return ()
        shapes = expand(resolve(reference, document), document, top=top, seen=seen | {reference})
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return both(shapes, expand(rest, document, top=top, seen=seen)) if rest else shapes
    if schema.get("deprecated") and not top:
        return ()
    shapes = _own(schema, document, top, seen)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            branches = (expand(branch, document, top=False, seen=seen) for branch in schema[union])
            shapes = both(shapes, tuple(shape for branch in branches for shape in branch))
    for part in schema.get("allOf", ()):
        shapes = both(shapes, expand(part, document, top=top, seen=seen))
    return shapes


def resolve(reference: str, document: Mapping[str, Any]) -> Any:
    """Return the schema that `#/components/…` refers to in the document.

    Raises `KeyError` if the OpenAPI document lacks the component.
    """
    value: Any = document
    for step in reference.removeprefix("#/").split("/"):
        name = step.replace("~1", "/").replace("~0", "~")
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def _own(schema: Mapping[str, Any], document: Mapping[str, Any], top: bool, seen: frozenset[str]) -> Shapes:
    """The alternatives that the schema's own keywords give, before its unions."""
    return tuple(shape for kind in _types(schema) if (shape := _of_type(kind, schema, document, top, seen)))


def _types(schema: Mapping[str, Any]) -> list[str | None]:
    given = schema.get("type")
    if given is not None:
        return [kind for kind in ([given] if isinstance(given, str) else given) if kind != "null"]
    values = _enum(schema)
    if values is not None:
        return list(dict.fromkeys(type_of(value) for value in values if value is not None))
    if "properties" in schema or "required" in schema:
        return ["object"]
    return ["array" if "items" in schema else None]


def _enum(schema: Mapping[str, Any]) -> list[Any] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return values if isinstance(values, list) else None


def _of_type(
    kind: str | None, schema: Mapping[str, Any], document: Mapping[str, Any], top: bool, seen: frozenset[str]
) -> Shape | None:
    keywords = {key: schema[key] for key, types in _SPEAKS_OF.items() if key in schema and kind in (*types, None)}
    values = _enum(schema)
    if values is not None:
        keywords["enum"] = [value for value in values if fits(value, kind)]
        if not keywords["enum"]:
            return None
    properties: dict[str, Shapes] = {}
    additional = items = None
    if kind == "object":
        for name, value in schema.get("properties", {}).items():
            if top or not (isinstance(value, Mapping) and value.get("deprecated")):
                open_value = (
                    {k: v for k, v in value.items() if k != "deprecated"} if isinstance(value, Mapping) else value
                )
                properties[name] = expand(open_value, document, top=False, seen=seen)
        if isinstance(schema.get("additionalProperties"), Mapping):
            additional = expand(schema["additionalProperties"], document, top=False, seen=seen)
    if kind == "array" and "items" in schema:
        items = expand(schema["items"], document, top=False, seen=seen)
    return possible(Shape(kind, keywords, properties, frozenset(schema.get("required", ())), items, additional))


def possible(shape: Shape) -> Shape | None:
    """Return the shape without those optional properties for which no value is valid.

    Returns None if a required property or the items can never be satisfied.
    """
    if any(shape.properties.get(name) == () for name in shape.required) or shape.items == ():
        return None
    properties = {name: shapes for name, shapes in shape.properties.items() if shapes}
    return Shape(shape.type, shape.keywords, properties, shape.required, shape.items, shape.additional)


def both(left: Shapes, right: Shapes) -> Shapes:
    """Combine each alternative of `left` with each alternative of `right`, so that a value must satisfy both.

    Combinations of alternatives that no value can satisfy are omitted.
    """
    return tuple(shape for a in left for b in right if (shape := _merge(a, b)) is not None)


def _merge(a: Shape, b: Shape) -> Shape | None:
    kinds = {kind for kind in (a.type, b.type) if kind is not None}
    if kinds == {"integer", "number"}:
        kinds = {"integer"}
    if len(kinds) > 1:
        return None
    kind = next(iter(kinds), None)
    keywords = {key: value for key, value in {**b.keywords, **a.keywords}.items() if speaks_of(key, kind)}
    for key in a.keywords.keys() & b.keywords.keys() & keywords.keys():
        x, y = a.keywords[key], b.keywords[key]
        if key in _LOWER or key in _UPPER:
            keywords[key] = max(x, y) if key in _LOWER else min(x, y)
        elif key == "enum":
            keywords[key] = [value for value in x if value in y]
    if keywords.get("enum") == []:
        return None
    properties = {**a.properties, **b.properties}
    for name in a.properties.keys() & b.properties.keys():
        properties[name] = both(a.properties[name], b.properties[name])
    items = both(a.items, b.items) if a.items is not None and b.items is not None else a.items or b.items
    return possible(Shape(kind, keywords, properties, a.required | b.required, items, a.additional or b.additional))


def render(shapes: Shapes) -> dict[str, Any]:
    """Return the alternatives of a schema as one JSON Schema without references.

    Objects in the schema forbid additional properties, because OpenAI rejects unknown keys.
    """
    rendered: list[dict[str, Any]] = []
    for shape in shapes:
        schema = _render(shape)
        if schema not in rendered:
            rendered.append(schema)
    return rendered[0] if len(rendered) == 1 else {"anyOf": rendered}


def _render(shape: Shape) -> dict[str, Any]:
    schema: dict[str, Any] = {} if shape.type is None else {"type": shape.type}
    schema.update(shape.keywords)
    if shape.type == "object" and "enum" not in shape.keywords:
        schema["properties"] = {name: render(shapes) for name, shapes in shape.properties.items()}
        schema["required"] = sorted(shape.required)
        schema["additionalProperties"] = render(shape.additional) if shape.additional else False
    if shape.items is not None:
        schema["items"] = render(shape.items)
    return schema


def type_of(value: Any) -> str:
    """Return the JSON Schema type of a Python value."""
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object")):
        if isinstance(value, kind):
            return name
    return "null"


def fits(value: Any, kind: str | None) -> bool:
    """Return whether a value has the type `kind`; if `kind` is None, return whether the value is not null."""
    own = type_of(value)
    return own != "null" and (kind is None or own == kind or (own, kind) == ("integer", "number"))


def speaks_of(keyword: str, kind: str | None) -> bool:
    """Return whether a schema keyword applies to values of the type `kind`."""
    return kind is None or kind in _SPEAKS_OF.get(keyword, (kind,))
