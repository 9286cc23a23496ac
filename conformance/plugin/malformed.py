"""Whether an answer lacks the shape that checks read: then a check that stumbles over it is not to blame."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from conformance.contract import Schemas, SpecError, load_schemas
from conformance.reply.operation import operation_of
from conformance.wire import Exchange, parse_json

# What a check that reads data of another shape than the contract's may raise.
STUMBLES = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
_STREAMED = {"chat": "CreateChatCompletionStreamResponse", "responses": "ResponseStreamEvent"}
_PATHS = {
    "chat": "post /chat/completions",
    "completions": "post /completions",
    "embeddings": "post /embeddings",
    "responses": "post /responses",
    "response": "get /responses/{response_id}",
    "models": "get /models",
    "model": "get /models/{model}",
    "conversations": "post /conversations",
}


def first_malformed(exchanges: Iterable[Exchange]) -> Exchange | None:
    """The first exchange whose answer is not what OpenAI's document describes, or None."""
    return next((exchange for exchange in exchanges if is_malformed(exchange)), None)


def is_malformed(exchange: Exchange) -> bool:
    """Whether the answer is not JSON, or breaks the schema of its operation where that is known."""
    if exchange.status is None or exchange.failure is not None:
        return True
    operation = operation_of(exchange.request) or ""
    try:
        if exchange.is_sse:
            data = [parse_json(event.data) for event in exchange.events if not event.data.startswith("[DONE]")]
            return any(not _keeps(_STREAMED.get(operation), each) for each in data)
        return not _keeps(_schema(operation, exchange.status), parse_json(exchange.body))
    except ValueError:
        return True


def _keeps(schema: str | None, data: Any) -> bool:
    return isinstance(data, dict) and (schema is None or load_schemas().is_valid(schema, data))


@cache
def _schema(operation: str, status: int) -> str | None:
    """The schema of an operation's answer; of any error, the envelope's."""
    if status >= 400:
        return "ErrorResponse"
    schemas: Schemas = load_schemas()
    paths = schemas.document.relative_paths()
    method, _, path = _PATHS.get(operation, "").partition(" ")
    try:
        return schemas.response(f"{method} {paths[path]}", status) if path in paths else None
    except SpecError:
        return None
