"""Generates request bodies that violate the request schema in exactly one place. Pure, and deterministic."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from conformance.checks.generated.fault import Fault, counts
from conformance.checks.generated.positive import canonical
from conformance.checks.generated.repair import FILLER, Body, repair
from conformance.checks.generated.shapes import Shape, Shapes, fits, type_of
from conformance.config.depth import SEED, Depth

UNLISTED = "conformance-no-such-value"
"""A value that no enumeration lists."""
_ITEMS = 3  # of a list, each of the first so many is broken
_LEVELS = 200  # what is nested so deep is no message, and no parser's business to fall over
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


class Mutation(NamedTuple):
    """One way to violate a schema constraint: location, keyword, description, wrong value, and form."""

    pointer: str
    keyword: str
    said: str
    wrong: Any
    form: str = ""


def negative(
    promised: Shape,
    schema: Mapping[str, Any],
    control: Body,
    valid: Callable[[Body], bool],
    cases: int = Depth.QUICK.faulty,
    seed: int = SEED,
) -> list[Fault]:
    """Generate at most `cases` request bodies with one fault each.

    The faults cover as many schema keywords as possible, and simple faults precede complicated faults. `promised` is
    the request schema with the constraints of the OpenAPI document, but without the limits of the profile. `schema` is
    the request schema with additional limits on the cost of a request. If a fault needs a property that the valid body
    `control` lacks, the value of the property is generated from `schema`. A fault is used only if `valid` rejects the
    body with the fault and accepts the body without it. If there are more than `cases` faults, the seed determines
    which of the complicated faults are returned.
    """
    found: dict[str, Fault] = {}
    bodies: set[str] = set()
    for fault in _faults(promised, schema, control, valid):
        body = canonical(fault.body)
        if counts(fault) and fault.name not in found and body not in bodies and not valid(fault.body):
            found[fault.name] = fault
            bodies.add(body)
    plainest, *texts = broken_texts(control)
    plain = [plainest, *(fault for fault in found.values() if not fault.form)]
    if cases <= Depth.QUICK.faulty:
        return spread(plain, cases)
    more = [*texts, *(fault for fault in found.values() if fault.form)]
    random.Random(seed).shuffle(more)  # noqa: S311 - a choice that can be repeated, not a secret
    return [*plain[:cases], *spread(more, cases - len(plain))]


def broken_texts(control: Body) -> list[Fault]:
    """Return faults that turn the control body into invalid JSON (RFC 8259).

    The first fault in the list is truncated JSON, which is the simplest fault.
    """
    text = canonical(control)
    said = "the body must be JSON"
    forms = {
        "": text[: len(text) * 2 // 3],
        "comma": text[:-1] + ",}",
        "single-quotes": text.replace('"', "'"),
        "twice": text + text,
        "unquoted": text.replace('"model"', "model", 1),
    }
    return [Fault("", "json", said, {}, form, broken) for form, broken in forms.items()]


def spread(faults: Iterable[Fault], cases: int) -> list[Fault]:
    """Return at most `cases` faults: first one fault per keyword, then a second fault per keyword, and so on.

    For each keyword, faults near the top level of the body come first.
    """
    by_keyword: dict[str, list[Fault]] = {}
    for fault in sorted(faults, key=lambda fault: fault.pointer.count("/")):
        by_keyword.setdefault(fault.keyword, []).append(fault)
    rounds = max(map(len, by_keyword.values()), default=0)
    turns = (found[turn] for turn in range(rounds) for found in by_keyword.values() if turn < len(found))
    return [fault for fault, _ in zip(turns, range(max(cases, 0)), strict=False)]


def _faults(
    promised: Shape, schema: Mapping[str, Any], control: Body, valid: Callable[[Body], bool]
) -> Iterator[Fault]:
    for name in sorted(promised.required & control.keys()):
        yield Fault(f"/{name}", "required", "must be present", {n: v for n, v in control.items() if n != name})
    for name, shapes in promised.properties.items():
        pinned = schema.get("properties", {}).get(name, {})
        right = [(control[name], "")] if name in control else [(value, "") for value in samples(pinned)]
        if name == "messages":
            right += conversations(pinned)
        for value, history in right:
            base = {**control, **_companion(name, schema), name: value}
            if valid(base):
                for pointer, keyword, said, wrong, form in mutations(shapes, value, f"/{name}"):
                    told = f"{form} {history}".strip()
                    yield Fault(pointer, keyword, said, {**base, name: wrong}, told)


def conversations(messages: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """Return a valid list of messages for each message role, so that faults can be placed in messages of every role."""
    kinds = []
    for message in samples(messages.get("items", {})):
        listed = repair({"messages": [dict(FILLER), message, dict(FILLER)], "tools": []})["messages"]
        parts = "parts" if isinstance(message.get("content"), list) else ""
        if message in listed:
            kinds.append((listed, f"{message.get('role', '')} {parts}".strip()))
    return kinds


def _companion(name: str, schema: Mapping[str, Any]) -> Body:
    other = _COMPANION.get(name, "")
    found = samples(schema.get("properties", {}).get(other, {}))
    return {other: found[0]} if found else {}


def mutations(shapes: Shapes, value: Any, pointer: str, depth: int = 4) -> Iterator[Mutation]:
    """Yield the ways to change a valid value so that it violates one constraint of its schema.

    If the value is an object or an array, the change may concern a nested value.
    """
    yield from _wrong_type(shapes, pointer)
    for shape in shapes:
        if not _is_of(value, shape):
            continue
        for keyword, said, wrong, form in _limits(shape, value):
            yield Mutation(pointer, keyword, said, wrong, form)
        if not depth:
            continue
        if isinstance(value, dict):
            for name in sorted(shape.required & value.keys()):
                left = {n: v for n, v in value.items() if n != name}
                yield Mutation(f"{pointer}/{name}", "required", "must be present", left)
            for name in sorted(shape.properties.keys() & value.keys()):
                inside = mutations(shape.properties[name], value[name], f"{pointer}/{name}", depth - 1)
                yield from (each._replace(wrong={**value, name: each.wrong}) for each in inside)
        elif isinstance(value, list) and value and shape.items:
            for place, item in enumerate(value[:_ITEMS]):
                inside = mutations(shape.items, item, f"{pointer}/{place}", depth - 1)
                yield from (
                    each._replace(wrong=[*value[:place], each.wrong, *value[place + 1 :]], form=each.form)
                    for each in inside
                )


def _wrong_type(shapes: Shapes, pointer: str) -> Iterator[Mutation]:
    kinds = [shape.type for shape in shapes if shape.type is not None]
    if len(kinds) < len(shapes):
        return  # any type is right
    said = f"must be of type {' or '.join(dict.fromkeys(kinds))}"
    first = next((_WRONG[kind] for kind in kinds if kind in _WRONG), 12345)
    others = (12345, {"wrong": True}, True, ["wrong"], "wrong", _nested(_LEVELS))
    wrong = [value for value in (first, *others) if not any(fits(value, kind) for kind in kinds)]
    told: set[str] = set()
    for value in wrong:
        form = "nested" if value is others[-1] else type_of(value)
        if form not in told:
            yield Mutation(pointer, "type", said, value, form if told else "")
            told.add(form)


def _nested(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    return value


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


def _limits(shape: Shape, value: Any) -> Iterator[tuple[str, str, Any, str]]:
    limits = shape.keywords
    whole = shape.type == "integer"
    step = 1 if whole else 0.5
    if "enum" in limits and shape.type == "string":
        said = "must be one of the values that the schema lists"
        yield "enum", said, UNLISTED, ""
        yield from (("enum", said, wrong, form) for wrong, form in (("", "empty"), (str(value).upper(), "upper-case")))
    for keyword, word, sign in (("minimum", "least", -1), ("maximum", "most", 1)):
        if keyword in limits:
            bound = limits[keyword]
            far = ((step, ""), (1000, "far"), (2**62 if whole else 1e300, "huge"))
            yield from ((keyword, f"must be at {word} {bound}", bound + sign * by, form) for by, form in far)
    if "maxLength" in limits:
        said = f"must have at most {limits['maxLength']} characters"
        yield "maxLength", said, "a" * (limits["maxLength"] + 1), ""
    if limits.get("minItems") == 1:
        yield "minItems", "must have at least one item", [], ""
    if "maxItems" in limits and isinstance(value, list) and value:
        for times, form in ((1, ""), (8, "many")):
            many = [_another(value[0], number) for number in range(limits["maxItems"] * times + 1)]
            yield "maxItems", f"must have at most {limits['maxItems']} items", many, form


def _another(item: Any, number: int) -> Any:
    return f"{item}{number}" if isinstance(item, str) else copy.deepcopy(item)


def samples(schema: Mapping[str, Any]) -> list[Any]:
    """Return one small valid value for each alternative of a schema.

    If a schema has a `pattern`, a few words and a digit are tried; if none of them matches, no value is returned.
    """
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
