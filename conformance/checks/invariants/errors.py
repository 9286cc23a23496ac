"""Invariants (checks of every exchange) about error responses: the body has the error format that clients read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.checks.language import Phrase, answer
from conformance.reply.views import Refusal
from conformance.wire import parse_json

FIELDS = ("message", "type", "param", "code")

# Statuses that say that the request is at fault. A 408, 409 or 429 may be due to the server's load.
_OF_THE_CLIENT = frozenset({400, 401, 403, 404, 405, 413, 415, 422})

# Types that say that the server is at fault, without their separators. `api_error` is not one of them: Ollama uses it for
# every error.
_OF_THE_SERVER = frozenset(
    f"{name}{ending}"
    for name in ("server", "internal", "internalserver", "serviceunavailable", "engine")
    for ending in ("", "error", "exception")
)


@invariant("error.envelope", on=Refusal)
def envelope(refusal: Refusal) -> Iterator[Judgement]:
    error = refusal.error
    good = error.envelope == "openai" and bool(error.message)
    yield (
        OK
        if good
        else broken(
            '{"error": {"message": …, …}}',
            got=answer(refusal.exchange),
            where="/error",
            cause=f"error envelope is {error.envelope}",
        )
    )


@invariant("error.fields", on=Refusal)
def fields(refusal: Refusal) -> Iterator[Judgement]:
    error = refusal.error
    if error.envelope != "openai":
        return
    missing = [name for name in FIELDS if name not in error.fields]
    yield (
        OK
        if not missing
        else broken(
            "message, type, param and code",
            got=Phrase(f"no {', '.join(missing)}"),
            where="/error",
            cause=f"no {missing}",
        )
    )


@invariant("error.field-types", on=Refusal)
def field_types(refusal: Refusal) -> Iterator[Judgement]:
    error = refusal.error
    if error.envelope != "openai":
        return
    for name, value, nullable in (
        ("type", error.type, False),
        ("param", error.param, True),
        ("code", error.code, True),
    ):
        if name not in error.fields:
            continue
        good = isinstance(value, str) or (nullable and value is None)
        wanted = "a string or null" if nullable else "a string"
        yield OK if good else broken(wanted, got=value, where=f"/error/{name}", cause=f"error.{name} {_kind(value)}")


@invariant("error.type-client", on=Refusal)
def type_client(refusal: Refusal) -> Iterator[Judgement]:
    error = refusal.error
    if error.envelope != "openai" or not isinstance(error.type, str) or refusal.exchange.status not in _OF_THE_CLIENT:
        return
    name = re.sub(r"[^a-z]", "", error.type.lower())
    blames = name in _OF_THE_SERVER
    yield (
        broken(
            f"a type for a fault of the request, with status {refusal.exchange.status}",
            got=error.type,
            where="/error/type",
            cause=f"error.type {error.type}",
        )
        if blames
        else OK
    )


@invariant("error.message-plain", on=Refusal)
def message_plain(refusal: Refusal) -> Iterator[Judgement]:
    message = refusal.error.message
    if refusal.error.envelope != "openai" or not message:
        return
    try:
        inner = parse_json(message)
    except ValueError:
        inner = None
    wrapped = isinstance(inner, dict | list)
    yield broken("a sentence", got=message, where="/error/message", cause="error in an error") if wrapped else OK


@invariant("error.content-type", on=Refusal)
def content_type(refusal: Refusal) -> Iterator[Judgement]:
    exchange = refusal.exchange
    if not exchange.body or not exchange.knows("content-type") or refusal.error.envelope in ("text", "none"):
        return
    good = exchange.media_type == "application/json"
    yield OK if good else broken("application/json", got=exchange.header("content-type"), where="content-type")


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__
