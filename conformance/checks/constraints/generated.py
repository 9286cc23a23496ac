"""Schemas drawn by hypothesis, each with a value that satisfies it, and smaller schemas to try after a failure."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisWarning

WORDS = ("zorblax", "quibfrotz", "vermilquorn", "κῦμα", "kw 77", 'q"x', "漢字")
NAMES = ("zq", "kv", "größe", "a b", "xw", "名")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A schema and a value that satisfies it: nobody can say that it asks for the impossible."""

    schema: dict[str, Any]
    witness: Any


def _integers() -> st.SearchStrategy[Drawn]:
    def made(low: int, width: int) -> Drawn:
        return Drawn({"type": "integer", "minimum": low, "maximum": low + width}, low)

    return st.builds(made, st.integers(-999, 9999), st.integers(0, 20))


def _texts() -> st.SearchStrategy[Drawn]:
    def bounded(low: int, width: int) -> Drawn:
        return Drawn({"type": "string", "minLength": low, "maxLength": low + width}, "a" * low)

    def patterned(head: str, digits: int) -> Drawn:
        return Drawn({"type": "string", "pattern": f"^{head}-[0-9]{{{digits}}}$"}, f"{head}-{'0' * digits}")

    heads = st.sampled_from(["zq", "KV", "xw"])
    return st.builds(bounded, st.integers(0, 6), st.integers(0, 4)) | st.builds(patterned, heads, st.integers(1, 4))


def _enums() -> st.SearchStrategy[Drawn]:
    def listed(values: list[str]) -> Drawn:
        return Drawn({"type": "string", "enum": values}, values[0])

    def fixed(value: str) -> Drawn:
        return Drawn({"type": "string", "const": value}, value)

    words = st.sampled_from(WORDS)
    return st.builds(listed, st.lists(words, min_size=1, max_size=4, unique=True)) | st.builds(fixed, words)


def _leaves() -> st.SearchStrategy[Drawn]:
    plain = st.sampled_from([Drawn({"type": "boolean"}, True), Drawn({"type": ["integer", "null"], "minimum": 5, "maximum": 9}, None)])  # fmt: skip
    return _integers() | _texts() | _enums() | plain


def _arrays(inner: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    def made(item: Drawn, low: int, width: int) -> Drawn:
        schema = {"type": "array", "items": item.schema, "minItems": low, "maxItems": low + width}
        return Drawn(schema, [item.witness] * low)

    return st.builds(made, inner, st.integers(0, 2), st.integers(0, 1))


def _unions(inner: st.SearchStrategy[Drawn]) -> st.SearchStrategy[Drawn]:
    def made(first: Drawn, second: Drawn) -> Drawn:
        return Drawn({"anyOf": [first.schema, second.schema]}, first.witness)

    return st.builds(made, inner, inner)


def _objects(inner: st.SearchStrategy[Drawn], most: int) -> st.SearchStrategy[Drawn]:
    def made(members: dict[str, Drawn]) -> Drawn:
        properties = {name: member.schema for name, member in members.items()}
        witness = {name: member.witness for name, member in members.items()}
        schema = {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
        return Drawn(schema, witness)

    return st.builds(made, st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=most))


def schemas(levels: int = 1, members: int = 2) -> st.SearchStrategy[Drawn]:
    """Closed object schemas, `levels` of arrays, unions and objects deep, with at most so many members each."""
    inner = _leaves()
    for _ in range(levels):
        inner = inner | _arrays(inner) | _unions(inner) | _objects(inner, members)
    return _objects(inner, members)


def draw(count: int, number: int, *, levels: int = 1) -> list[Drawn]:
    """So many different schemas; the same for the same seed number."""
    found: dict[str, Drawn] = {}

    @seed(number)
    @settings(
        max_examples=4 * count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(schemas(levels))
    def keep(drawn: Drawn) -> None:
        found.setdefault(repr(drawn.schema), drawn)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        keep()
    # The first that hypothesis draws are the plainest ones; those in the middle say more.
    kept = sorted(found.values(), key=lambda drawn: len(repr(drawn.schema)))
    step = max(len(kept) // count, 1)
    return kept[step - 1 :: step][:count]


def smaller(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same schema with one member fewer, or with one member's schema put alone in the place of all."""
    properties = schema.get("properties", {})
    if len(properties) > 1:
        for name in properties:
            rest = {other: part for other, part in properties.items() if other != name}
            yield {**schema, "properties": rest, "required": [*rest]}
    for name, part in properties.items():
        for inside in _inside(part):
            yield {**schema, "properties": {**properties, name: inside}}


def _inside(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from part.get("anyOf", ())
    if isinstance(part.get("items"), dict):
        yield part["items"]
    yield from part.get("properties", {}).values()


def holds(drawn: Drawn) -> bool:
    """Whether the witness satisfies the schema, as the validator sees it."""
    return jsonschema_rs.is_valid(drawn.schema, drawn.witness)
