"""Mutants that enforce each keyword of JSON Schema alone, but lose one of two keywords that occur together."""

from __future__ import annotations

from typing import Any

from conformance.reference.mutants.chat.json_schema import Schema, changed, dropping, family


def _unbounded_pattern(schema: dict[str, Any]) -> Schema:
    return dropping("maxLength")(schema) if "pattern" in schema else schema


def _unbounded_multiple(schema: dict[str, Any]) -> Schema:
    low = schema.get("minimum", 0)
    return dropping("minimum", "maximum")(schema) if "multipleOf" in schema and low > 0 else schema


def _short_values(schema: dict[str, Any]) -> Schema:
    return dropping("minLength")(schema) if "enum" in schema else schema


def _bare_reference(schema: dict[str, Any]) -> Schema:
    return {"$ref": schema["$ref"]} if "$ref" in schema else schema


def _first_object(schema: dict[str, Any]) -> Schema:
    parts = schema.get("allOf", ())
    return {**schema, "allOf": parts[:1]} if parts and "properties" in parts[0] else schema


def _own_references(schema: dict[str, Any]) -> Schema:
    """In a definition, only a reference to the definition itself is followed."""

    def strange(name: str) -> Any:
        return lambda part: {} if part.get("$ref", f"/{name}").rpartition("/")[2] != name else part

    parts = {name: changed(part, strange(name)) for name, part in schema.get("$defs", {}).items()}
    return {**schema, "$defs": parts} if parts else schema


family("pattern-with-length", _unbounded_pattern, "A `maxLength` beside a `pattern` is silently ignored.")
family("multiple-with-bounds", _unbounded_multiple, "Bounds beside `multipleOf` are silently ignored.")
family("enum-with-length", _short_values, "A `minLength` beside an `enum` is silently ignored.")
family("ref-with-bounds", _bare_reference, "Keywords beside a `$ref` are silently ignored.")
family("all-of-objects", _first_object, "Of several objects in `allOf`, only the first is enforced.")
family(
    "mutual-recursion", _own_references, "A reference from one definition to another allows any value.", within=False
)
