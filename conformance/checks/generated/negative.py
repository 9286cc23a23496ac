"""Bodies with exactly one violation of the request schema each, beside a right one. Pure, and the same every time."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from conformance.checks.generated.repair import Body
from conformance.checks.generated.shapes import Shape, Shapes, fits

CASES = 24

# The keywords whose violation the live API was measured, or is documented, to refuse with 400. Others prove nothing.
COUNTED = (
    "type",  # invalid_type
    "required",  # missing_required_parameter
    "enum",  # invalid_value
    "minimum",  # integer_below_min_value, decimal_below_min_value
    "maximum",  # integer_above_max_value, decimal_above_max_value
    "minItems",  # empty_array
    "maxItems",  # array_above_max_length
    "maxLength",  # string_above_max_length
)
# Where the live API accepts what its schema forbids, where nobody has measured it, and what would be dear if accepted.
NOT_COUNTED: Mapping[tuple[str, str], str] = {
    ("*/content", "required"): "the live API accepts a message without content",
    ("*/content", "minItems"): "not measured",
    ("/stop", "minItems"): "not measured",
    ("/n", "maximum"): "costs more than a hundred completions where it is accepted",
    ("/stream", "type"): "a server that takes it for true would stream",
    ("*/name", "type"): "not measured for messages",
    ("/tools*/strict", "type"): "not measured",
    ("/logit_bias*", "type"): "not measured",
    ("/prompt_cache_retention", "enum"): "not measured",
    ("/safety_identifier", "maxLength"): "not measured",
    ("/tools/*/type", "required"): "not measured; several servers take a function for granted",
    **{("/tool_choice/*", keyword): "not measured" for keyword in ("type", "required", "enum")},
    **{("/seed", keyword): "the document's bounds are rounded" for keyword in ("minimum", "maximum")},
}
# What a parameter is only allowed with, so that the fault stays the only one.
_COMPANION: Mapping[str, str] = {
    "top_logprobs": "logprobs",
    "tool_choice": "tools",
    "parallel_tool_calls": "tools",
}
_WRONG: Mapping[str, Any] = {
    "number": "hot",
    "integer": "many",
    "array": "hello",
    "object": "wrong",
    "boolean": "maybe",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One violation: a body, where its fault is (a JSON pointer), which keyword it breaks, and that in words."""

    pointer: str
    keyword: str
    said: str
    body: Body

    @property
    def name(self) -> str:
        """The fault by pointer and keyword: `/temperature maximum`."""
        return f"{self.pointer} {self.keyword}"

    @property
    def words(self) -> tuple[str, ...]:
        """The property names on the way to the fault, the nearest first: what an error may point at."""
        return tuple(step for step in reversed(self.pointer.split("/")) if step and not step.isdigit())


def negative(
    promised: Shape, schema: Mapping[str, Any], control: Body, valid: Callable[[Body], bool], cases: int = CASES
) -> list[Fault]:
    """`cases` faults at most, of every keyword first.

    `promised` has the document's own constraints, `schema` the pinned ones, of which right values are taken for the
    properties that the right body `control` lacks. A fault counts only where `valid` refuses the body with it and
    accepts it without.
    """
    found: dict[str, Fault] = {}
    for fault in _faults(promised, schema, control, valid):
        if counts(fault) and fault.name not in found and not valid(fault.body):
            found[fault.name] = fault
    return spread(found.values(), cases)


def counts(fault: Fault) -> bool:
    """Whether the live API is known to refuse the fault."""
    excepted = any(fault.keyword == word and fnmatchcase(fault.pointer, place) for place, word in NOT_COUNTED)
    return fault.keyword in COUNTED and not excepted


def spread(faults: Iterable[Fault], cases: int) -> list[Fault]:
    """One fault of each keyword, then a second of each, and so on; shallow ones first."""
    by_keyword: dict[str, list[Fault]] = {}
    for fault in sorted(faults, key=lambda fault: fault.pointer.count("/")):
        by_keyword.setdefault(fault.keyword, []).append(fault)
    rounds = max(map(len, by_keyword.values()), default=0)
    turns = (found[turn] for turn in range(rounds) for found in by_keyword.values() if turn < len(found))
    return [fault for fault, _ in zip(turns, range(cases), strict=False)]


def _faults(
    promised: Shape, schema: Mapping[str, Any], control: Body, valid: Callable[[Body], bool]
) -> Iterator[Fault]:
    for name in sorted(promised.required & control.keys()):
        yield Fault(f"/{name}", "required", "must be present", {n: v for n, v in control.items() if n != name})
    for name, shapes in promised.properties.items():
        right = [control[name]] if name in control else samples(schema.get("properties", {}).get(name, {}))
        for value in right:
            base = {**control, **_companion(name, schema), name: value}
            if valid(base):
                for pointer, keyword, said, wrong in mutations(shapes, value, f"/{name}"):
                    yield Fault(pointer, keyword, said, {**base, name: wrong})


