"""Responses that use a conversation: its items are in their context, and their input and output are added to it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import Faulty, expect_accepted, expect_refused
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.engine.responses import HELLO, Responses
from conformance.reply import NotAnswered, ResponseReply
from conformance.wire import Exchange

from ..responses.conftest import (
    FEW,
    LONG,
    WORDS,
    counted,
    counts,
    message,
    needs,
    never_given,
    premise_growing,
    status_of,
)
from .conftest import UNKNOWN, ItemLists, Pair, PlainReply, body_of, created, data_of, id_of, texts_in


@dataclass(frozen=True, slots=True)
class Used:
    """Responses that use a conversation with a long message, a conversation without items, or no conversation.

    The responses `alone` and `wordy` use no conversation. `included` is the list of conversation items that was
    requested with the query parameter `include[]`. If the target rejects `include[]`, `items` is the list that was
    requested without `include[]`.
    """

    identifier: str
    other: str
    alone: ResponseReply
    wordy: ResponseReply
    long: ResponseReply
    included: Exchange
    items: Exchange
    empty: ResponseReply


@probe
async def conversation_used(responses: Responses, http: Http, cleanup: Cleanup, conversation_made: Exchange) -> Used:
    """Send the same short input without a conversation, in a conversation with a long message, and in an empty one."""
    identifier = id_of(conversation_made)
    alone, wordy = await responses.offered(), await responses(LONG, max_output_tokens=16)
    long = await responses(HELLO, conversation=identifier, store=None)
    other = id_of(await created(http, cleanup))
    query = {"order": "asc", "include[]": "message.output_text.logprobs"}
    included, empty = await asyncio.gather(
        http("GET", "conversation_items", id=identifier, query=query, fresh=True),
        responses(HELLO, conversation=other, store=None, max_output_tokens=16),
    )
    items = included
    if not PlainReply(included).accepted:
        items = await http("GET", "conversation_items", id=identifier, query={"order": "asc"}, fresh=True)
    return Used(identifier, other, alone, wordy, long, included, items, empty)


WHERE = "/usage/input_tokens"


@requirement("responses.conversation.context")
def test_the_items_are_in_the_context(conversation_used: Used) -> None:
    alone, long = counts(conversation_used.alone, conversation_used.long)
    premise_growing(conversation_used.alone, conversation_used.wordy)
    at_least = alone + FEW
    expected = f"at least {at_least} input tokens: {alone} without the conversation, plus {len(WORDS.split())} words"
    expect(long >= at_least, expected, got=long, where=WHERE, on=conversation_used.long)


@requirement("responses.conversation.persist")
def test_input_and_output_are_added(conversation_used: Used) -> None:
    reply = needs(conversation_used.long)
    items = data_of(conversation_used.items)
    roles = [item.get("role", item.get("type")) for item in items]
    good = texts_in(items[1:2], (HELLO,)) == [0] and len(items) > 2
    # They are added "after this response completes": what the limit cut has not, as little as what failed.
    premise(good or reply.status == "completed", f"the response is {reply.status}, not completed")
    expected = "the long message, then the input, then the output"
    expect(good, expected, got=roles, where="/data", on=conversation_used.items)


@requirement("conversations.items.include", acceptance=True)
def test_more_of_an_item_can_be_asked_for(conversation_used: Used) -> None:
    pair = Faulty(PlainReply(conversation_used.items), PlainReply(conversation_used.included))
    expect_accepted(pair, "the query parameter include[]")


@requirement("responses.conversation.deleted-item")
def test_a_deleted_item_is_in_no_context(conversation_items: ItemLists, conversation_used: Used) -> None:
    body_of(conversation_items.deleted)
    alone, long = counts(conversation_used.alone, conversation_used.long)
    premise(
        long >= alone + FEW, "even existing items are not part of the context", see="responses.conversation.context"
    )
    # What was deleted is more than three times the words of the other conversation; two short messages are left.
    at_most = alone + 2 * (long - alone)
    after = conversation_items.after
    got = counted(after)
    expected = f"at most {at_most} input tokens without the deleted item: {alone} without the conversation, plus two short messages"
    expect(got <= at_most, expected, got=got, where=WHERE, on=after)


@requirement("responses.conversation.separate")
def test_two_conversations_do_not_mix(conversation_used: Used) -> None:
    alone, empty = counts(conversation_used.alone, conversation_used.empty)
    used = counted(conversation_used.long) >= alone + FEW
    premise(used, "conversations are not part of the context", see="responses.conversation.context")
    expected = f"{alone} input tokens in an empty conversation, as without one"
    expect(empty <= alone + FEW // 2, expected, got=empty, where=WHERE, on=conversation_used.empty)


@requirement("responses.conversation.echo")
def test_the_response_names_its_conversation(conversation_used: Used) -> None:
    got = conversation_used.long.object.get("conversation")
    good = isinstance(got, dict) and got.get("id") == conversation_used.identifier
    expected = f"an object with the id {conversation_used.identifier}"
    expect(good, expected, got=got, where="/conversation", on=conversation_used.long)


@probe
async def conversation_refusals(responses: Responses, http: Http, conversation_used: Used) -> dict[str, Faulty]:
    """Send conversation requests that the target must reject.

    Of the conversation requests, one names an unknown conversation, and one has both a conversation and a previous
    response. Three further requests have too many items or too much metadata.
    """
    control = conversation_used.long
    both: dict[str, Any] = {"conversation": conversation_used.identifier, "previous_response_id": needs(control).id}
    items = [{"type": "message", **message("user", "Hi.")}] * 21
    pairs = {f"key-{number}": "value" for number in range(17)}
    unknown, paired, more, many, described = await asyncio.gather(
        responses(HELLO, conversation=UNKNOWN, max_output_tokens=16),
        responses(HELLO, **both, max_output_tokens=16),
        http("POST", "conversation_items", {"items": items}, id=conversation_used.identifier, fresh=True),
        http("POST", "conversations", {"items": items}, fresh=True),
        http("POST", "conversations", {"metadata": pairs}, fresh=True),
    )
    for made in (many, described):
        if PlainReply(made).accepted and isinstance(identifier := body_of(made).get("id"), str):
            responses.cleanup.later("conversation", id=identifier)
    return {
        "responses.conversation.unknown": Faulty(control, unknown, ("conversation", UNKNOWN)),
        "responses.conversation.with-previous": Faulty(control, paired, ("conversation", "previous_response_id")),
        "conversations.create.limit": Faulty(control, PlainReply(many), ("items", "item")),
        "conversations.items.limit": Faulty(control, PlainReply(more), ("items", "item")),
        "conversations.metadata.limit": Faulty(control, PlainReply(described), ("metadata", "properties", "pairs")),
    }


Refusals = dict[str, Faulty]


@requirement("responses.conversation.unknown")
def test_an_unknown_conversation_is_refused(conversation_refusals: Refusals) -> None:
    expect_refused(conversation_refusals["responses.conversation.unknown"])


@requirement("responses.conversation.with-previous")
def test_a_conversation_beside_a_previous_response_is_refused(conversation_refusals: Refusals) -> None:
    expect_refused(conversation_refusals["responses.conversation.with-previous"])


@requirement("conversations.create.limit")
def test_more_than_twenty_items_are_refused(conversation_refusals: Refusals) -> None:
    expect_refused(conversation_refusals["conversations.create.limit"])


@requirement("conversations.items.limit")
def test_more_than_twenty_items_are_not_added(conversation_refusals: Refusals) -> None:
    expect_refused(conversation_refusals["conversations.items.limit"])


@requirement("conversations.metadata.limit")
def test_more_than_sixteen_pairs_are_refused(conversation_refusals: Refusals) -> None:
    expect_refused(conversation_refusals["conversations.metadata.limit"])


@probe
async def conversation_deleted(http: Http, cleanup: Cleanup, conversation_used: Used) -> tuple[Exchange, ...]:
    """Delete a conversation and retrieve it afterwards, and retrieve an unknown conversation."""
    identifier = conversation_used.other
    gone = await http("DELETE", "conversation", id=identifier, fresh=True)
    if PlainReply(gone).accepted:
        cleanup.done("conversation", id=identifier)
    after, unknown = await asyncio.gather(
        http("GET", "conversation", id=identifier, fresh=True),
        http("GET", "conversation", id=never_given(identifier)),
    )
    return gone, after, unknown


@requirement("conversations.delete")
def test_a_deleted_conversation_is_gone(conversation_deleted: tuple[Exchange, ...]) -> None:
    gone, after, _ = conversation_deleted
    deleted = body_of(gone).get("deleted")
    expect(deleted is True, "true", got=deleted, where="/deleted", on=gone)
    expect(status_of(after) in (404, 410), "404", got=answer(after), where="status", on=after)


@requirement("conversations.unknown")
def test_an_unknown_conversation_is_a_404(
    conversation_deleted: tuple[Exchange, ...], conversation_updated: Pair
) -> None:
    if not PlainReply(conversation_updated[1]).accepted:
        raise NotAnswered(conversation_updated[1], "an existing conversation is not found either")
    unknown = conversation_deleted[2]
    expect(status_of(unknown) == 404, "404", got=answer(unknown), where="status", on=unknown)
