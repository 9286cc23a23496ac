"""Find the places where an instance violates a schema of OpenAI's document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from conformance.checks.language import Phrase, shown
from conformance.contract import load_schemas

_MISSING = re.compile(r'required property "([^"]+)" is missing')


class Breach(NamedTuple):
    """One violation of OpenAI's schema: what was expected, what is there, and where.

    `null` means that the value is null where the schema wants a value or no field. Many clients tolerate that.
    """

    expected: str
    got: Phrase
    pointer: str
    null: bool


def breaches(schema: str, instance: Any, except_at: re.Pattern[str] | None = None) -> Iterator[Breach]:
    """Yield the violations of a schema of OpenAI's document.

    `except_at` matches places (JSON pointers) that another requirement judges, so that one fault is one failure.
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
    """The indices of instances that violate the schema; much faster than one by one if all are valid."""
    schemas = load_schemas()
    if schemas.all_valid(schema, instances):
        return []
    return [place for place, instance in enumerate(instances) if not schemas.is_valid(schema, instance)]


def one_of_each_shape(instances: Sequence[Any], most: int) -> list[int]:
    """The indices of the first instance of each shape, up to a limit: instances of one shape have the same violations.

    Explaining a violation is a hundred times slower than validating, and a stream may have thousands of identical ones.
    """
    first: dict[Any, int] = {}
    for place, instance in enumerate(instances):
        first.setdefault(_shape(instance), place)
    return list(first.values())[:most]


def _shape(value: Any) -> Any:
    """The keys and the types of the values, without the values."""
    match value:
        case dict():
            return tuple((name, _shape(item)) for name, item in value.items())
        case list():
            return "list", tuple(map(_shape, value))
        case _:
            return type(value).__name__


def at(instance: Any, pointer: str) -> Any:
    """The value at a JSON pointer, or the last existing value on its path."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(instance, dict) and name in instance:
            instance = instance[name]
        elif isinstance(instance, list) and name.isdigit() and int(name) < len(instance):
            instance = instance[int(name)]
        else:
            return instance
    return instance
