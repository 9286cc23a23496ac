"""Finds the places where JSON data violates a schema in OpenAI's OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from conformance.checks.language import Phrase, shown
from conformance.contract import load_schemas

_MISSING = re.compile(r'required property "([^"]+)" is missing')


class Breach(NamedTuple):
    """One violation of a schema in OpenAI's document: the expected value, the actual value, and its location.

    `null` is true if the response has null where the schema does not allow null. Many clients treat a field with the
    value null like a missing field.
    """

    expected: str
    got: Phrase
    pointer: str
    null: bool


def breaches(schema: str, instance: Any, except_at: re.Pattern[str] | None = None) -> Iterator[Breach]:
    """Yield the places where an instance violates a schema in OpenAI's document.

    `except_at` is a pattern of JSON pointers: other requirements judge the places that the pattern matches. Violations
    at the places that `except_at` matches are left out; otherwise one fault would violate two requirements.
    """
    for error in load_schemas().errors(schema, instance):
        missing = _MISSING.search(error.message)
        place = f"{error.pointer}/{missing[1]}" if missing else error.pointer
        if except_at is not None and except_at.fullmatch(place):
            continue
        value = at(instance, error.pointer)
        said = Phrase(error.message if value is None else f"{error.message}: {shown(value, 160)}")
        yield Breach(f"what {schema} allows", said, error.pointer, null=value is None)


def invalid(schema: str, instances: Sequence[Any]) -> list[int]:
    """Return the indices of the instances that violate the schema.

    To save time, all instances are first validated together. If the joint validation fails, each instance is validated
    separately.
    """
    schemas = load_schemas()
    if schemas.all_valid(schema, instances):
        return []
    return [place for place, instance in enumerate(instances) if not schemas.is_valid(schema, instance)]


def one_of_each_shape(instances: Sequence[Any], most: int) -> list[int]:
    """Group the items by their structure, and return the index of the first item of at most `most` groups.

    JSON values with the same structure have the same schema violations.

    Locating a violation takes a hundred times as long as validating, and a stream may have thousands of equal
    violations.
    """
    first: dict[Any, int] = {}
    for place, instance in enumerate(instances):
        first.setdefault(_shape(instance), place)
        if len(first) == most:
            break
    return list(first.values())


def _shape(value: Any) -> Any:
    """The keys and the types of the values, without the values."""
    if isinstance(value, dict):
        return (*value, *map(_shape, value.values()))
    if isinstance(value, list):
        return (list, *map(_shape, value))
    return type(value)


def at(instance: Any, pointer: str) -> Any:
    """Return the value at a JSON pointer in JSON data.

    If nothing exists at the pointer, the value at the longest existing beginning of the pointer is returned.
    """
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(instance, dict) and name in instance:
            instance = instance[name]
        elif isinstance(instance, list) and name.isdigit() and int(name) < len(instance):
            instance = instance[int(name)]
        else:
            return instance
    return instance
