"""The table of operations: each request finds its row, and what else reads the table finds what it names."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

import conformance.checks
from conformance.api import CORE, OPERATIONS, Operation, by_route, operation_at
from conformance.config import load_profile
from conformance.config.profile import profile_names
from conformance.contract import load_schemas
from conformance.engine import probes
from conformance.specs import SPECS

PREFIX = "https://gateway.example/team/openai/v1"


def every_probe() -> Iterator[str]:
    for module in pkgutil.walk_packages(conformance.checks.__path__, "conformance.checks."):
        import_module(module.name)
    yield from probes()


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if not each.socket], ids=lambda each: each.key)
def test_a_request_finds_its_operation(operation: Operation) -> None:
    """By its method and the end of its path, whatever stands before; and OpenAI's document has it."""
    path = PREFIX + operation.path.replace("{", "a-").replace("}", "-1")
    assert operation_at(operation.method.lower(), path + "/") == operation
    paths = json.loads((SPECS / "openai" / "openapi.json").read_text())["paths"]
    assert operation.method.lower() in paths[operation.path]


def test_what_is_no_operation_is_none() -> None:
    """An unknown route, a method that a path does not have; the id of a model may have slashes."""
    assert operation_at("PUT", f"{PREFIX}/chat/completions") is None
    assert operation_at("POST", f"{PREFIX}/nope") is None
    found = operation_at("GET", f"{PREFIX}/models/meta/llama")
    assert found is not None
    assert found.route == "model"


def test_a_row_names_what_there_is() -> None:
    """Its event schema is in the document, its probes are registered, and only one route is what every target has."""
    known = set(every_probe())
    vendors = [name for profile in profile_names() for name in load_profile(profile).baseline]
    named = {name for each in OPERATIONS for name in (*each.baseline, *each.faults, each.generated) if name}
    assert {*named, *vendors} <= known
    assert all(
        each.events in load_schemas().document.data["components"]["schemas"] for each in OPERATIONS if each.events
    )
    assert len(by_route()[CORE]) == 1


def test_a_profile_has_the_paths_of_the_table() -> None:
    """Unless it says otherwise, and never those that it takes away."""
    openai, telnyx = load_profile("openai"), load_profile("telnyx")
    assert openai.url("https://a.example/v1", "conversation_item", id="c/1", item_id="m") == (
        "https://a.example/v1/conversations/c%2F1/items/m"
    )
    assert {each.route for each in OPERATIONS} == set(openai.paths)
    assert not telnyx.offers("conversations")
    assert telnyx.offers("telnyx_conversations")
