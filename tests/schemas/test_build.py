"""Schemas that follow from types: every field is described, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conformance.schemas.build import of, record, record_of
from conformance.verdict import Level


@dataclass(frozen=True)
class Two:
    number: int
    names: tuple[str, ...] = ()


@pytest.mark.parametrize("said", [{"number": "A number."}, {"number": "A number.", "names": "Names.", "more": "More."}])
def test_a_description_is_needed_for_each_field_and_for_no_other(said: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="described are"):
        record_of(Two, "Two fields.", said)


def test_a_record_has_the_types_of_its_fields_and_no_other_properties() -> None:
    schema = record_of(Two, "Two fields.", {"number": "A number.", "names": "Names."}, optional=["names"])
    assert schema["properties"]["number"] == {"type": "integer", "description": "A number."}
    assert schema["properties"]["names"]["items"] == {"type": "string"}
    assert (schema["required"], schema["additionalProperties"]) == (["number"], False)


def test_types_that_have_no_schema_are_refused() -> None:
    with pytest.raises(TypeError, match="record_of"):
        of(Two)
    with pytest.raises(ValueError, match="no such properties"):
        record("Nothing.", {}, optional=["name"])


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (int | None, {"type": ["integer", "null"]}),
        (Level | None, {"enum": ["MUST", "SHOULD", "MAY", None]}),
        (dict[str, float], {"type": "object", "additionalProperties": {"type": "number"}}),
        (tuple[str, str], {"type": "array", "prefixItems": [{"type": "string"}] * 2, "items": False, "minItems": 2}),
    ],
)
def test_a_type_has_the_schema_of_its_json_form(kind: object, schema: dict[str, object]) -> None:
    assert of(kind) == schema
