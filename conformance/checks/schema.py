"""What a schema says against an instance, as expected and got at a place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from conformance.checks.language import Phrase, shown
from conformance.contract import load_schemas

_MISSING = re.compile(r'required property "([^"]+)" is missing')


class Breach(NamedTuple):
    """One place where an instance breaks OpenAI's schema: what was expected, what is there, and where.

    `null` says that null stands where the schema wants a value or nothing: clients that take null for absent cope.
    """

    expected: str
    got: Phrase
    pointer: str
    null: bool


def breaches(schema: str, instance: Any, except_at: re.Pattern[str] | None = None) -> Iterator[Breach]:
    """Where an instance breaks a schema of OpenAI's document; nothing when it satisfies it.

    `except_at` matches the places (JSON pointers) that another requirement looks at: one fault is one failure.
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
    """Which of many instances break the schema, by their place; far quicker than one by one when none does."""
    schemas = load_schemas()
    if schemas.all_valid(schema, instances):
        return []
    return [place for place, instance in enumerate(instances) if not schemas.is_valid(schema, instance)]


def one_of_each_shape(instances: Sequence[Any], most: int) -> list[int]:
    """The places of the first instance of each shape, at most so many: what else has that shape is wrong in the same way.

    Explaining a breach costs a hundred times its validation, and a stream may have thousands of chunks wrong alike.
    """
    first: dict[Any, int] = {}
    for place, instance in enumerate(instances):
        first.setdefault(_shape(instance), place)
    return list(first.values())[:most]


def _shape(value: Any) -> Any:
    """The keys and the types of the values, without what they say."""
    match value:
        case dict():
            return tuple((name, _shape(item)) for name, item in value.items())
        case list():
            return "list", tuple(map(_shape, value))
        case _:
            return type(value).__name__


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
