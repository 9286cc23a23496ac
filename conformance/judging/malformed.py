"""Detects malformed responses.

If a malformed response makes a check raise an unexpected exception, the target is at fault, not the check.
"""

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
    """Return the first exchange with a malformed response, or None."""
    return next((exchange for exchange in exchanges if is_malformed(exchange)), None)


def is_malformed(exchange: Exchange) -> bool:
    """Return whether the response is missing, is not JSON, or violates the schema of its operation."""
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
    """Return the schema name of an operation's response or of an error; "" if unknown."""
    if status >= 400:
        return "ErrorResponse"
    try:
        return load_schemas().response(operation.key, status) or "" if operation is not None else ""
    except SpecError:
        return ""
