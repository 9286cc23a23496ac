"""OpenAI's conversations API: items that were added are listed in order, and items that were deleted are not listed."""

from __future__ import annotations

from conformance.checks import expect, premise, requirement
from conformance.checks.language import answer
from conformance.checks.schema import breaches
from conformance.wire import Exchange

from .conftest import (
    SENT,
    ItemLists,
    Pair,
    PlainReply,
    body_of,
    data_of,
    expect_cursors,
    expect_page_sizes,
    id_of,
    texts_in,
)


@requirement("conversations.create")
def test_a_conversation_is_created(conversation_made: Exchange) -> None:
    body = body_of(conversation_made)
    for breach in breaches("ConversationResource", body):
        expect(False, breach.expected, got=breach.got, where=breach.pointer, on=conversation_made)
    good = body.get("metadata") == {"suite": "conformance"}
    expect(good, "the metadata that was sent", got=body.get("metadata"), where="/metadata", on=conversation_made)


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


@requirement("conversations.update.answer")
def test_an_update_answers_with_the_conversation(conversation_updated: Pair, conversation_made: Exchange) -> None:
    updated = conversation_updated[0]
    body, wanted = body_of(updated), id_of(conversation_made)
    expect(body.get("id") == wanted, wanted, got=body.get("id"), where="/id", on=updated)
    got = body.get("metadata")
    expect(got == {"suite": "changed"}, "the new metadata", got=got, where="/metadata", on=updated)


@requirement("conversations.items.create")
def test_added_items_come_back_with_ids(conversation_items: ItemLists) -> None:
    added = data_of(conversation_items.added)
    good = texts_in(added, SENT) == [2] and all(isinstance(item.get("id"), str) for item in added)
    expect(good, "the added message, with an id", got=added, where="/data", on=conversation_items.added)


@requirement("conversations.items.list")
def test_all_items_are_listed(conversation_items: ItemLists) -> None:
    premise(PlainReply(conversation_items.added).accepted, "a message was rejected", see="conversations.items.create")
    listed = data_of(conversation_items.newest)
    good = sorted(texts_in(listed, SENT)) == [0, 1, 2]
    expect(good, "the three messages", got=listed, where="/data", on=conversation_items.newest)


@requirement("conversations.items.order")
def test_items_come_newest_first_unless_asked(conversation_items: ItemLists) -> None:
    newest, oldest = conversation_items.newest, conversation_items.oldest
    for exchange, order in ((oldest, [0, 1, 2]), (newest, [2, 1, 0])):
        got = texts_in(data_of(exchange), SENT)
        premise(len(got) > 1, "the messages are not listed", see="conversations.items.list")
        wanted = [number for number in order if number in got]
        expect(got == wanted, f"the messages in the order {order}", got=got, where="/data", on=exchange)


@requirement("conversations.items.paging")
def test_pages_lead_to_each_other(conversation_items: ItemLists) -> None:
    premise(PlainReply(conversation_items.added).accepted, "a message was rejected", see="conversations.items.create")
    for exchange, size, more in ((conversation_items.oldest, 2, True), (conversation_items.rest, 1, False)):
        count, has_more = len(data_of(exchange)), body_of(exchange).get("has_more")
        expect(count == size, f"{size} items", got=count, where="/data", on=exchange)
        expect(has_more is more, str(more).lower(), got=has_more, where="/has_more", on=exchange)


@requirement("conversations.items.retrieve")
def test_an_item_is_retrieved(conversation_items: ItemLists) -> None:
    one = conversation_items.one
    expect(texts_in([body_of(one)], SENT) == [2], "the third message", got=answer(one), where="/content", on=one)


@requirement("conversations.items.delete")
def test_a_deleted_item_is_listed_no_more(conversation_items: ItemLists) -> None:
    body_of(conversation_items.deleted)
    left = conversation_items.left
    got = sorted(texts_in(data_of(left), SENT))
    expect(got == [0, 1], "the first two messages", got=got, where="/data", on=left)


@requirement("conversations.items.delete-answer")
def test_the_deletion_of_an_item_answers_with_the_conversation(conversation_items: ItemLists) -> None:
    deleted = conversation_items.deleted
    got = body_of(deleted).get("id")
    wanted = conversation_items.identifier
    expect(got == wanted, f"{wanted}, the id of the conversation", got=got, where="/id", on=deleted)


@requirement("conversations.items.cursors")
def test_a_page_names_its_first_and_last_item(conversation_items: ItemLists) -> None:
    for exchange in (conversation_items.newest, conversation_items.oldest, conversation_items.rest):
        expect_cursors(exchange)


@requirement("conversations.items.page-size")
def test_a_page_has_one_to_a_hundred_items(conversation_items: ItemLists) -> None:
    premise(data_of(conversation_items.newest), "nothing is listed", see="conversations.items.list")
    expect_page_sizes(conversation_items.none, {1: conversation_items.rest, 100: conversation_items.left})
