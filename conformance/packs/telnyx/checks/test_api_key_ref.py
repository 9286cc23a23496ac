"""Checks of `api_key_ref`, Telnyx's reference to the API key of an external provider."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import BUSY, Faulty, expect_refused
from conformance.checks.scenarios.chat.conftest import HELLO
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered

REFERENCE = "q7vz-no-such-secret-x41kd9"
"""A reference that no account has, and that no model writes by chance."""


@dataclass(frozen=True, slots=True)
class KeyReferences:
    """The responses to an `api_key_ref` of a wrong type, and to one that does not exist."""

    mistyped: Faulty
    unknown: Faulty


@probe
async def key_references(chat: Chat, plain: ChatReply) -> KeyReferences:
    """Send an `api_key_ref` that is an array, and one that no account has; the tested model needs none."""
    mistyped, unknown = await asyncio.gather(
        chat(HELLO, api_key_ref=[REFERENCE], fault=True), chat(HELLO, api_key_ref=REFERENCE)
    )
    return KeyReferences(Faulty(plain, mistyped, ("api_key_ref",)), Faulty(plain, unknown))


@requirement("telnyx.chat.api-key-ref-type")
def test_a_reference_of_a_wrong_type_is_refused(key_references: KeyReferences) -> None:
    expect_refused(key_references.mistyped)


@requirement("telnyx.chat.api-key-ref-unknown")
def test_an_unknown_reference_is_no_server_error(key_references: KeyReferences) -> None:
    control, reply = key_references.unknown.control, key_references.unknown.faulty
    exchange = reply.exchange
    if not control.accepted:
        raise NotAnswered(control.exchange, "the same request without api_key_ref is not answered")
    if exchange.status is None or exchange.status in BUSY:
        raise NotAnswered(exchange, "no answer to the request with api_key_ref")
    expect(
        reply.accepted or 400 <= exchange.status < 500,
        "an answer, or a 4xx",
        got=answer(exchange),
        where="status",
        on=reply,
    )


@requirement("telnyx.chat.api-key-ref-secret")
def test_the_reference_is_not_in_the_answer(key_references: KeyReferences) -> None:
    reply = key_references.unknown.faulty
    premise(reply.accepted, "the request with an unknown api_key_ref was not answered")
    exchange = reply.exchange
    shown = [f"the header {name}" for name, value in exchange.headers if REFERENCE in value]
    shown += ["the body"] if REFERENCE in exchange.text else []
    expect(not shown, "an answer without the value of api_key_ref", got=REFERENCE, where=", ".join(shown), on=reply)
