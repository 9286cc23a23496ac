"""Faults composed at random from the OpenAPI document: no rule of the causes was written with one of them in view.

Each changes one field, status, event or parameter wherever the endpoint has it. A seed chooses them.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.contract import load_document
from conformance.reference.dialect import Dialect
from conformance.reference.errors import ApiError
from conformance.reference.http import Http
from conformance.reference.intake import Intake
from conformance.reference.part import Kind
from conformance.reference.refusals import Refusals

SEED = "composed 1"
DEPTH = 3
SURFACES = (
    "CreateChatCompletionResponse",
    "CreateChatCompletionStreamResponse",
    "CreateCompletionResponse",
    "CreateEmbeddingResponse",
    "Response",
    "ConversationResource",
    "Model",
    "Error",
)
"""The schemas of responses whose fields are changed; those of stream events are added."""
REQUESTS = ("CreateChatCompletionRequest", "CreateCompletionRequest", "CreateEmbeddingRequest", "CreateResponse")
WITHOUT = frozenset({"model", "messages", "input", "prompt", "stream"})
"""Parameters without which there is nothing to audit."""
STATUSES = (400, 402, 404, 409, 418, 422, 451, 500, 502, 503)
KINDS = {"drop": 5, "null": 2, "mistype": 4, "status": 1, "event": 2, "ignore": 4, "refuse": 2}
"""How often each kind of fault is composed."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Composed:
    """One fault: its name, the field, status, event or parameter at fault, and the part of the endpoint that has it."""

    name: str
    subject: str
    part: Kind


def compose(count: int, seed: str = SEED) -> list[Composed]:
    """So many different faults, the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, no secret
    found: dict[str, Composed] = {}
    while len(found) < count:
        kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
        fault = _MAKERS[kind](kind, rng)
        found.setdefault(fault.name, fault)
    return list(found.values())


def _field(kind: str, rng: random.Random) -> Composed:
    """A field that is dropped, null, or of another type in every object of one schema."""
    schema = rng.choice([*SURFACES, *_events()])
    node = _resolved({"$ref": f"#/components/schemas/{schema}"})
    steps, leaf = rng.choice([each for each in _fields(node, DEPTH) if each[0] not in (("object",), ("type",))])
    mark = _mark(node)

    def change(holder: Json, name: str) -> None:
        if kind == "drop":
            del holder[name]
        else:
            holder[name] = None if kind == "null" else _mistyped(holder[name])

    class Changed(Http):
        def dumps(self, value: Any) -> str:
            return super().dumps(_changed(value, mark, steps, change))

    return Composed(f"{kind}:{mark[1] or 'error'}:{'.'.join(steps)}", leaf, Changed)


def _status(_: str, rng: random.Random) -> Composed:
    right = rng.choice((400, 401, 404))
    wrong = rng.choice([each for each in STATUSES if each != right])

    class Answered(Refusals):
        def error_status(self, error: ApiError, dialect: Dialect) -> int:
            status = super().error_status(error, dialect)
            return wrong if status == right else status

    return Composed(f"status:{right}:{wrong}", str(wrong), Answered)


def _event(_: str, rng: random.Random) -> Composed:
    kind = rng.choice([_mark(_resolved({"$ref": f"#/components/schemas/{name}"}))[1] for name in _events()])

    class Silent(Http):
        def frame_event(self, data: str, event: str | None = None) -> bytes:
            return b"" if event == kind else super().frame_event(data, event)

    return Composed(f"event:{kind}", kind, Silent)


def _parameter(kind: str, rng: random.Random) -> Composed:
    name = rng.choice(sorted({name for each in REQUESTS for name in _properties(each)} - WITHOUT))
    status = rng.choice((400, 422, 500)) if kind == "refuse" else 0

    class Read(Intake):
        def read_body(self, headers: Mapping[str, str], raw: bytes) -> Json:
            body = super().read_body(headers, raw)
            if status and name in body:
                raise ApiError(status, f"Unrecognized request argument: {name}", name)
            return {key: item for key, item in body.items() if key != name}

    return Composed(f"{kind}:{name}{f':{status}' if status else ''}", name, Read)


_MAKERS: Mapping[str, Callable[[str, random.Random], Composed]] = {
    "drop": _field,
    "null": _field,
    "mistype": _field,
    "status": _status,
    "event": _event,
    "ignore": _parameter,
    "refuse": _parameter,
}


def _schemas() -> Mapping[str, Any]:
    return load_document("openai").data["components"]["schemas"]  # type: ignore[no-any-return]  # any JSON


def _events() -> list[str]:
    """The schemas of the events that the endpoint sends: those of text, calls, items and the response itself."""
    names = [each["$ref"].rpartition("/")[2] for each in _schemas()["ResponseStreamEvent"]["anyOf"]]
    kinds = ("Created", "InProgress", "Completed", "Text", "OutputItem", "ContentPart", "FunctionCall")
    return [name for name in names if name.removeprefix("Response").startswith(kinds)]


def _resolved(node: Any) -> Json:
    """A schema with its references and `allOf` put in; of a union the first schema that is an object or a list."""
    while "$ref" in node:
        node = _schemas()[node["$ref"].rpartition("/")[2]]
    for union in ("anyOf", "oneOf"):
        if union in node:
            whole = [_resolved(each) for each in node[union]]
            node = next((each for each in whole if "properties" in each or "items" in each), whole[0])
    properties: Json = dict(node.get("properties", {}))
    for part in node.get("allOf", ()):
        properties = {**properties, **_resolved(part).get("properties", {})}
    return {**node, "properties": properties} if properties else dict(node)


def _properties(schema: str) -> Json:
    found: Json = _resolved({"$ref": f"#/components/schemas/{schema}"})["properties"]
    return found


def _fields(node: Json, depth: int) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every field of a schema, as the steps to it (`*` for each item) and its name."""
    for name, child in node.get("properties", {}).items():
        yield (name,), name
        inner = _resolved(child)
        steps: tuple[str, ...] = (name,)
        if "items" in inner:
            inner, steps = _resolved(inner["items"]), (name, "*")
        if depth > 1:
            yield from (((*steps, *more), leaf) for more, leaf in _fields(inner, depth - 1))


def _mark(node: Json) -> tuple[str, str]:
    """What tells the objects of a schema: the key and value of its `object` or `type`; an error has neither."""
    for key in ("object", "type"):
        values = node["properties"].get(key, {}).get("enum")
        if values:
            return key, values[0]
    return "error", ""


def _changed(value: Any, mark: tuple[str, str], steps: tuple[str, ...], change: Callable[[Json, str], None]) -> Any:
    key, name = mark
    if isinstance(value, list):
        return [_changed(item, mark, steps, change) for item in value]
    if not isinstance(value, dict):
        return value
    whole = {each: _changed(item, mark, steps, change) for each, item in value.items()}
    if name and whole.get(key) == name:
        whole = copy.deepcopy(whole)
        _apply(whole, steps, change)
    elif not name and isinstance(whole.get(key), dict):
        _apply(whole[key], steps, change)
    return whole


def _apply(node: Any, steps: tuple[str, ...], change: Callable[[Json, str], None]) -> None:
    first, *rest = steps
    if first == "*":
        for item in node if isinstance(node, list) else ():
            _apply(item, tuple(rest), change)
    elif isinstance(node, dict) and first in node:
        if rest:
            _apply(node[first], tuple(rest), change)
        else:
            change(node, first)


def _mistyped(value: Any) -> Any:
    """The same information in a type that the schema does not allow."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return [value] if isinstance(value, str) else 1 if isinstance(value, list) else "none" if value is None else [value]
