"""What a schema says against an instance, as expected and got at a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from conformance.checks.language import Phrase, shown
from conformance.contract import load_schemas


class Breach(NamedTuple):
    """One place where an instance breaks OpenAI's schema: what was expected, what is there, and where."""

    expected: str
    got: Phrase
    pointer: str


def breaches(schema: str, instance: Any, at_most: int = 5) -> Iterator[Breach]:
    """Where an instance breaks a schema of OpenAI's document; nothing when it satisfies it."""
    schemas = load_schemas()
    if not schemas.is_valid(schema, instance):
        for error in schemas.errors(schema, instance)[:at_most]:
            there = shown(at(instance, error.pointer), 160)
            yield Breach(f"what {schema} allows", Phrase(f"{error.message}: {there}"), error.pointer)


def at(instance: Any, pointer: str) -> Any:
    """The value that a JSON pointer leads to, or the last value on the way."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(instance, dict) and name in instance:
            instance = instance[name]
        elif isinstance(instance, list) and name.isdigit() and int(name) < len(instance):
            instance = instance[int(name)]
        else:
            return instance
    return instance