def _companion(name: str, schema: Mapping[str, Any]) -> Body:
    other = _COMPANION.get(name, "")
    found = samples(schema.get("properties", {}).get(other, {}))
    return {other: found[0]} if found else {}


def mutations(shapes: Shapes, value: Any, pointer: str, depth: int = 4) -> Iterator[tuple[str, str, str, Any]]:
    """Each way to break one constraint at a right value or inside it: pointer, keyword, in words, the whole wrong value."""
    yield from _wrong_type(shapes, pointer)
    for shape in shapes:
        if not _is_of(value, shape):
            continue
        for keyword, said, wrong in _limits(shape, value):
            yield pointer, keyword, said, wrong
        if not depth:
            continue
        if isinstance(value, dict):
            for name in sorted(shape.required & value.keys()):
                yield f"{pointer}/{name}", "required", "must be present", {n: v for n, v in value.items() if n != name}
            for name in shape.properties.keys() & value.keys():
                inside = mutations(shape.properties[name], value[name], f"{pointer}/{name}", depth - 1)
                yield from ((p, k, s, {**value, name: wrong}) for p, k, s, wrong in inside)
        elif isinstance(value, list) and value and shape.items:
            inside = mutations(shape.items, value[0], f"{pointer}/0", depth - 1)
            yield from ((p, k, s, [wrong, *value[1:]]) for p, k, s, wrong in inside)


def _wrong_type(shapes: Shapes, pointer: str) -> Iterator[tuple[str, str, str, Any]]:
    kinds = [shape.type for shape in shapes if shape.type is not None]
    if len(kinds) < len(shapes):
        return  # any type is right
    first = next((_WRONG[kind] for kind in kinds if kind in _WRONG), 12345)
    wrong = next((w for w in (first, 12345, {"wrong": True}) if not any(fits(w, kind) for kind in kinds)), None)
    if wrong is not None:
        yield pointer, "type", f"must be of type {' or '.join(dict.fromkeys(kinds))}", wrong


def _is_of(value: Any, shape: Shape) -> bool:
    if not fits(value, shape.type):
        return False
    if "enum" in shape.keywords:
        return value in shape.keywords["enum"]
    if not isinstance(value, dict):
        return True
    return shape.required <= value.keys() and all(
        any(_is_of(value[name], each) for each in shapes) for name, shapes in shape.properties.items() if name in value
    )


def _limits(shape: Shape, value: Any) -> Iterator[tuple[str, str, Any]]:
    limits = shape.keywords
    step = 1 if shape.type == "integer" else 0.5
    if "enum" in limits and shape.type == "string":
        yield "enum", "must be one of the values that the schema lists", "conformance-no-such-value"
    if "minimum" in limits:
        yield "minimum", f"must be at least {limits['minimum']}", limits["minimum"] - step
    if "maximum" in limits:
        yield "maximum", f"must be at most {limits['maximum']}", limits["maximum"] + step
    if "maxLength" in limits:
        yield "maxLength", f"must have at most {limits['maxLength']} characters", "a" * (limits["maxLength"] + 1)
    if limits.get("minItems") == 1:
        yield "minItems", "must have at least one item", []
    if "maxItems" in limits and isinstance(value, list) and value:
        many = [_another(value[0], number) for number in range(limits["maxItems"] + 1)]
        yield "maxItems", f"must have at most {limits['maxItems']} items", many


def _another(item: Any, number: int) -> Any:
    return f"{item}{number}" if isinstance(item, str) else copy.deepcopy(item)


def samples(schema: Mapping[str, Any]) -> list[Any]:
    """One small right value for each alternative of a pinned schema; a pattern is met by a word or a digit, or not at all."""
    if "anyOf" in schema:
        return [value for branch in schema["anyOf"] for value in samples(branch)]
    return list(schema["enum"][:1]) if "enum" in schema else _of_type(schema)


def _of_type(schema: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    match schema.get("type"):
        case "object":
            parts = {name: samples(schema["properties"][name]) for name in schema.get("required", ())}
            if all(parts.values()):
                found = [{name: values[0] for name, values in parts.items()}]
        case "array":
            found = [[value] for value in samples(schema.get("items", {}))[:1]]
        case "integer" | "number":
            found = [max(1, schema.get("minimum", 1))]
        case "boolean":
            found = [True]
        case "string":
            words = ("alpha", "a", "1", "call_a")
            found = [word for word in words if re.search(schema.get("pattern", ""), word)][:1]
    return found
