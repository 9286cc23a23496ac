"""Whether an answer lacks the shape that checks read: then a check that stumbles over it is not to blame."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from conformance.api import Operation, operation_at
from conformance.contract import SpecError, load_schemas
from conformance.wire import Exchange, parse_json

# What a check that reads data of another shape than the contract's may raise.
STUMBLES = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)


def first_malformed(exchanges: Iterable[Exchange]) -> Exchange | None:
    """The first exchange whose answer is not what OpenAI's document describes, or None."""
    return next((exchange for exchange in exchanges if is_malformed(exchange)), None)


def is_malformed(exchange: Exchange) -> bool:
    """Whether the answer is not JSON, or breaks the schema of its operation where that is known."""
    if exchange.status is None or exchange.failure is not None:
        return True
    operation = operation_at(exchange.request.method, exchange.request.url.partition("?")[0])
    try:
        if exchange.is_sse:
            data = [parse_json(event.data) for event in exchange.events if not event.data.startswith("[DONE]")]
            return any(not _keeps(operation.events if operation else "", each) for each in data)
        return not _keeps(_schema(operation, exchange.status), parse_json(exchange.body))
    except ValueError:
        return True


def _keeps(schema: str, data: Any) -> bool:
    return isinstance(data, dict) and (not schema or load_schemas().is_valid(schema, data))


@cache
def _schema(operation: Operation | None, status: int) -> str:
    """The schema of an operation's answer; of any error, the envelope's; "" where none is known."""
    if status >= 400:
        return "ErrorResponse"
    try:
        return load_schemas().response(operation.key, status) or "" if operation is not None else ""
    except SpecError:
        return ""
