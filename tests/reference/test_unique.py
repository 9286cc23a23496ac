"""Unique arrays of few values are spelled out; whatever is not stays, so that the decoder refuses it."""

from __future__ import annotations

import jsonschema_rs

from conformance.reference.language_model.unique import spelled_out


def unique(values, low=0, high=9):
    return {"type": "array", "items": {"enum": values}, "minItems": low, "maxItems": high, "uniqueItems": True}


def test_a_unique_array_of_few_values_becomes_a_list_of_arrays():
    """Each satisfies the original schema, and none is missing."""
    schema = unique([7, 8, 9], 2, 3)
    arrays = spelled_out({"properties": {"v": schema}})["properties"]["v"]["enum"]
    assert len(arrays) == 12
    assert all(jsonschema_rs.is_valid(schema, array) for array in arrays)


def test_what_is_too_long_or_open_stays():
    """Without a list of values, or with too many arrays, the keyword stays where it is."""
    for schema in (unique(list(range(9))), {"type": "array", "items": {"type": "integer"}, "uniqueItems": True}):
        assert spelled_out(schema) == schema


def test_values_are_no_schemas():
    """An enum may hold what looks like a schema."""
    schema = {"enum": [unique([1])], "const": unique([1])}
    assert spelled_out(schema) == schema
