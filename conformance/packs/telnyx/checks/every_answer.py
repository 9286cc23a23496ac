"""Invariants of Telnyx's contract: every response must match Telnyx's OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.contract import OperationValidator, load_document
from conformance.reply.operation import operation_of
from conformance.reply.views import View
from conformance.wire import Fact


@cache
def validator() -> OperationValidator:
    """Return a validator for Telnyx's OpenAPI document, compiled once."""
    return OperationValidator(load_document("telnyx"))


@invariant("telnyx.contract.response", on=View, needs={Fact.BODY})
def contract_response(view: View) -> Iterator[Judgement]:
    exchange = view.exchange
    operation = operation_of(exchange.request)
    if operation not in ("chat", "responses") or exchange.status is None or exchange.status in (401, 403, 429, 503):
        return  # what stands before the operation (authentication, rate limits) is not in the document
    if exchange.failure is not None or exchange.stopped or not exchange.knows("content-type"):
        return  # half an answer, be it ours who hung up, or a recording that lost what is looked at
    base_url = exchange.request.url.partition("?")[0].removesuffix("/responses").removesuffix("/chat/completions")
    errors = validator().response_errors(exchange, base_url)
    if not errors:
        yield OK
    for error in errors[:3]:
        yield broken(
            error.message,
            got=f"{exchange.status} {exchange.media_type}",
            where=f"{error.kind} {error.pointer}".rstrip(),
        )
