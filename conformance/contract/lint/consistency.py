"""Finds schemas that no data can satisfy, and constraints that contradict each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from conformance.contract.lint.problem import Problem, problem
from conformance.contract.lint.walk import SchemaNode
from conformance.contract.references import follow
from conformance.contract.schema_error import pointer_of

_PAIRS = (
    ("minimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def check_schema(node: SchemaNode, document: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the contradictions inside one schema; subschemas are checked separately."""
    at, schema = node
    for low, high in _PAIRS:
        least, most = schema.get(low), schema.get(high)
        if least is not None and most is not None and _number(least) and _number(most) and least > most:
            yield problem("never", at, f"{low} {least} is more than {high} {most}; no value is both")
    yield from _values(node)
    yield from _pattern(node)
    yield from _required(node, document)
    yield from _all_of(node, document)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def types_of(schema: Mapping[str, Any]) -> set[str] | None:
    """Return the JSON types that a schema allows by `type`, `enum` or `const`; None if it allows any type.

    If the schema allows `number`, the result also has `integer`.
    """
    given = schema.get("type")
    if given is None:
        return None
    names = {given} if isinstance(given, str) else {name for name in given if isinstance(name, str)}
    if schema.get("nullable") is True:
        names.add("null")
    return names | ({"integer"} if "number" in names else set())


def _is_a(value: Any, kinds: set[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    if isinstance(value, float) and value.is_integer() and "integer" in kinds:
        return True
    return any(isinstance(value, _TYPES.get(kind, ())) for kind in kinds)


def _values(node: SchemaNode) -> Iterator[Problem]:
    at, schema = node
    kinds = types_of(schema)
    values = schema.get("enum")
    if isinstance(values, list):
        if not values:
            yield problem("never", (*at, "enum"), "the enum lists nothing; no value is allowed")
        elif kinds is not None:
            wrong = [value for value in values if not _is_a(value, kinds)]
            if len(wrong) == len(values):
                yield problem("never", (*at, "enum"), f"no listed value is of type {_named(kinds)}")
            elif wrong:
                said = ", ".join(repr(value) for value in wrong[:3])
                message = f"{said} can never be given: the type is {_named(kinds)}"
                yield problem("contradiction", (*at, "enum"), message, error=False)
        if "const" in schema and schema["const"] not in values and values:
            yield problem("never", at, "const is none of the enum's values")
    if "const" in schema and kinds is not None and not _is_a(schema["const"], kinds):
        yield problem("never", (*at, "const"), f"{schema['const']!r} is not of type {_named(kinds)}")


def _named(kinds: set[str]) -> str:
    shown = kinds - ({"integer"} if "number" in kinds else set())
    return " or ".join(sorted(shown))


def _pattern(node: SchemaNode) -> Iterator[Problem]:
    pattern = node.value.get("pattern")
    if not isinstance(pattern, str):
        return
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as wrong:
        # Python's dialect is not JavaScript's: what it cannot read may still be right (`\\p{L}`).
        message = f"{pattern[:80]!r} is not read as a regular expression: {wrong}"
        yield problem("schema", (*node.at, "pattern"), message, error=False)


def _required(node: SchemaNode, document: Mapping[str, Any]) -> Iterator[Problem]:
    at, schema = node
    required = schema.get("required")
    properties = schema.get("properties")
    if not isinstance(required, list) or not isinstance(properties, Mapping):
        return
    closed = schema.get("additionalProperties") is False
    whole = follow(document, "#" + pointer_of(at[:-2])) if at[-2:-1] == ("allOf",) else schema
    known = known_properties(whole, document)  # the parts of an `allOf` describe one object together
    for place, name in enumerate(required):
        if not isinstance(name, str):
            continue
        here = (*at, "required", place)
        if properties.get(name) is False:
            yield problem("never", here, f"{name!r} is required and forbidden")
        elif name not in known and closed:
            yield problem("never", here, f"{name!r} is required, and the schema allows no such property")
        elif name not in known:
            yield problem("required", here, f"{name!r} is required, and no property describes it", error=False)


def known_properties(schema: Any, document: Mapping[str, Any]) -> set[str]:
    """Return the names of the properties that a schema and its subschemas define.

    Each subschema is visited only once, even if schemas are recursive.
    """
    found: set[str] = set()
    visited: set[int] = set()
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, Mapping) or id(part) in visited:
            continue
        visited.add(id(part))
        properties = part.get("properties")
        found |= set(properties) if isinstance(properties, Mapping) else set()
        if isinstance(part.get("$ref"), str):
            with suppress(LookupError):
                waiting.append(follow(document, part["$ref"]))
        for key in ("allOf", "anyOf", "oneOf"):
            waiting += part.get(key) or ()
    return found


def _all_of(node: SchemaNode, document: Mapping[str, Any]) -> Iterator[Problem]:
    parts = node.value.get("allOf")
    if not isinstance(parts, list):
        return
    left: set[str] | None = types_of(node.value)
    for place, part in enumerate(parts):
        resolved = part
        if isinstance(part, Mapping) and isinstance(part.get("$ref"), str):
            try:
                resolved = follow(document, part["$ref"])
            except LookupError:
                continue
        kinds = types_of(resolved) if isinstance(resolved, Mapping) else None
        if kinds is None:
            continue
        if left is not None and not left & kinds:
            message = f"all parts must hold, and a value cannot be {_named(left)} and {_named(kinds)} at once"
            yield problem("never", (*node.at, "allOf", place), message)
            return
        left = kinds if left is None else left & kinds
