"""OpenAI's conversations: what is put into them is there, and is what a response sees; proved by items and counts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.schema import breaches
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.engine.responses import HELLO, Responses
from conformance.reply import NotAnswered, ResponseReply
from conformance.wire import Exchange

from ..responses.conftest import FEW, LONG, WORDS, counted, message, needs
from .conftest import Answer, body_of, data_of, id_of, texts_in

UNKNOWN = "conv_" + "0" * 48
SENT = ("First, the harbour.", "Second, the lagoon.", "Third, the glacier.")


async def created(http: Http, cleanup: Cleanup, *texts: str) -> Exchange:
    """A new conversation with these user messages; deleted when the run ends."""
    items = [{"type": "message", **message("user", text)} for text in texts]
    exchange = await http("POST", "conversations", {"metadata": {"suite": "conformance"}, "items": items}, fresh=True)
    if Answer(exchange).accepted:
        cleanup.later("conversation", id=id_of(exchange))
    return exchange


@probe
async def conversation_made(http: Http, cleanup: Cleanup) -> Exchange:
    """A conversation with one long message."""
    return await created(http, cleanup, LONG)


@requirement("conversations.create")
def test_a_conversation_is_created(conversation_made: Exchange) -> None:
    body = body_of(conversation_made)
    for breach in breaches("ConversationResource", body):
        expect(False, breach.expected, got=breach.got, where=breach.pointer, on=conversation_made)
    good = body.get("metadata") == {"suite": "conformance"}
    expect(good, "the metadata that was sent", got=body.get("metadata"), where="/metadata", on=conversation_made)


@probe
async def conversation_updated(http: Http, conversation_made: Exchange) -> tuple[Exchange, Exchange]:
    """New metadata, then the conversation as it is."""
    identifier = id_of(conversation_made)
    updated = await http("POST", "conversation", {"metadata": {"suite": "changed"}}, id=identifier)
    return updated, await http("GET", "conversation", id=identifier)


Pair = tuple[Exchange, Exchange]


@requirement("conversations.retrieve")
def test_a_conversation_is_retrieved(conversation_updated: Pair, conversation_made: Exchange) -> None:
    exchange = conversation_updated[1]
    wanted, got = id_of(conversation_made), body_of(exchange).get("id")
    expect(got == wanted, wanted, got=got, where="/id", on=exchange)


@requirement("conversations.update")
def test_metadata_is_replaced(conversation_updated: Pair) -> None:
    updated, exchange = conversation_updated
    body_of(updated)
    got = body_of(exchange).get("metadata")
    expect(got == {"suite": "changed"}, "the new metadata", got=got, where="/metadata", on=exchange)


@dataclass(frozen=True, slots=True)
class Listed:
    """What became of a conversation's items: listed, added to, read by pages, one retrieved, one deleted."""

    added: Exchange
    newest: Exchange
    oldest: Exchange
    rest: Exchange
    one: Exchange
    deleted: Exchange
    left: Exchange


@probe
async def conversation_items(http: Http, cleanup: Cleanup, conversation_made: Exchange) -> Listed:
    """Two items at the beginning, one more added, then all that can be done with them."""
    id_of(conversation_made)
    identifier = id_of(await created(http, cleanup, *SENT[:2]))

    async def items(**query: str) -> Exchange:
        return await http("GET", "conversation_items", id=identifier, query=query, fresh=True)

    item = {"type": "message", **message("user", SENT[2])}
    added = await http("POST", "conversation_items", {"items": [item]}, id=identifier)
    newest, oldest = await asyncio.gather(items(), items(order="asc", limit="2"))
    last = str(body_of(oldest).get("last_id"))
    named = next((str(each.get("id")) for each in data_of(newest) if SENT[2] in str(each)), "none")
    rest, one = await asyncio.gather(
        items(order="asc", limit="2", after=last),
        http("GET", "conversation_item", id=identifier, item_id=named),
    )
    deleted = await http("DELETE", "conversation_item", id=identifier, item_id=named, fresh=True)
    return Listed(added, newest, oldest, rest, one, deleted, await items(limit="10"))


@requirement("conversations.items.create")
def test_added_items_come_back_with_ids(conversation_items: Listed) -> None:
    added = data_of(conversation_items.added)
    good = texts_in(added, SENT) == [2] and all(isinstance(item.get("id"), str) for item in added)
    expect(good, "the added message, with an id", got=added, where="/data", on=conversation_items.added)


@requirement("conversations.items.list")
def test_all_items_are_listed(conversation_items: Listed) -> None:
    listed = data_of(conversation_items.newest)
    good = sorted(texts_in(listed, SENT)) == [0, 1, 2]
    expect(good, "the three messages", got=listed, where="/data", on=conversation_items.newest)


@requirement("conversations.items.order")
def test_items_come_newest_first_unless_asked(conversation_items: Listed) -> None:
    newest, oldest = conversation_items.newest, conversation_items.oldest
    for exchange, order in ((oldest, [0, 1, 2]), (newest, [2, 1, 0])):
        got = texts_in(data_of(exchange), SENT)
        premise(len(got) > 1, "the messages are not listed: see conversations.items.list")
        wanted = [number for number in order if number in got]
        expect(got == wanted, f"the messages in the order {order}", got=got, where="/data", on=exchange)


@requirement("conversations.items.paging")
def test_pages_lead_to_each_other(conversation_items: Listed) -> None:
    for exchange, size, more in ((conversation_items.oldest, 2, True), (conversation_items.rest, 1, False)):
        count, has_more = len(data_of(exchange)), body_of(exchange).get("has_more")
        expect(count == size, f"{size} items", got=count, where="/data", on=exchange)
        expect(has_more is more, str(more).lower(), got=has_more, where="/has_more", on=exchange)


