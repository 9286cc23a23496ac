"""Visits every schema, operation and description of a document, with its location.

Each location in the document is visited only once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from conformance.contract.lint.problem import Steps

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")


class SchemaNode(NamedTuple):
    """A schema in the document and its location."""

    at: Steps
    value: Mapping[str, Any]


def operations(document: Mapping[str, Any]) -> Iterator[SchemaNode]:
    """Yield every operation of an OpenAPI document."""
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if isinstance(item.get(method), Mapping):
                yield SchemaNode(("paths", path, method), item[method])


def schemas(document: Mapping[str, Any]) -> Iterator[SchemaNode]:
    """Yield every schema in the document, nested schemas included.

    References are not followed: the target of a reference is visited at its location in the document.
    """
    components = document.get("components")
    named = components.get("schemas", {}) if isinstance(components, Mapping) else {}
    if isinstance(named, Mapping):
        for name, schema in named.items():
            yield from within(schema, ("components", "schemas", name))
    for root in ("paths", "webhooks", "components"):
        yield from _roots(document.get(root), (root,))


def _roots(node: Any, at: Steps) -> Iterator[SchemaNode]:
    """The schemas of parameters, headers, bodies and responses below a node."""
    if at == ("components", "schemas"):
        return
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "schema":
                yield from within(value, (*at, key))
            elif key not in ("example", "examples"):
                yield from _roots(value, (*at, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from _roots(value, (*at, place))


def within(schema: Any, at: Steps) -> Iterator[SchemaNode]:
    """Yield a schema and all schemas nested in it."""
    if not isinstance(schema, Mapping):
        return
    yield SchemaNode(at, schema)
    for key in _MAPS:
        inner = schema.get(key)
        if isinstance(inner, Mapping):
            for name, value in inner.items():
                yield from within(value, (*at, key, name))
    for key in _LISTS:
        branches = schema.get(key)
        if isinstance(branches, list):
            for place, value in enumerate(branches):
                yield from within(value, (*at, key, place))
    for key in _SINGLE:
        yield from within(schema.get(key), (*at, key))


def media(operation: SchemaNode) -> Iterator[SchemaNode]:
    """Yield every media type of an operation's request and responses."""
    body = operation.value.get("requestBody")
    holders = [((*operation.at, "requestBody"), body)]
    responses = operation.value.get("responses")
    if isinstance(responses, Mapping):
        holders += [((*operation.at, "responses", status), response) for status, response in responses.items()]
    for at, holder in holders:
        content = holder.get("content") if isinstance(holder, Mapping) else None
        if isinstance(content, Mapping):
            for name, value in content.items():
                if isinstance(value, Mapping):
                    yield SchemaNode((*at, "content", name), value)
