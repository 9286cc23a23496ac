"""The messages of a stored chat completion can be listed in both orders, and in pages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.schema import breaches
from conformance.engine.clients import Http
from conformance.wire import Exchange

from ..conversations.conftest import PlainReply, body_of, cursor_of, data_of, expect_cursors, texts_in
from .test_stored import ROLES, SENT, ChatLists, expect_pages, lists


@dataclass(frozen=True, slots=True)
class Messages:
    """Lists of the messages of a stored completion: in default order, newest first, and in two pages."""

    whole: Exchange
    newest: tuple[Exchange, ...]
    page: Exchange
    rest: Exchange


@probe
async def stored_messages(http: Http, stored_chats: ChatLists) -> Messages:
    """List the three messages of a stored completion, in one page and in several pages."""

    async def messages(**query: str) -> Exchange:
        return await http("GET", "stored_chat_messages", id=stored_chats.first, query=query, fresh=True)

    async def pages(**query: str) -> tuple[Exchange, Exchange]:
        page = await messages(**query, limit="2")
        return page, await messages(**query, limit="2", after=cursor_of(page)) if PlainReply(page).accepted else page

    whole, in_pages = await asyncio.gather(messages(), pages(order="desc"))
    turned: tuple[Exchange, ...] = in_pages
    if not all(map(lists, turned)) or sent_in(*turned) != [2, 1, 0]:
        turned, in_pages = (await messages(order="desc"),), await pages()
    return Messages(whole, turned, *in_pages)


def sent_in(*pages: Exchange) -> list[int]:
    """Return the indices of those sent messages that some pages of a list contain, in the order of the pages."""
    return texts_in([item for page in pages for item in data_of(page)], SENT)


def all_of(messages: Messages) -> list[dict[str, Any]]:
    """Return the listed messages; the check is inconclusive if one of the three sent messages is missing."""
    listed = data_of(messages.whole)
    premise(sorted(texts_in(listed, SENT)) == [0, 1, 2], "not all messages are listed", see="chat.stored.messages")
    return listed


@requirement("chat.stored.messages")
def test_the_messages_are_listed(stored_messages: Messages) -> None:
    whole = stored_messages.whole
    listed = data_of(whole)
    expect(sorted(texts_in(listed, SENT)) == [0, 1, 2], "the three messages", got=listed, where="/data", on=whole)
    for role, text in zip(ROLES, SENT, strict=True):
        got = next(each.get("role") for each in listed if texts_in([each], (text,)))
        expect(got == role, f"the role {role} of {text!r}", got=got, where="/data", on=whole)


@requirement("chat.stored.messages.ids")
def test_every_message_has_an_id(stored_messages: Messages) -> None:
    names = [each.get("id") for each in all_of(stored_messages)]
    good = all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names)
    expect(good, "a unique id for each message", got=names, where="/data", on=stored_messages.whole)


@requirement("chat.stored.messages.order")
def test_messages_come_in_their_order_unless_asked(stored_messages: Messages) -> None:
    all_of(stored_messages)
    for pages, order in (((stored_messages.whole,), [0, 1, 2]), (stored_messages.newest, [2, 1, 0])):
        got = sent_in(*pages)
        expect(got == order, f"the messages in the order {order}", got=got, where="/data", on=pages[0])


@requirement("chat.stored.messages.paging")
def test_pages_of_messages_lead_to_each_other(stored_messages: Messages) -> None:
    names = [each.get("id") for each in all_of(stored_messages)]
    premise(len(set(map(str, names))) == len(names), "messages have no ids", see="chat.stored.messages.ids")
    premise(len(names) <= 4, "the target lists more messages than were sent")
    if stored_messages.page in stored_messages.newest and sent_in(stored_messages.whole) == [0, 1, 2]:
        names = names[::-1]
    expect_pages(stored_messages.page, 2, stored_messages.rest, names)


@requirement("chat.stored.messages.schema")
def test_messages_have_the_form_of_a_list(stored_messages: Messages) -> None:
    all_of(stored_messages)
    whole = stored_messages.whole
    # The document has no other role than `assistant` for the messages, and OpenAI lists those of users, too.
    for breach in breaches("ChatCompletionMessageList", {**body_of(whole), "data": []}):
        expect(False, breach.expected, got=breach.got, where=breach.pointer, on=whole)
    expect_cursors(whole)
