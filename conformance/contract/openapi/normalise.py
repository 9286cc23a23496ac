"""Automatic corrections of OpenAI's document: one rule for each pattern that JSON Schema validators misinterpret.

Corrections of a single location are actions in `specs/openai/overlay.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.contract.openapi.prune import METHODS, component, references

Schema = dict[str, Any]

_SCHEMA_MAPS = ("properties", "patternProperties", "$defs", "dependentSchemas")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMAS = ("items", "additionalProperties", "not", "propertyNames", "contains", "if", "then", "else")
# Keywords that a validator or a generator of requests reads. All others (description, example, x-…) are prose.
_KEPT = {
    *("$ref", "type", "nullable", "enum", "const", "format", "pattern", "required", "default", "deprecated"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
    *_SCHEMA_MAPS,
    *_SCHEMA_LISTS,
    *_SCHEMAS,
}


def normalise(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of the document in which every correction rule has been applied to every schema."""
    components = document.get("components", {})
    schemas = {
        name: map_schemas(own_recursion(schema, name), normalise_schema)
        for name, schema in components.get("schemas", {}).items()
    }
    result = {
        "openapi": document["openapi"],
        "info": dict(document["info"]),
        "servers": document.get("servers", []),
        "security": document.get("security", []),
        "paths": {
            path: {method: _operation(item[method]) for method in METHODS if method in item}
            for path, item in document["paths"].items()
        },
        "components": {"securitySchemes": components.get("securitySchemes", {}), "schemas": schemas},
    }
    return open_responses(result)


def normalise_schema(schema: Schema) -> Schema:
    """Apply every correction rule, in the required order, to one schema whose subschemas are already corrected."""
    for rule in (keywords_only, absent_default, null_as_type, one_of_as_any_of, unique_required):
        schema = rule(schema)
    return schema


def null_as_type(schema: Schema) -> Schema:
    """Replace `nullable: true` by adding null to the schema's types and enum values.

    OpenAPI 3.1 validators ignore `nullable`.
    """
    if "nullable" not in schema:
        return schema
    nullable = schema["nullable"]
    schema = {key: value for key, value in schema.items() if key != "nullable"}
    if not nullable:
        return schema
    if "type" not in schema or any(key in schema for key in ("$ref", "anyOf", "oneOf", "allOf")):
        return {"anyOf": [schema, {"type": "null"}]}
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    schema["type"] = [*types, *([] if "null" in types else ["null"])]
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    return schema


def one_of_as_any_of(schema: Schema) -> Schema:
    """Change `oneOf` to `anyOf` in a schema that has a `discriminator`.

    Validators ignore the discriminator, so valid data may match two branches.

    The keyword `discriminator` is removed from the schema. The mapping of a discriminator has references without a
    target, which would make openapi-core reject every body.
    """
    if "oneOf" not in schema:
        return schema
    rest = {key: value for key, value in schema.items() if key != "oneOf"}
    if "anyOf" in rest:
        return {**rest, "allOf": [*rest.get("allOf", []), {"anyOf": schema["oneOf"]}]}
    return {**rest, "anyOf": schema["oneOf"]}


def unique_required(schema: Schema) -> Schema:
    """Remove duplicate names in `required`, which the meta-schema forbids."""
    if "required" not in schema or not isinstance(schema["required"], list):
        return schema
    return {**schema, "required": list(dict.fromkeys(schema["required"]))}


def keywords_only(schema: Schema) -> Schema:
    """Remove descriptions and vendor extensions, which validators ignore; they are two thirds of the document."""
    return {key: value for key, value in schema.items() if key in _KEPT}


def absent_default(schema: Schema) -> Schema:
    """Remove `default: null` where null is not a valid value.

    With `default: null`, OpenAI's document means that the value is absent by default.
    """
    if "default" in schema and schema["default"] is None:
        return {key: value for key, value in schema.items() if key != "default"}
    return schema


def own_recursion(schema: Schema, name: str) -> Schema:
    """Replace `$recursiveRef: "#"` by a plain `$ref`.

    The keyword `$recursiveRef` is from JSON Schema 2019-09; validators for OpenAPI 3.1 ignore it.
    """

    def visit(node: Schema) -> Schema:
        if "$recursiveRef" not in node:
            return node
        return {"$ref": f"#/components/schemas/{name}"}

    result: Schema = map_schemas(schema, visit)
    return result


def open_responses(document: dict[str, Any]) -> dict[str, Any]:
    """Remove `additionalProperties: false` and `format` from every schema that a response can use.

    Clients must tolerate unknown keys, because the API adds keys without notice. `format` is only an annotation in JSON
    Schema 2020-12. A validator that enforces `format` would reject valid values, such as integers with the format
    `float`. Request schemas keep `additionalProperties: false` and `format`, unless a response uses the same schema.
    """
    schemas: dict[str, Schema] = document["components"]["schemas"]
    responses = [
        operation["responses"] for item in document["paths"].values() for operation in item.values() if operation
    ]
    reached: set[str] = set()
    todo = [component(reference)[1] for reference in references(responses)]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo.extend(component(reference)[1] for reference in references(schemas[name]))

    def visit(schema: Schema) -> Schema:
        closed = schema.get("additionalProperties") is False
        return {
            key: value
            for key, value in schema.items()
            if key != "format" and not (key == "additionalProperties" and closed)
        }

    for name in reached:
        schemas[name] = map_schemas(schemas[name], visit)
    for path, item in document["paths"].items():
        document["paths"][path] = {
            method: {**operation, "responses": _map_bodies(operation["responses"], visit)}
            for method, operation in item.items()
        }
    return document


def map_schemas(schema: Any, visit: Callable[[Schema], Schema]) -> Any:
    """Return the schema after applying `visit` to each subschema, innermost first, and then to the schema itself."""
    if not isinstance(schema, dict):
        return schema
    result = dict(schema)
    for key in _SCHEMA_MAPS:
        if isinstance(result.get(key), dict):
            result[key] = {name: map_schemas(value, visit) for name, value in result[key].items()}
    for key in _SCHEMA_LISTS:
        if isinstance(result.get(key), list):
            result[key] = [map_schemas(value, visit) for value in result[key]]
    for key in _SCHEMAS:
        if isinstance(result.get(key), dict):
            result[key] = map_schemas(result[key], visit)
    return visit(result)


def _operation(operation: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"operationId": operation["operationId"]}
    if operation.get("parameters"):
        result["parameters"] = [_parameter(parameter) for parameter in operation["parameters"]]
    if "requestBody" in operation:
        body = operation["requestBody"]
        result["requestBody"] = {"required": body.get("required", False), "content": _content(body["content"])}
    result["responses"] = _map_bodies(operation["responses"], normalise_schema)
    return result


def _parameter(parameter: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: parameter[key] for key in ("name", "in", "required", "style", "explode") if key in parameter}
    return {**kept, "schema": map_schemas(parameter["schema"], normalise_schema)}


def _map_bodies(responses: Mapping[str, Any], visit: Callable[[Schema], Schema]) -> dict[str, Any]:
    return {
        str(status): {"description": response["description"]}
        | ({"content": _content(response["content"], visit)} if response.get("content") else {})
        for status, response in responses.items()
    }


def _content(content: Mapping[str, Any], visit: Callable[[Schema], Schema] = normalise_schema) -> dict[str, Any]:
    return {media: {"schema": map_schemas(body["schema"], visit)} for media, body in content.items()}
