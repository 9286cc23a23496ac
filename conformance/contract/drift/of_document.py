"""Reads the operations and fields of an OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract.drift.description import Collected, Description, Field, Place, fields_of, operation_name
from conformance.contract.references import follow

METHODS = ("get", "put", "post", "delete", "patch")
LIMITS = (
    "default", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "pattern",
)  # fmt: skip
SIDES = {"application/json": "response", "text/event-stream": "event"}


def of_document(name: str, document: Mapping[str, Any], base_path: str = "") -> Description:
    """Return the operations that an OpenAPI document describes.

    The prefix `base_path` is removed from the returned paths.
    """
    return Description(
        name,
        {
            operation_name(method, path.removeprefix(base_path)): _Reader(document).read(item, item[method])
            for path, item in document["paths"].items()
            for method in METHODS
            if method in item
        },
    )


class _Reader:
    """Collects the fields of one operation."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.found: dict[Place, Collected] = {}

    def read(self, item: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[Place, Field]:
        for each in (*item.get("parameters", ()), *operation.get("parameters", ())):
            parameter = self.followed(each)
            if parameter.get("in") == "query":
                place = f"query {parameter['name']}"
                self.collect(parameter.get("schema", {}), place, ())
                self.found.setdefault("query", Collected())
                self.found[place].required = bool(parameter.get("required"))
        body = self.followed(operation.get("requestBody", {}))
        self.collect(body.get("content", {}).get("application/json", {}).get("schema", {}), "body", ())
        for status, response in operation.get("responses", {}).items():
            content = self.followed(response).get("content", {}) if str(status).startswith("2") else {}
            for media, side in SIDES.items():
                self.collect(content.get(media, {}).get("schema", {}), side, ())
        return fields_of(self.found)

    def followed(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        return follow(self.document, node["$ref"]) if "$ref" in node else node

    def collect(self, schema: Any, place: Place, above: tuple[str, ...]) -> None:
        """Add a schema at a place, with its variants and its fields. `above` holds the references that lead here."""
        if not isinstance(schema, Mapping):
            return
        reference = schema.get("$ref")
        if reference in above:
            self.found.setdefault(place, Collected(limits={})).types.add("object")
            return
        if reference:
            self.collect(follow(self.document, reference), place, (*above, reference))
        found = self.found.setdefault(place, Collected(limits={}))
        found.types |= set(types_of(schema))
        listed = schema.get("enum", [schema["const"]] if "const" in schema else [])
        found.values |= {value for value in listed if isinstance(value, str)}
        found.objects += "properties" in schema
        found.open |= "string" in types_of(schema) and not listed
        found.limits = (found.limits or {}) | {key: schema[key] for key in LIMITS if key in schema}
        for keyword in ("anyOf", "oneOf", "allOf"):
            for variant in schema.get(keyword, ()):
                self.collect(variant, place, above)
        if "items" in schema:
            self.collect(schema["items"], f"{place}[]", above)
        for name, value in schema.get("properties", {}).items():
            inner = f"{place}.{name}" if " " in place else f"{place} {name}"
            self.collect(value, inner, above)
            if inner in self.found:
                self.found[inner].required = name in schema.get("required", ())


def types_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the JSON types that a schema states itself or implies by its keywords."""
    stated = schema.get("type", ())
    yield from [stated] if isinstance(stated, str) else stated
    if not stated and "properties" in schema:
        yield "object"
    if not stated and "enum" in schema and all(isinstance(value, str) for value in schema["enum"]):
        yield "string"
