"""Stored chat completions can be retrieved, listed, filtered and paged."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.schema import breaches
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Chat, Http, Messages
from conformance.reply import ChatReply, NotAnswered, read_error
from conformance.reply.referring import referring
from conformance.wire import Exchange

from ..conversations.conftest import PlainReply, body_of, cursor_of, data_of, expect_cursors
from .conftest import HELLO

SETTLING = (0.3, 1.0, 3.0)
"""Seconds before repeating a look-up whose result may be delayed."""
SENT = ("First, the harbour.", "Second, the lagoon.", "Third, the glacier.")
NEWEST, GONE, UNREADABLE = {"order": "desc"}, (404, 410), ("none", "text", "other")
ROLES = ("user", "assistant", "user")
THREE = [{"role": role, "content": text} for role, text in zip(ROLES, SENT, strict=True)]


@dataclass(frozen=True, slots=True)
class Stored:
    """A completion with `store: true`, the response to its retrieval, and whether a list contains it (`listed`)."""

    reply: ChatReply
    found: Exchange
    listed: bool = False

    @property
    def id(self) -> str:
        """The id of the stored completion. Raises `NotAnswered` if the completion cannot be retrieved."""
        return id_of(self.reply) if self.again else ""

    @property
    def again(self) -> ChatReply:
        """The retrieved completion. Raises `NotAnswered` if the target did not find the stored completion."""
        if "choices" not in body_of(self.found):
            raise NotAnswered(self.found, "the retrieved object is not a completion")
        return ChatReply(self.found)


def id_of(reply: ChatReply) -> str:
    """Return the id of a completion, streamed or not. Raises `NotAnswered` if the response has no completion id."""
    reply.require_choices()
    bodies = [chunk.data for chunk in reply.chunks] if reply.streamed else [reply.body]
    found = next((body["id"] for body in bodies if body.get("id")), None)
    if not isinstance(found, str):
        raise NotAnswered(reply.exchange, "the completion has no id")
    return found


async def kept(chat: Chat, cleanup: Cleanup, messages: Messages, **metadata: str) -> ChatReply:
    """Create a completion with `store: true`, and arrange that it is deleted at the end of the run."""
    reply = await chat(messages, store=True, metadata=metadata, fresh=True)
    cleanup.later("stored_chat", id=id_of(reply))
    return reply


def is_there(found: Exchange) -> bool:
    """Return whether the stored object exists; the check is inconclusive if an error has a 2xx status."""
    told = read_error(found).envelope not in UNREADABLE
    premise(not (PlainReply(found).accepted and told), "an error has a 2xx status", see="chat.error-in-success")
    return PlainReply(found).accepted


async def settled(
    http: Http, done: Callable[[Exchange], bool], path: str, first: Exchange | None = None, **given: Any
) -> Exchange:
    """Repeat a GET until `done` is true for the response, but at most a few times, and return the last response.

    `first` is the response to the first GET, if this GET was already sent.
    """
    found = first or await http("GET", path, fresh=True, **given)
    for pause in SETTLING:
        if done(found) or not (PlainReply(found).accepted or found.status in GONE):
            break
        await http.pause(pause)
        found = await http("GET", path, fresh=True, **given)
    return found


def ids(exchange: Exchange) -> list[Any]:
    """Return the ids of the items in a list response. Raises `NotAnswered` if the response is not a list."""
    return [item.get("id") for item in data_of(exchange)]


def lists(exchange: Exchange, *wanted: str) -> bool:
    """Return whether the response is a list whose items include the given ids."""
    try:
        return set(wanted) <= set(map(str, ids(exchange)))
    except NotAnswered:
        return False


@probe(transports=("json", "sse"))
async def stored_chat(chat: Chat, http: Http, cleanup: Cleanup, plain: ChatReply) -> Stored:
    """Create a completion with `store: true`, with or without streaming, and retrieve the stored completion."""
    reply = await kept(chat, cleanup, HELLO, suite="conformance", kept="once")
    identifier = id_of(reply)
    if identifier == id_of(plain):
        raise NotAnswered(reply.exchange, referring("its id is not unique", see="chat.response.id-unique"))
    found = await http("GET", "stored_chat", id=identifier, fresh=True)
    if found.status != 404 or not lists(await http("GET", "stored_chats", query=NEWEST, fresh=True)):
        return Stored(reply, found)
    found = await settled(http, lambda it: it.status != 404, "stored_chat", id=identifier)
    listed = found.status == 404 and lists(await http("GET", "stored_chats", query=NEWEST, fresh=True), identifier)
    return Stored(reply, found, listed)


def expect_the_same(stored: Stored) -> None:
    """Expect the retrieved completion to equal the original, and to exist if the target confirmed storing it."""
    reply = stored.reply
    said = not reply.streamed and reply.body.get("store") is True
    if stored.found.status in (404, 405, 501) and (said or stored.listed):
        expected = "the completion: the target accepted `store: true` and confirmed that it was stored"
        expect(False, expected, got=answer(stored.found), where="status", on=stored.found)
    again, identifier = stored.again, id_of(reply)
    expect(again.body.get("id") == identifier, identifier, got=again.body.get("id"), where="/id", on=again)
    wanted, got = ([(c.index, c.text, c.finish_reason) for c in each.choices] for each in (reply, again))
    expect(got == wanted, f"the choices {wanted}", got=got, where="/choices", on=again)


@requirement("chat.stored.retrieve", transport="json")
def test_a_stored_completion_is_retrieved(stored_chat: Stored) -> None:
    expect_the_same(stored_chat)


@requirement("chat.stored.streamed", transport="sse")
def test_a_stored_stream_is_retrieved(stored_chat: Stored) -> None:
    expect_the_same(stored_chat)


@requirement("chat.stored.retrieve-whole", transport="json")
def test_a_retrieved_completion_has_the_same_facts(stored_chat: Stored) -> None:
    reply, again = stored_chat.reply, stored_chat.again
    wanted = {name: reply.body.get(name) for name in ("created", "model")}
    wanted["metadata"] = reply.exchange.request.json.get("metadata")
    wanted |= {f"usage/{name}": count for name, count in (reply.usage or {}).items() if isinstance(count, int)}
    for name, value in wanted.items():
        holder = again.usage or {} if "/" in name else again.body
        got = holder.get(name.rpartition("/")[2])
        expect(got == value, f"{value!r}, as originally", got=got, where=f"/{name}", on=again)


@dataclass(frozen=True, slots=True)
class ChatLists:
    """Two stored completions with the same metadata, and the filtered, sorted and paged lists that contain them."""

    first: str
    second: str
    other: str
    kind: Any
    plain: Exchange
    oldest: Exchange
    newest: tuple[Exchange, ...]
    page: Exchange
    rest: Exchange
    models: tuple[Exchange, ...]
    unused: Exchange

    def filtered(self) -> list[Any]:
        """Return the ids in the filtered list, oldest first; the check is inconclusive if the filter does not work."""
        found = ids(self.oldest)
        premise(set(found) == {self.first, self.second}, "the filter does not work", see="chat.stored.list.metadata")
        return found


@probe
async def stored_chats(chat: Chat, http: Http, cleanup: Cleanup, stored_chat: Stored) -> ChatLists:
    """Create two completions with the same unique metadata value, and request lists that are filtered by this value.

    The requests that list the completions are sent at the same time. A list without the new completions is requested
    again, as lists may be delayed.
    """
    other = stored_chat.id
    first = await kept(chat, cleanup, THREE, after=other)
    await http.pause(1.1)  # `created` counts whole seconds
    names = (id_of(first), id_of(await kept(chat, cleanup, HELLO, after=other)))
    models = dict.fromkeys((str(first.body.get("model")), str(first.exchange.request.json["model"])))

    async def page(**query: str) -> Exchange:
        return await http("GET", "stored_chats", query={"metadata[after]": other, **query}, fresh=True)

    async def pages(**query: str) -> tuple[Exchange, Exchange]:
        start = await page(**query, limit="1")
        return start, await page(**query, limit="1", after=cursor_of(start)) if lists(start) else start

    async def by_model() -> tuple[Exchange, ...]:
        return tuple(await asyncio.gather(*(page(model=name) for name in models)))

    oldest, unused, found, in_pages = await asyncio.gather(
        page(), page(model="no-such-model"), by_model(), pages(**NEWEST)
    )
    filtered = {"metadata[after]": other}
    oldest = await settled(http, lambda it: lists(it, *names), "stored_chats", oldest, query=filtered)
    plain = oldest if lists(oldest, *names) else await http("GET", "stored_chats", query=NEWEST, fresh=True)
    if not any(lists(each, names[0]) for each in found):  # the lists may be delayed
        found = await by_model()
    turned: tuple[Exchange, ...] = in_pages
    if not all(map(lists, turned)) or [each for part in turned for each in ids(part)] != [*names[::-1]]:
        turned, in_pages = (await page(**NEWEST),), await pages()
    kind = first.body.get("object")
    return ChatLists(*names, other, kind, plain, oldest, turned, *in_pages, found, unused)


@requirement("chat.stored.list")
def test_a_stored_completion_is_listed(stored_chats: ChatLists) -> None:
    plain, second = stored_chats.plain, stored_chats.second
    listed = lists(plain, second) or lists(stored_chats.oldest, second)
    premise(listed or body_of(plain).get("has_more") is not True, "more is stored than fits, and it is not on the page")
    expect(listed, f"the completion {second}", got=ids(plain), where="/data", on=plain)


@requirement("chat.stored.list.schema")
def test_a_list_has_the_form_of_a_list(stored_chats: ChatLists) -> None:
    body = body_of(stored_chats.plain)
    premise(data_of(stored_chats.plain), "nothing is listed", see="chat.stored.list")
    for breach in breaches("ChatCompletionList", body, re.compile("/data/.*")):
        expect(False, breach.expected, got=breach.got, where=breach.pointer, on=stored_chats.plain)
    kinds = [each.get("object") for each in data_of(stored_chats.oldest)]
    expected = f"items with object {stored_chats.kind}, as in the original responses"
    expect(set(kinds) <= {stored_chats.kind}, expected, got=kinds, where="/data", on=stored_chats.oldest)


@requirement("chat.stored.list.metadata")
def test_a_list_can_be_filtered_by_metadata(stored_chats: ChatLists) -> None:
    wanted, got = {stored_chats.first, stored_chats.second}, ids(stored_chats.oldest)
    expect(set(got) == wanted, f"only {sorted(wanted)}", got=got, where="/data", on=stored_chats.oldest)


@requirement("chat.stored.list.model")
def test_a_list_can_be_filtered_by_model(stored_chats: ChatLists) -> None:
    stored_chats.filtered()
    found = [ids(each) for each in stored_chats.models if PlainReply(each).accepted]
    there, on = any(stored_chats.first in each for each in found), stored_chats.models[0]
    expect(there, stored_chats.first, got=found, where="/data", on=on)
    got = ids(stored_chats.unused) if PlainReply(stored_chats.unused).accepted else []
    expect(not got, "no completion of a model that does not exist", got=got, where="/data", on=stored_chats.unused)


@requirement("chat.stored.list.order")
def test_a_list_is_oldest_first_unless_asked(stored_chats: ChatLists) -> None:
    both = stored_chats.filtered()
    times = [each.get("created") for each in data_of(stored_chats.oldest)]
    premise(len(set(map(str, times))) == len(both), "both were created in the same second")
    wanted = [stored_chats.first, stored_chats.second]
    expect(both == wanted, f"{wanted}, oldest first", got=both, where="/data", on=stored_chats.oldest)
    newest = [each for page in stored_chats.newest for each in ids(page)]
    on = stored_chats.newest[0]
    expect(newest == wanted[::-1], f"{wanted[::-1]}, newest first", got=newest, where="/data", on=on)


def expect_pages(page: Exchange, size: int, rest: Exchange, both: list[Any]) -> None:
    """Expect a first page of the requested size, with `has_more: true`, and all remaining ids on the second page."""
    expect(ids(page) == both[:size], f"the first {size} of {both}", got=ids(page), where="/data", on=page)
    for exchange, more in ((page, True), (rest, False)):
        got = body_of(exchange).get("has_more")
        expect(got is more, str(more).lower(), got=got, where="/has_more", on=exchange)
    expect(ids(rest) == both[size:], f"the remaining {both[size:]}", got=ids(rest), where="/data", on=rest)


@requirement("chat.stored.list.paging")
def test_pages_of_a_list_lead_to_each_other(stored_chats: ChatLists) -> None:
    both = stored_chats.filtered()
    turned = stored_chats.page in stored_chats.newest
    wanted = [stored_chats.second, stored_chats.first] if turned else both
    expect_pages(stored_chats.page, 1, stored_chats.rest, wanted)


@requirement("chat.stored.list.cursors")
def test_a_page_names_its_first_and_last_completion(stored_chats: ChatLists) -> None:
    for exchange in (stored_chats.oldest, stored_chats.page):
        expect_cursors(exchange)
