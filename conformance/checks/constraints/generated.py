"""Generates random JSON schemas with hypothesis, each with a value that satisfies it and a value that violates it."""

from __future__ import annotations

import jsonschema_rs
from hypothesis import strategies as st

from conformance.checks.constraints.drawing import drawn
from conformance.checks.constraints.drawn_schema import Drawn, closed_object

WORDS = ("zorblax", "quibfrotz", "vermilquorn", "κῦμα", "kw 77", 'q"x', "漢字")
NAMES = ("zq", "kv", "größe", "a b", "xw", "名")


Draws = st.SearchStrategy[Drawn]


def _integers() -> Draws:
    def made(low: int, width: int, *, above: bool) -> Drawn:
        high = low + width
        return Drawn({"type": "integer", "minimum": low, "maximum": high}, low, high + 3 if above else low - 1)

    return st.builds(made, st.integers(-999, 9999), st.integers(0, 20), above=st.booleans())


def _texts() -> Draws:
    def bounded(low: int, width: int, *, above: bool) -> Drawn:
        forbidden = "a" * (low + width + 3 if above or not low else low - 1)
        return Drawn({"type": "string", "minLength": low, "maxLength": low + width}, "a" * low, forbidden)

    def patterned(head: str, digits: int) -> Drawn:
        return Drawn({"type": "string", "pattern": f"^{head}-[0-9]{{{digits}}}$"}, f"{head}-{'0' * digits}", "sea")

    heads = st.sampled_from(["zq", "KV", "xw"])
    lengths = st.builds(bounded, st.integers(0, 6), st.integers(0, 4), above=st.booleans())
    return lengths | st.builds(patterned, heads, st.integers(1, 4))


def _enums() -> Draws:
    def listed(values: list[str]) -> Drawn:
        return Drawn({"type": "string", "enum": values}, values[0], "sea")

    def fixed(value: str) -> Drawn:
        return Drawn({"type": "string", "const": value}, value, "sea")

    words = st.sampled_from(WORDS)
    return st.builds(listed, st.lists(words, min_size=1, max_size=4, unique=True)) | st.builds(fixed, words)


_PLAIN = (
    Drawn({"type": "boolean"}, True, "maybe"),
    Drawn({"type": ["integer", "null"], "minimum": 5, "maximum": 9}, None, "unknown"),
)
_RARE = (
    Drawn({"type": "string", "format": "date"}, "2026-01-31", "tomorrow"),
    Drawn({"type": "string", "format": "uuid"}, "12345678-1234-4234-8234-123456789abc", "none"),
    Drawn({"type": "integer", "minimum": 0, "maximum": 999, "multipleOf": 97}, 97, 5),
    Drawn({"type": "integer", "exclusiveMinimum": 7, "exclusiveMaximum": 9}, 8, 7),
    Drawn({"type": "array", "prefixItems": [{"type": "integer", "enum": [7]}, {"type": "boolean"}], "items": False, "minItems": 2}, [7, True], ["sea", "blue"]),
    Drawn({"type": "array", "items": {"type": "integer", "enum": [7, 8, 9]}, "minItems": 2, "maxItems": 3, "uniqueItems": True}, [7, 8], [7, 7]),
    Drawn({"oneOf": [{"type": "integer", "enum": [4711]}, {"type": "boolean"}]}, 4711, "sea"),
    Drawn({"allOf": [{"type": ["integer", "string"]}, {"type": ["integer", "boolean"]}]}, 7, "sea"),
)  # fmt: skip


def _arrays(inner: Draws) -> Draws:
    def made(item: Drawn, low: int, width: int, *, long: bool) -> Drawn:
        schema = {"type": "array", "items": item.schema, "minItems": low, "maxItems": low + width}
        forbidden = [item.witness] * (low + width + 2) if long or not low else [item.forbidden] * low
        return Drawn(schema, [item.witness] * low, forbidden, (item,))

    return st.builds(made, inner, st.integers(0, 2), st.integers(0, 1), long=st.booleans())


def _unions(inner: Draws) -> Draws:
    def made(first: Drawn, second: Drawn) -> Drawn:
        schema = {"anyOf": [first.schema, second.schema]}
        tried = (first.forbidden, second.forbidden, "the sea", {"sea": "blue"}, 0.5)
        forbidden = next((value for value in tried if not jsonschema_rs.is_valid(schema, value)), None)
        return Drawn(schema, first.witness, forbidden, (first, second))

    return st.builds(made, inner, inner)


def _objects(inner: Draws, most: int) -> Draws:
    def made(members: dict[str, Drawn], which: int) -> Drawn:
        return closed_object(members, which % len(members))

    names = st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=most)
    return st.builds(made, names, st.integers(0, most - 1))


def schemas(levels: int = 1, members: int = 2, *, rare: bool = False) -> Draws:
    """Return a hypothesis strategy for object schemas that forbid additional members.

    The schemas are nested up to `levels` deep. If `rare` is true, the schemas also use keywords that many engines do
    not support. The suite's feature map has a row for each rare keyword of JSON Schema.
    """
    inner = _integers() | _texts() | _enums() | st.sampled_from(_PLAIN + (_RARE if rare else ()))
    for _ in range(levels):
        inner = inner | _arrays(inner) | _unions(inner) | _objects(inner, members)
    return _objects(inner, members)


def draw(count: int, number: int, *, levels: int = 1, rare: bool = False) -> list[Drawn]:
    """Generate `count` different random schemas. The same seed (`number`) always gives the same schemas."""
    return drawn(schemas(levels, rare=rare), count, number, lambda each: each.text)
