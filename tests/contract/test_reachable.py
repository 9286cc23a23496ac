"""A schema is compiled with the parts of its document that it needs, and means the same as with the whole document."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from conformance.contract import load_document, load_schemas
from conformance.contract.reachable import Reachable
from conformance.contract.schema_error import explain

OPENAI = load_document("openai").data
NAMES = sorted(OPENAI["components"]["schemas"])
ODD: tuple[Any, ...] = ({}, {"type": "message", "object": 7, "role": "user"}, 7, ["a"], {"output": [{"type": "x"}]})


@pytest.mark.parametrize("name", ["CreateChatCompletionResponse", "ResponseStreamEvent", *NAMES[::12]])
def test_a_part_means_what_the_whole_document_means(name: str) -> None:
    """The same errors, with the same places."""
    reference = {"$ref": f"#/components/schemas/{name}"}
    part = Reachable(OPENAI).from_pointer(reference["$ref"])
    assert part is not OPENAI
    few, all_ = (jsonschema_rs.Draft202012Validator({**data, **reference}) for data in (part, OPENAI))
    for odd in ODD:
        assert explain(few.iter_errors(odd)) == explain(all_.iter_errors(odd))


def test_only_what_is_referred_to_is_there() -> None:
    """Through any number of references, which may lead around in a circle."""
    data = {
        "openapi": "3.1.0",
        "paths": {"/a/{b}": {"get": {"schema": {"type": "string"}}}, "/c": {}},
        "components": {
            "schemas": {
                "Tree": {"properties": {"left": {"$ref": "#/components/schemas/Tree"}, "name": {"$ref": "#/components/schemas/Name/anyOf/0"}}},
                "Name": {"anyOf": [{"$ref": "#/paths/~1a~1%7Bb%7D/get/schema"}]},
                "Other": {"$ref": "#/components/schemas/Name"},
            }
        },
    }  # fmt: skip
    part = Reachable(data).from_pointer("#/components/schemas/Tree")
    assert set(part["components"]["schemas"]) == {"Tree", "Name"}
    assert set(part["paths"]) == {"/a/{b}"}
    assert Reachable(data).from_pointer("#/components/schemas/Nothing") is data


@pytest.mark.parametrize(
    "odd", [{"$ref": "other.json#/A"}, {"$id": "http://a.example"}, {"$dynamicRef": "#node"}, {"$ref": "#node"}]
)
def test_where_a_reference_may_lead_elsewhere_all_is_kept(odd: dict[str, str]) -> None:
    """A place in the document is all that is followed."""
    data = {"components": {"schemas": {"A": {"items": odd}, "B": {}}}}
    assert Reachable(data).from_pointer("#/components/schemas/A") is data
    assert Reachable(data | {"$id": "http://a.example"}).from_pointer("#/components/schemas/B") is not None


def test_every_schema_of_the_suite_is_compiled_from_a_part() -> None:
    """So no reference of OpenAI's document costs a compilation of all of it."""
    reachable = Reachable(load_schemas().document.data)
    assert all(reachable.from_pointer(f"#/components/schemas/{name}") is not OPENAI for name in NAMES)
