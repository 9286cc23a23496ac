"""A schema as alternatives: what is merged, what is left out, and that the result means no more than the schema."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.generated.shapes import expand, fits, render

STRING = {"type": "string"}


def plain(schema: Any, **schemas: Any) -> dict[str, Any]:
    return render(expand(schema, {"components": {"schemas": schemas}}))


def test_null_is_no_alternative() -> None:
    """The live API refuses some nulls that the document allows."""
    assert plain({"type": ["string", "null"]}) == STRING
    assert plain({"anyOf": [STRING, {"type": "null"}]}) == STRING
    assert plain({"enum": ["a", None]}) == {"type": "string", "enum": ["a"]}


def test_parts_of_all_of_become_one() -> None:
    """Limits take the narrower one, properties and required names add up."""
    schema = {
        "allOf": [
            {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 9}}},
            {"type": "object", "properties": {"n": {"type": "number", "maximum": 5}, "s": STRING}, "required": ["s"]},
        ]
    }
    assert plain(schema) == {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 5}, "s": STRING},
        "required": ["s"],
        "additionalProperties": False,
    }


def test_unions_are_flat_and_their_common_keywords_are_in_each() -> None:
    """A keyword goes to the alternatives of the type that it speaks of."""
    schema = {"maxLength": 3, "anyOf": [{"oneOf": [STRING, {"type": "integer"}]}, {"type": "boolean"}]}
    assert plain(schema) == {"anyOf": [STRING | {"maxLength": 3}, {"type": "integer"}, {"type": "boolean"}]}


def test_a_reference_is_what_it_names_and_its_siblings() -> None:
    """OpenAPI 3.1 lets keywords stand beside `$ref`."""
    assert plain({"$ref": "#/components/schemas/A", "maxLength": 2}, A=STRING) == STRING | {"maxLength": 2}


def test_a_schema_that_contains_itself_is_not_followed() -> None:
    """The way back is no alternative; what requires it is none, either."""
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "name": STRING}}
    assert "next" not in plain({"$ref": "#/components/schemas/Node"}, Node=node)["properties"]
    assert (
        expand(
            {"$ref": "#/components/schemas/Node"}, {"components": {"schemas": {"Node": node | {"required": ["next"]}}}}
        )
        == ()
    )


def test_what_is_deprecated_goes_except_the_tops_own_properties() -> None:
    """`max_tokens` is deprecated and everywhere; a deprecated kind of message is nobody's promise."""
    old = {"type": "object", "deprecated": True}
    inner = {"type": "object", "properties": {"a": STRING, "b": {**STRING, "deprecated": True}}}
    schema = {"type": "object", "properties": {"old": {**STRING, "deprecated": True}, "x": {"anyOf": [old, inner]}}}
    made = plain(schema)
    assert made["properties"]["old"] == STRING
    assert made["properties"]["x"]["properties"] == {"a": STRING}


def test_contradictions_are_no_alternative() -> None:
    """Two types, or two enums that share nothing, meet in nothing."""
    assert expand({"allOf": [STRING, {"type": "integer"}]}, {}) == ()
    assert expand({"allOf": [{"enum": ["a"]}, {"enum": ["b"]}]}, {}) == ()


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [(True, "integer", False), (1, "number", True), (1.5, "integer", False), (None, None, False), ([], "array", True)],
)
def test_types_are_those_of_json_schema(value: Any, kind: str | None, expected: bool) -> None:
    """A truth value is no number, a whole number is an integer and a number, null is never right."""
    assert fits(value, kind) is expected
