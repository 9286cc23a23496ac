"""Rejects documents in which too many schemas apply to one value.

References in nested `allOf` lists can multiply the number of schemas that apply to one value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.contract.errors import SpecError
from conformance.contract.references import DATA, Steps, follow
from conformance.contract.schema_error import pointer_of

MAX_APPLIED = 10_000
"""The most schemas that may apply to one value; OpenAI's document has 108."""
MAX_CHAIN = 200
"""The most nested references and parts that lead to a schema of the same value."""
MAX_VISITS = 2_000_000
"""The most schemas visited while counting; schemas in a cycle count on each path."""
_LISTS = ("allOf", "anyOf", "oneOf")
_SINGLE = ("not", "if", "then", "else")


def check_applied(document: Mapping[str, Any]) -> None:
    """Raise `SpecError` if so many schemas apply to one value that validation would take too long.

    The error has the JSON pointer of the first schema at which validation would take too long. Call `check_references`
    first.
    """
    known: dict[int, int] = {}
    under_way: dict[int, int] = {}
    visits = 0

    def applied(schema: Any, at: Steps) -> tuple[int, int]:
        """The schemas that apply, and how far up a schema under way was met again (a circle, which validators leave)."""
        nonlocal visits
        if not isinstance(schema, Mapping):
            return 1, MAX_CHAIN
        name = id(schema)
        if name in known:
            return known[name], MAX_CHAIN
        if name in under_way:
            return 0, under_way[name]
        depth = under_way[name] = len(under_way)
        visits += 1
        if depth >= MAX_CHAIN or visits > MAX_VISITS:
            raise SpecError(f"{pointer_of(at)} leads through too many schemas of the same value; flatten it")
        count, highest = 1, MAX_CHAIN
        for part in _parts(document, schema):
            more, met = applied(part, at)
            count, highest = count + more, min(highest, met)
            if count > MAX_APPLIED:
                said = f"holds one value to more than {MAX_APPLIED:,} schemas, since its parts repeat each other"
                raise SpecError(f"{pointer_of(at)} {said}; say each part once")
        del under_way[name]
        if highest >= depth:  # what is in a circle with one above depends on the way that led here
            known[name] = count
        return count, highest

    for at, node in _mappings(document):
        applied(node, at)


def _parts(document: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    """The schemas that apply to the same value as this one."""
    if isinstance(schema.get("$ref"), str):
        yield follow(document, schema["$ref"])
    for key in _LISTS:
        parts = schema.get(key)
        yield from parts if isinstance(parts, list) else ()
    for key in _SINGLE:
        if key in schema:
            yield schema[key]
    dependent = schema.get("dependentSchemas")
    yield from dependent.values() if isinstance(dependent, Mapping) else ()


def _mappings(document: Any) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
    """Every mapping that may be a schema, and where it stands; what maps free names (`properties`) is none."""
    waiting: list[tuple[Steps, Any, bool]] = [((), document, False)]
    while waiting:
        at, node, named = waiting.pop()
        if isinstance(node, list):
            waiting += [((*at, place), value, False) for place, value in enumerate(node)]
        elif isinstance(node, Mapping):
            if not named:
                yield at, node
            for key, value in node.items():
                if named or key not in DATA:
                    waiting.append(((*at, key), value, not named and key in ("properties", "patternProperties")))
