"""What a schema says against an instance: which instances, at which places, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.schema import at, breaches, invalid, one_of_each_shape
from tests.checks.examples import COMPLETION, piece


def test_where_an_instance_breaks_a_schema() -> None:
    """Expected and got at a place; the places of others are left out, also where something is missing."""
    wrong = {**COMPLETION, "system_fingerprint": "x" * 300, "service_tier": "gold"}
    del wrong["model"]
    found = {each.pointer: each for each in breaches("CreateChatCompletionResponse", wrong)}
    assert found["/service_tier"].expected == "what CreateChatCompletionResponse allows"
    assert found["/service_tier"].got.endswith(': "gold"')
    assert not found["/service_tier"].null
    assert found[""].got.startswith('required property "model" is missing')


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", {"a": [{"b/c": 1, "~d": 2}], "e": {"0": 3}}),
        ("/a/0/b~1c", 1),
        ("/a/0/~0d", 2),
        ("/e/0", 3),
        ("/a/1", [{"b/c": 1, "~d": 2}]),
        ("/a/x", [{"b/c": 1, "~d": 2}]),
        ("/a/0/b~1c/further", 1),
        ("/e/1", {"0": 3}),
    ],
)
def test_what_a_pointer_leads_to(pointer: str, value: Any) -> None:
    """The value, or the last one on the way."""
    assert at({"a": [{"b/c": 1, "~d": 2}], "e": {"0": 3}}, pointer) == value


def test_which_of_many_are_invalid() -> None:
    """Their places; none when all are right."""
    good = piece({"content": "a"})
    bad = {**good, "choices": 5}
    name = "CreateChatCompletionStreamResponse"
    assert invalid(name, [good, bad, good, bad]) == [1, 3]
    assert invalid(name, [good, good]) == []


def test_one_of_each_shape() -> None:
    """The first of each; keys, types and nesting make a shape, what is said does not."""
    instances = [
        {"a": 1},
        {"a": 2},
        {"a": "1"},
        {"b": 1},
        [1],
        [1, 2],
        ["1"],
        [],
        {},
        None,
        [{"a": 3}],
        [{"a": 4}],
        "x",
    ]
    assert one_of_each_shape(instances, 99) == [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert one_of_each_shape(instances, 3) == [0, 2, 3]
