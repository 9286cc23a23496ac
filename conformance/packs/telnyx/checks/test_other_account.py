"""A Telnyx conversation of one account cannot be read, listed or continued with the API key of another account."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.accounts import (
    as_other_account,
    as_other_responses,
    expect_hidden,
    expect_unusable,
    has_id,
    lists_anything,
    needed,
)
from conformance.checks.scenarios.conversations.conftest import data_of
from conformance.engine.clients import Http
from conformance.engine.responses import Responses
from conformance.packs.telnyx.checks.test_conversations import Turn, messages_of
from conformance.reply import ResponseReply
from conformance.wire import Exchange

FOREIGN = "Say hello from another account."


@dataclass(frozen=True, slots=True)
class Foreign:
    """A conversation, and requests for it with the key of its owner and with the key of another account.

    `listed` has the conversations with the tested id: first in the owner's list, then in the other account's list.
    `after` has the messages of the conversation after the other account's request.
    """

    identifier: str
    own: Exchange
    before: Exchange
    read: Exchange
    messages: Exchange
    listed: tuple[Exchange, Exchange]
    own_used: ResponseReply
    used: ResponseReply
    after: Exchange


@probe
async def telnyx_foreign(responses: Responses, http: Http, telnyx_turn: Turn) -> Foreign | None:
    """Read, list and continue a conversation with the key of another account."""
    other = as_other_account(http)
    if other is None:
        return None
    identifier = telnyx_turn.identifier
    second = await as_other_responses(responses, other)
    query = {"id": f"eq.{identifier}"}

    async def looked(client: Http) -> tuple[Exchange, Exchange, Exchange]:
        return await asyncio.gather(
            client("GET", "telnyx_conversation", id=identifier, fresh=True),
            messages_of(client, identifier),
            client("GET", "telnyx_conversations", query=query, fresh=True),
        )

    (own, before, own_listed), (read, messages, listed) = await looked(http), await looked(other)
    used = await second(FOREIGN, conversation=identifier, max_output_tokens=16)
    after = await messages_of(http, identifier)
    return Foreign(identifier, own, before, read, messages, (own_listed, listed), telnyx_turn.reply, used, after)


@requirement("telnyx.conversations.other-account")
def test_another_account_cannot_read_a_conversation(telnyx_foreign: Foreign | None) -> None:
    foreign = needed(telnyx_foreign)
    shown = has_id(foreign.read, foreign.identifier)
    expect_hidden(foreign.own, foreign.read, "the conversation", shown=shown)
    expect_hidden(foreign.before, foreign.messages, "the conversation", shown=lists_anything(foreign.messages))


@requirement("telnyx.conversations.list-other-account")
def test_another_account_does_not_list_a_conversation(telnyx_foreign: Foreign | None) -> None:
    foreign = needed(telnyx_foreign)
    own, listed = ([each.get("id") for each in data_of(exchange)] for exchange in foreign.listed)
    premise(foreign.identifier in own, "the account that created it does not list it either")
    expected = f"no {foreign.identifier}, which is of another account"
    expect(foreign.identifier not in listed, expected, got=listed, where="/data", on=foreign.listed[1])


@requirement("telnyx.responses.conversation-other-account")
def test_another_account_cannot_continue_a_conversation(telnyx_foreign: Foreign | None) -> None:
    foreign = needed(telnyx_foreign)
    expect_unusable(foreign.own_used, foreign.used, "the conversation")
    kept = [each.get("text") for each in data_of(foreign.after)]
    expect(FOREIGN not in kept, "no message of another account", got=kept, where="/data", on=foreign.after)
