"""Compares each exchange with two OpenAPI documents: the target's own document and OpenAI's.

Only what OpenAPI documents describe is compared: status, media type, parameters, the schema of the body, and stream
events. A request is compared with a document only if the target accepted the request. If the target accepts a request
that a document forbids, the target violates this document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.config import Target
from conformance.contract import Document, OperationError, OperationValidator, Schemas, load_document
from conformance.contract.references import follow
from conformance.judging.run_judge import RunJudge
from conformance.wire import Exchange, Redactor, parse_json

MOST_BREAKS = 60
# What differs between two messages for the same reason: the values, and where in a list they stand.
_VALUE = re.compile(r"^.{0,80}? (?=is not )|\"[^\"]*\"|\d+")
_INDEX = re.compile(r"/\d+(?=/|$)")
_SSE = "text/event-stream"
# What stands before the operation (authentication, rate limits, being overloaded) few documents mention.
_BEFORE = frozenset({401, 403, 429, 503})
_EVENTS = 50  # of one stream; a stream that is wrong is wrong soon


@dataclass(slots=True)
class Column:
    """The numbers of exchanges that match an OpenAPI document, violate it, or use operations that it lacks."""

    keeps: int = 0
    breaks: int = 0
    undescribed: int = 0

    def to_dict(self) -> dict[str, int]:
        """Return the numbers of matching and violating exchanges as JSON data."""
        return {"keeps": self.keeps, "breaks": self.breaks, "undescribed": self.undescribed}


@dataclass(slots=True)
class Comparison:
    """Compares a run with two OpenAPI documents: counts by operation, and kinds of violations with their counts."""

    own: OperationValidator
    openai: OperationValidator
    base_url: str
    operations: dict[str, tuple[Column, Column]] = field(default_factory=dict)
    found: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)

    def add(self, exchange: Exchange) -> None:
        """Compare one exchange with the target's OpenAPI document and OpenAI's."""
        if exchange.status is None or exchange.status in _BEFORE or exchange.failure is not None or exchange.stopped:
            return
        own = self.own.operation(exchange.request, self.base_url)
        theirs = self.openai.operation(exchange.request, self.base_url)
        name = theirs or own
        if name is None:
            return
        columns = self.operations.setdefault(name, (Column(), Column()))
        sides = (("own", self.own, own), ("openai", self.openai, theirs))
        documented = False
        for column, (side, validator, operation) in zip(columns, sides, strict=True):
            if operation is None:
                column.undescribed += 1
                continue
            errors = list(errors_of(exchange, operation, validator, self.base_url))
            column.breaks += bool(errors)
            column.keeps += not errors
            if side == "own":
                documented = not errors and describes(validator.schemas, operation, exchange)
            for error in errors[:3]:
                self._keep(name, side, exchange, error, documented=documented)

    def _keep(self, operation: str, side: str, exchange: Exchange, error: OperationError, *, documented: bool) -> None:
        said = f"{exchange.status} {error.kind} {_INDEX.sub('/*', error.pointer)}".rstrip()
        key = (operation, said, _VALUE.sub("…", error.message))
        known = self.found.get(key)
        if known is None and len(self.found) < MOST_BREAKS:
            known = self.found[key] = {
                "operation": operation,
                "where": said,
                "message": error.message,
                "own": 0,
                "openai": 0,
                "exchange": exchange.id,
                "documented": documented,
            }
        if known is not None:
            known[side] += 1
            known["documented"] = known["documented"] and documented

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison with the two OpenAPI documents as JSON data, for the footer of a run file."""
        info = self.own.document.data.get("info")
        title = info.get("title") if isinstance(info, Mapping) else None
        return {
            "document": str(title or self.own.document.name),
            "operations": [
                {"operation": name, "own": own.to_dict(), "openai": theirs.to_dict()}
                for name, (own, theirs) in sorted(self.operations.items())
            ],
            "breaks": sorted(self.found.values(), key=lambda each: (-each["own"], -each["openai"])),
        }


def compare(exchanges: Iterable[Exchange], document: Document, base_url: str) -> dict[str, Any]:
    """Compare every exchange of a run with the target's OpenAPI document and OpenAI's; return JSON data."""
    comparison = Comparison(OperationValidator(document), OperationValidator(load_document("openai")), base_url)
    for exchange in exchanges:
        comparison.add(exchange)
    return comparison.to_dict()


def comparison(target: Target, judge: RunJudge, redactor: Redactor) -> Mapping[str, object]:
    """Compare a run's exchanges with the target's OpenAPI document and OpenAI's; {} if the target has no document."""
    file = target.profile.own_document
    if file is None:
        return {}
    document = load_document(file)
    try:
        return compare(judge.exchanges(), document, target.url)
    except Exception as trouble:  # noqa: BLE001 - a document may be stranger than its readers; the verdicts stand
        said = redactor.message(f"{type(trouble).__name__}: {trouble}")[:300]
        return {"document": document.name, "operations": [], "breaks": [], "trouble": said}


def describes(schemas: Schemas, operation: str, exchange: Exchange) -> bool:
    """Return whether a document describes the response body; a schema that allows any JSON value describes nothing."""
    pointer = schemas.response(operation, exchange.status or 0, exchange.media_type)
    if pointer is None:
        return False
    said = follow(schemas.document.data, pointer)
    return isinstance(said, Mapping) and bool(said.keys() - {"title", "description", "type", "additionalProperties"})


def errors_of(
    exchange: Exchange, operation: str, validator: OperationValidator, base_url: str
) -> Iterator[OperationError]:
    """Yield the errors of an exchange: the places where its request or response violates the document."""
    told = body_errors(exchange, operation, validator.schemas)
    yield from validator.response_errors(exchange, base_url) if told is None else told
    if exchange.is_sse:
        yield from _event_errors(
            exchange, validator.schemas.response(operation, exchange.status or 0, _SSE), validator.schemas
        )
    elif exchange.status == 200 and exchange.request.json is not None:
        asked = validator.schemas.request(operation)
        for error in validator.schemas.errors(asked, exchange.request.json) if asked is not None else ():
            yield OperationError("request", f"accepted, and forbidden: {error.message}", error.pointer)


def body_errors(exchange: Exchange, operation: str, schemas: Schemas) -> list[OperationError] | None:
    """Return the schema errors in a JSON response body that the document describes.

    Returns None if openapi-core must validate the response: if its body is not JSON, or if the document does not
    describe it. Most exchanges are validated by `body_errors`, because openapi-core needs a thousand times as long for
    the same result.
    """
    pointer = schemas.response(operation, exchange.status or 0, exchange.media_type)
    if pointer is None or exchange.media_type != "application/json":
        return None
    try:
        data = parse_json(exchange.body)
    except ValueError:
        return None
    return [OperationError("body", each.message, each.pointer) for each in schemas.errors(pointer, data)]


def _event_errors(exchange: Exchange, schema: str | None, schemas: Schemas) -> Iterator[OperationError]:
    """Return the first event that violates the document."""
    if schema is None:
        return
    for number, event in enumerate(exchange.events[:_EVENTS], 1):
        try:
            data = parse_json(event.data)
        except ValueError:
            continue  # `[DONE]`, and what other requirements look at
        for error in schemas.errors(schema, data)[:1]:
            yield OperationError("event", f"event {number}: {error.message}", error.pointer)
            return
