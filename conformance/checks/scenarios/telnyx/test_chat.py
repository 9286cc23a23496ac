"""Telnyx's chat completions: what its own contract adds."""

from __future__ import annotations

from conformance.checks import expect, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import BUSY
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered

from ..chat.conftest import HELLO


@probe
async def without_model(chat: Chat) -> ChatReply:
    """A request that names no model."""
    body = chat.body(HELLO, max_tokens=4)
    del body["model"]
    return await chat.post(body)


@requirement("telnyx.model-optional")
def test_a_request_without_a_model_is_answered(without_model: ChatReply) -> None:
    exchange = without_model.exchange
    if exchange.status in BUSY:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    expect(
        without_model.accepted, "an answer of the default model", got=answer(exchange), where="status", on=without_model
    )
