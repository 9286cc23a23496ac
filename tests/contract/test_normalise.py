"""The mechanical rules: what OpenAI's document says for people is said for validators, and means the same."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from conformance.contract import SpecError
from conformance.contract.openapi import normalise, prune
from conformance.contract.openapi.normalise import Schema, map_schemas, normalise_schema


def normal(schema: Schema) -> Any:
    return map_schemas(schema, normalise_schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "nullable": True},
        {"type": "string", "enum": ["a"], "nullable": True},
        {"type": ["string", "integer"], "nullable": True},
        {"oneOf": [{"type": "string"}], "nullable": True},
        {"allOf": [{"type": "string"}], "nullable": True},
        {"enum": ["a"], "nullable": True},
        {"anyOf": [{"type": "string"}, {"type": "integer", "nullable": True}]},
    ],
)
def test_nullable_means_null_is_valid(schema: Schema) -> None:
    """`nullable: true`, which 3.1 validators ignore, becomes a type or a branch; what was valid stays valid."""
    validator = jsonschema_rs.Draft202012Validator(normal(schema))
    assert validator.is_valid(None)
    assert validator.is_valid("a")
    assert not validator.is_valid([])
    assert not jsonschema_rs.Draft202012Validator(schema).is_valid(None) or "anyOf" in schema


def test_not_nullable_stays_so() -> None:
    """`nullable: false` changes nothing."""
    assert normal({"type": "string", "nullable": False}) == {"type": "string"}


def test_overlapping_branches_are_any_of() -> None:
    """Without their discriminator, branches of `oneOf` overlap; right data that keeps two of them is valid."""
    schema = {"oneOf": [{"type": "object"}, {"required": ["a"]}], "discriminator": {"propertyName": "type"}}
    assert not jsonschema_rs.is_valid(schema, {"a": 1})
    assert normal(schema) == {"anyOf": [{"type": "object"}, {"required": ["a"]}]}


def test_one_of_beside_any_of_keeps_both() -> None:
    """A schema with both must still keep both."""
    validator = jsonschema_rs.Draft202012Validator(
        normal({"anyOf": [{"minimum": 1}], "oneOf": [{"maximum": 3}, {"maximum": 4}]})
    )
    assert [number for number in range(6) if validator.is_valid(number)] == [1, 2, 3, 4]


def test_required_names_are_unique() -> None:
    """A name given twice, which the meta-schema refuses, is given once."""
    assert normal({"required": ["a", "b", "a"]}) == {"required": ["a", "b"]}


def test_prose_goes_and_properties_of_the_same_name_stay() -> None:
    """`description` is a keyword at one place and the name of a property at another."""
    schema = {
        "description": "Prose.",
        "x-oaiMeta": {"name": "x"},
        "properties": {"description": {"type": "string", "example": "e"}, "discriminator": {"type": "string"}},
    }
    assert normal(schema) == {"properties": {"description": {"type": "string"}, "discriminator": {"type": "string"}}}


def test_a_default_of_null_means_absent() -> None:
    """A default that its own schema refuses is dropped, any other stays."""
    assert normal({"type": "object", "default": None}) == {"type": "object"}
    assert normal({"type": "integer", "default": 0}) == {"type": "integer", "default": 0}


def document(response: Schema, request: Schema, **schemas: Schema) -> dict[str, Any]:
    """A document with one operation and those components."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a": {
                "post": {
                    "operationId": "a",
                    "requestBody": {"content": {"application/json": {"schema": request}}},
                    "responses": {"200": {"description": "", "content": {"application/json": {"schema": response}}}},
                }
            }
        },
        "components": {"schemas": schemas},
    }


CLOSED = {"type": "object", "additionalProperties": False, "properties": {"url": {"type": "string", "format": "uri"}}}


def test_responses_are_open_and_requests_stay_closed() -> None:
    """Wherever a response can reach, unknown keys and odd URLs are tolerated; a request's own schemas stay as they are."""
    reference = {"$ref": "#/components/schemas/Item"}
    result = normalise(
        document(reference, {"$ref": "#/components/schemas/New"}, Item={"allOf": [CLOSED]}, New={"allOf": [CLOSED]})
    )
    schemas = result["components"]["schemas"]
    assert schemas["Item"] == {"allOf": [{"type": "object", "properties": {"url": {"type": "string"}}}]}
    assert schemas["New"] == {"allOf": [CLOSED]}


def test_an_inline_response_is_open_too() -> None:
    """A schema written into the response itself is treated as a component is."""
    result = normalise(document(CLOSED, {}))
    body = result["paths"]["/a"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert "additionalProperties" not in body


def test_a_recursive_schema_refers_to_itself() -> None:
    """`$recursiveRef`, which 2020-12 ignores, becomes a reference to the component."""
    result = normalise(
        document({}, {}, Filter={"$recursiveAnchor": True, "properties": {"not": {"$recursiveRef": "#"}}})
    )
    assert result["components"]["schemas"]["Filter"] == {"properties": {"not": {"$ref": "#/components/schemas/Filter"}}}


def test_pruning_keeps_what_operations_reach() -> None:
    """Components that no kept operation reaches, and other operations, are gone."""
    whole = document(
        {"$ref": "#/components/schemas/A"},
        {},
        A={"items": {"$ref": "#/components/schemas/B/properties/x"}},
        B={"properties": {"x": {"$ref": "#/components/schemas/A"}}},
        C={},
        D={},
    )
    whole["paths"]["/b"] = {"get": {"operationId": "b", "responses": {}}}
    result = prune(whole, ["post /a"], schemas=["D"])
    assert set(result["paths"]) == {"/a"}
    assert set(result["components"]["schemas"]) == {"A", "B", "D"}


@pytest.mark.parametrize(
    ("operation", "reference", "message"),
    [
        ("get /a", "#/components/schemas/A", "no operation 'get /a'"),
        ("post /a", "#/components/schemas/X", "leads nowhere"),
        ("post /a", "other.yaml#/components/schemas/A", "bundle the document first"),
    ],
)
def test_pruning_refuses_what_is_not_there(operation: str, reference: str, message: str) -> None:
    """An operation or a component that does not exist is an error, not an omission."""
    with pytest.raises(SpecError, match=message):
        prune(document({"$ref": reference}, {}, A={}), [operation])
