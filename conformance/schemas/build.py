"""Builds JSON Schemas from dataclasses and from tables of fields. Each field has a description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    date: {"type": "string", "format": "date"},
    NoneType: {"type": "null"},
    Any: {},
}


def file_schema(title: str, schema: Schema, **definitions: Schema) -> Schema:
    """Return the schema of a whole file."""
    return {"$schema": DIALECT, "title": title, **schema, **({"$defs": definitions} if definitions else {})}


def of(kind: Any, description: str = "") -> Schema:
    """Return the schema of the JSON values of a type: str, bool, int, float, date, enumerations, tuples, mappings, unions.

    Raises `TypeError` if the type is a dataclass: use `record_of`, which takes descriptions of the fields.
    """
    return _described(_of(kind), description)


def one_of(values: Iterable[Any], description: str = "") -> Schema:
    """Return the schema of an enumeration."""
    return _described({"enum": list(values)}, description)


def ref(name: str) -> Schema:
    """Return a reference to a definition of the same file."""
    return {"$ref": f"#/$defs/{name}"}


def list_of(items: Schema, description: str) -> Schema:
    """Return the schema of an array."""
    return {"type": "array", "items": items, "description": description}


def map_of(values: Schema, description: str) -> Schema:
    """Return the schema of an object whose keys vary."""
    return {"type": "object", "additionalProperties": values, "description": description}


def record(description: str, properties: Mapping[str, Schema], *, optional: Iterable[str] = ()) -> Schema:
    """Return the schema of an object with these properties and no others. All properties but `optional` are required."""
    absent = set(optional)
    if absent - properties.keys():
        raise ValueError(f"no such properties: {sorted(absent - properties.keys())}")
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": [name for name in properties if name not in absent],
        "additionalProperties": False,
    }


def record_of(
    cls: type,
    description: str,
    said: Mapping[str, str | Schema],
    *,
    more: Mapping[str, Schema] | None = None,
    optional: Iterable[str] = (),
) -> Schema:
    """Return the schema of a dataclass as a JSON object, with the properties `more` after the fields.

    `said` maps the name of each field to a description or to a complete schema; a field with only a description gets
    the schema of its type. Raises `ValueError` if `said` lacks a field or names another one.
    """
    hints = get_type_hints(cls)
    names = [each.name for each in fields(cls)]
    if set(names) != said.keys():
        raise ValueError(f"{cls.__name__} has {names}, described are {list(said)}")
    properties = {
        name: of(hints[name], given) if isinstance(given, str) else given for name in names for given in [said[name]]
    }
    return record(description, {**properties, **(more or {})}, optional=optional)


def or_null(schema: Schema) -> Schema:
    """Return the schema of a value that may be null."""
    return _union([schema, {"type": "null"}])


def _described(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description} if description else schema


def _of(kind: Any) -> Schema:
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    origin, inside = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _union([_of(each) for each in inside])
    if origin is tuple and inside[-1] is Ellipsis:
        return {"type": "array", "items": _of(inside[0])}
    if origin is tuple:
        items = [_of(each) for each in inside]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _of(inside[1])}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [each.value for each in kind]}
    raise TypeError(f"{kind} has no JSON Schema; describe its fields with record_of")


def _union(schemas: list[Schema]) -> Schema:
    """Return the schema of a value that one of several schemas describes, as simple as possible."""
    if all(set(each) == {"type"} for each in schemas):
        return {"type": [each["type"] for each in schemas]}
    if len(schemas) == 2 and schemas[1] == {"type": "null"}:
        first = schemas[0]
        if "enum" in first:
            return {**first, "enum": [*first["enum"], None]}
        if isinstance(first.get("type"), str):
            return {**first, "type": [first["type"], "null"]}
    return {"anyOf": schemas}
