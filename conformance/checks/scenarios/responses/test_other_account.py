"""Stored responses and conversations of one account cannot be read or continued with the API key of another account."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, probe, requirement
from conformance.checks.accounts import (
    as_other_account,
    as_other_responses,
    expect_hidden,
    expect_unusable,
    has_id,
    lists_anything,
    needed,
)
from conformance.engine.clients import Http
from conformance.engine.responses import Responses
from conformance.reply import NotAnswered, ResponseReply
from conformance.wire import Exchange

from ..conversations.conftest import PlainReply
from ..conversations.test_context import Used
from .test_store import Kept

FOREIGN = "Say hello from another account."


@dataclass(frozen=True, slots=True)
class ForeignResponse:
    """The responses to reading and continuing a stored response with the keys of its owner and of another account."""

    identifier: str
    own: Exchange
    read: Exchange
    items: Exchange
    own_next: ResponseReply
    next: ResponseReply


@probe
async def response_foreign(responses: Responses, http: Http, response_kept: Kept) -> ForeignResponse | None:
    """Read and continue a stored response with the key of another account, and then with the key of its owner."""
    other = as_other_account(http)
    if other is None:
        return None
    kept = response_kept[0]
    if not response_kept[1].accepted:
        raise NotAnswered(response_kept[1].exchange, "the response is not stored")
    second = await as_other_responses(responses, other)
    ask: dict[str, Any] = {"previous_response_id": kept.id, "max_output_tokens": 16}
    read, items, continued = await asyncio.gather(
        other("GET", "response", id=kept.id, fresh=True),
        other("GET", "response_input_items", id=kept.id, fresh=True),
        second(FOREIGN, **ask),
    )
    own, own_next = await asyncio.gather(http("GET", "response", id=kept.id, fresh=True), responses(FOREIGN, **ask))
    return ForeignResponse(kept.id, own, read, items, own_next, continued)


@requirement("responses.store.other-account")
def test_another_account_cannot_read_a_response(response_foreign: ForeignResponse | None) -> None:
    foreign = needed(response_foreign)
    expect_hidden(foreign.own, foreign.read, "the response", shown=has_id(foreign.read, foreign.identifier))
    expect_hidden(foreign.own, foreign.items, "the response", shown=lists_anything(foreign.items))


@requirement("responses.previous.other-account")
def test_another_account_cannot_continue_a_response(response_foreign: ForeignResponse | None) -> None:
    foreign = needed(response_foreign)
    expect_unusable(foreign.own_next, foreign.next, "the response")


@dataclass(frozen=True, slots=True)
class ForeignConversation:
    """A conversation that its owner read and continued, and the same requests with the key of another account.

    `before` has the items before the other account's request, and `after` has the items after it.
    """

    identifier: str
    own: Exchange
    before: Exchange
    read: Exchange
    items: Exchange
    own_used: ResponseReply
    used: ResponseReply
    after: Exchange


@probe
async def conversation_foreign(responses: Responses, http: Http, conversation_used: Used) -> ForeignConversation | None:
    """Read and continue a conversation with the key of another account."""
    other = as_other_account(http)
    if other is None:
        return None
    identifier = conversation_used.identifier
    second = await as_other_responses(responses, other)
    own, before = await asyncio.gather(
        http("GET", "conversation", id=identifier, fresh=True),
        http("GET", "conversation_items", id=identifier, fresh=True),
    )
    read, items, used = await asyncio.gather(
        other("GET", "conversation", id=identifier, fresh=True),
        other("GET", "conversation_items", id=identifier, fresh=True),
        second(FOREIGN, conversation=identifier, max_output_tokens=16),
    )
    after = await http("GET", "conversation_items", id=identifier, fresh=True)
    return ForeignConversation(identifier, own, before, read, items, conversation_used.long, used, after)


@requirement("conversations.other-account")
def test_another_account_cannot_read_a_conversation(conversation_foreign: ForeignConversation | None) -> None:
    foreign = needed(conversation_foreign)
    shown = has_id(foreign.read, foreign.identifier)
    expect_hidden(foreign.own, foreign.read, "the conversation", shown=shown)
    expect_hidden(foreign.before, foreign.items, "the conversation", shown=lists_anything(foreign.items))


@requirement("responses.conversation.other-account")
def test_another_account_cannot_continue_a_conversation(conversation_foreign: ForeignConversation | None) -> None:
    foreign = needed(conversation_foreign)
    expect_unusable(foreign.own_used, foreign.used, "the conversation")
    if PlainReply(foreign.after).accepted:
        expect(
            FOREIGN not in foreign.after.text,
            "no message of another account",
            got=FOREIGN,
            where="/data",
            on=foreign.after,
        )