@requirement("conversations.items.retrieve")
def test_an_item_is_retrieved(conversation_items: Listed) -> None:
    one = conversation_items.one
    expect(texts_in([body_of(one)], SENT) == [2], "the third message", got=answer(one), where="/content", on=one)


@requirement("conversations.items.delete")
def test_a_deleted_item_is_listed_no_more(conversation_items: Listed) -> None:
    body_of(conversation_items.deleted)
    left = conversation_items.left
    got = sorted(texts_in(data_of(left), SENT))
    expect(got == [0, 1], "the first two messages", got=got, where="/data", on=left)


@dataclass(frozen=True, slots=True)
class Used:
    """A conversation with a long message, and an empty one, each used by a response."""

    identifier: str
    alone: ResponseReply
    long: ResponseReply
    items: Exchange
    empty: ResponseReply


@probe
async def conversation_used(responses: Responses, http: Http, cleanup: Cleanup, conversation_made: Exchange) -> Used:
    """The same short input alone, after a long message, and in another conversation."""
    identifier = id_of(conversation_made)
    alone = await responses.offered()
    long = await responses(HELLO, conversation=identifier, store=None, max_output_tokens=16)
    other = id_of(await created(http, cleanup))
    items, empty = await asyncio.gather(
        http("GET", "conversation_items", id=identifier, query={"order": "asc"}, fresh=True),
        responses(HELLO, conversation=other, store=None, max_output_tokens=16),
    )
    return Used(identifier, alone, long, items, empty)


WHERE = "/usage/input_tokens"


@requirement("responses.conversation.context")
def test_the_items_are_in_the_context(conversation_used: Used) -> None:
    alone, long = counted(conversation_used.alone), counted(conversation_used.long)
    at_least = alone + FEW
    expected = f"at least {at_least} input tokens: {alone} alone, and {len(WORDS.split())} words before"
    expect(long >= at_least, expected, got=long, where=WHERE, on=conversation_used.long)


@requirement("responses.conversation.persist")
def test_input_and_output_are_added(conversation_used: Used) -> None:
    needs(conversation_used.long)
    items = data_of(conversation_used.items)
    roles = [item.get("role", item.get("type")) for item in items]
    good = texts_in(items[1:2], (HELLO,)) == [0] and len(items) > 2
    expected = "the long message, then the input, then the output"
    expect(good, expected, got=roles, where="/data", on=conversation_used.items)


@requirement("responses.conversation.separate")
def test_two_conversations_do_not_mix(conversation_used: Used) -> None:
    alone, empty = counted(conversation_used.alone), counted(conversation_used.empty)
    expected = f"{alone} input tokens in an empty conversation, as alone"
    expect(empty <= alone + FEW // 2, expected, got=empty, where=WHERE, on=conversation_used.empty)


@requirement("responses.conversation.echo")
def test_the_response_names_its_conversation(conversation_used: Used) -> None:
    got = conversation_used.long.object.get("conversation")
    good = isinstance(got, dict) and got.get("id") == conversation_used.identifier
    expected = f"an object with the id {conversation_used.identifier}"
    expect(good, expected, got=got, where="/conversation", on=conversation_used.long)


@probe
async def conversation_refusals(responses: Responses, http: Http, conversation_used: Used) -> dict[str, Faulty]:
    """An unknown conversation, one beside a previous response, and one with too many items to begin with."""
    control = conversation_used.long
    both: dict[str, Any] = {"conversation": conversation_used.identifier, "previous_response_id": needs(control).id}
    items = [{"type": "message", **message("user", "Hi.")}] * 21
    unknown, paired, many = await asyncio.gather(
        responses(HELLO, conversation=UNKNOWN, max_output_tokens=16),
        responses(HELLO, **both, max_output_tokens=16),
        http("POST", "conversations", {"items": items}, fresh=True),
    )
    if Answer(many).accepted:
        responses.cleanup.later("conversation", id=id_of(many))
    return {
        "responses.conversation.unknown": Faulty(control, unknown, ("conversation", UNKNOWN)),
        "responses.conversation.with-previous": Faulty(control, paired, ("conversation", "previous_response_id")),
        "conversations.create.limit": Faulty(control, Answer(many), ("items", "item")),
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


@probe
async def conversation_deleted(http: Http, cleanup: Cleanup, conversation_made: Exchange) -> tuple[Exchange, ...]:
    """A conversation deleted, then asked for; and one that never was."""
    id_of(conversation_made)
    identifier = id_of(await created(http, cleanup))
    gone = await http("DELETE", "conversation", id=identifier, fresh=True)
    if Answer(gone).accepted:
        cleanup.done("conversation", id=identifier)
    after, unknown = await asyncio.gather(
        http("GET", "conversation", id=identifier, fresh=True), http("GET", "conversation", id=UNKNOWN)
    )
    return gone, after, unknown


@requirement("conversations.delete")
def test_a_deleted_conversation_is_gone(conversation_deleted: tuple[Exchange, ...]) -> None:
    gone, after, _ = conversation_deleted
    deleted = body_of(gone).get("deleted")
    expect(deleted is True, "true", got=deleted, where="/deleted", on=gone)
    expect(after.status in (404, 410), "404", got=answer(after), where="status", on=after)


@requirement("conversations.unknown")
def test_an_unknown_conversation_is_a_404(
    conversation_deleted: tuple[Exchange, ...], conversation_updated: Pair
) -> None:
    if not Answer(conversation_updated[1]).accepted:
        raise NotAnswered(conversation_updated[1], "a conversation that exists is not found either")
    unknown = conversation_deleted[2]
    expect(unknown.status == 404, "404", got=answer(unknown), where="status", on=unknown)
