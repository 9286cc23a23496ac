"""Functions that read responses of the conversations API, and probes whose responses many checks judge."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe
from conformance.checks.language import answer
from conformance.checks.refusal import BUSY
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.engine.responses import HELLO, Responses
from conformance.reply import NotAnswered, ResponseReply, points_at, read_error
from conformance.wire import Exchange

from ..responses.conftest import LONG, WORDS, message


@dataclass(frozen=True, slots=True)
class PlainReply:
    """A request to any operation, with its response; the request counts as accepted if the status is 2xx."""

    exchange: Exchange

    @property
    def accepted(self) -> bool:
        """Whether the target answered the request with a 2xx."""
        return self.exchange.status is not None and 200 <= self.exchange.status < 300


def body_of(exchange: Exchange) -> dict[str, Any]:
    """Return the body of a 2xx response, which must be a JSON object. Raises `NotAnswered`."""
    if not PlainReply(exchange).accepted:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    try:
        body = json.loads(exchange.body)
    except (ValueError, RecursionError):
        raise NotAnswered(exchange, "the body of the response is not JSON") from None
    if not isinstance(body, dict):
        raise NotAnswered(exchange, "the body of the response is not a JSON object")
    return body


def id_of(exchange: Exchange) -> str:
    """Return the id of the object in a response. Raises `NotAnswered` if the response has no object id."""
    identifier = body_of(exchange).get("id")
    if not isinstance(identifier, str) or not identifier:
        raise NotAnswered(exchange, "the response has no id")
    return identifier


def data_of(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the objects in the `data` of a list response. Raises `NotAnswered` if the response is not a list."""
    data = body_of(exchange).get("data")
    if not isinstance(data, list):
        raise NotAnswered(exchange, "the response is not a list")
    return [item for item in data if isinstance(item, dict)]


def cursor_of(exchange: Exchange) -> str:
    """Return the id to send as `after` to get the next page: the `last_id` of this page, or the id of its last item.

    Raises `NotAnswered`.
    """
    last = body_of(exchange).get("last_id") or next((item.get("id") for item in reversed(data_of(exchange))), None)
    return str(last)


def expect_cursors(exchange: Exchange) -> None:
    """Expect that `first_id` and `last_id` of a page are right; the check is inconclusive if the page is empty."""
    items = data_of(exchange)
    premise(items, "the list is empty")
    for name, item in (("first_id", items[0]), ("last_id", items[-1])):
        wanted, got = item.get("id"), body_of(exchange).get(name)
        expect(got == wanted and got, f"{wanted!r}, the id of that item", got=got, where=f"/{name}", on=exchange)


def expect_page_sizes(none: Exchange, pages: dict[int, Exchange]) -> None:
    """Expect the target to accept every page size in `pages`.

    The target may reject a limit of 0 items, or return items, but must not return an empty page.
    """
    for size, exchange in pages.items():
        if exchange.status is None or exchange.status in BUSY:
            raise NotAnswered(exchange, f"the target answered {exchange.status}")
        expect(PlainReply(exchange).accepted, f"a page for {size}", got=answer(exchange), where="status", on=exchange)
    if PlainReply(none).accepted:
        items = data_of(none)
        expect(items, "a 4xx for limit=0, or a page with an item", got=items, where="/data", on=none)
        return
    if none.status is None or none.status in BUSY or none.status >= 500:
        raise NotAnswered(none, f"the target answered {none.status}")
    premise(points_at(read_error(none), ("limit",)), f"rejected with {none.status}, but not for its limit")


def texts_in(objects: list[dict[str, Any]], texts: tuple[str, ...]) -> list[int]:
    """Return which of the texts occur in the objects: the indices of these texts, in the order of the objects."""
    listed = [json.dumps(item, ensure_ascii=False) for item in objects]
    return [number for item in listed for number, text in enumerate(texts) if text in item]


UNKNOWN = "conv_" + "0" * 48
SENT = ("First, the harbour.", "Second, the lagoon.", f"Third, the glacier. {WORDS} {WORDS} {WORDS}")


async def created(http: Http, cleanup: Cleanup, *texts: str) -> Exchange:
    """Create a conversation with the given user messages, and arrange that it is deleted at the end of the run."""
    items = [{"type": "message", **message("user", text)} for text in texts]
    exchange = await http("POST", "conversations", {"metadata": {"suite": "conformance"}, "items": items}, fresh=True)
    if PlainReply(exchange).accepted:
        cleanup.later("conversation", id=id_of(exchange))
    return exchange


@probe
async def conversation_made(http: Http, cleanup: Cleanup) -> Exchange:
    """Create a conversation that contains one long message."""
    return await created(http, cleanup, LONG)


@probe
async def conversation_updated(http: Http, conversation_made: Exchange) -> tuple[Exchange, Exchange]:
    """Update the metadata of a conversation, and retrieve the conversation."""
    identifier = id_of(conversation_made)
    updated = await http("POST", "conversation", {"metadata": {"suite": "changed"}}, id=identifier)
    return updated, await http("GET", "conversation", id=identifier)


Pair = tuple[Exchange, Exchange]


@dataclass(frozen=True, slots=True)
class ItemLists:
    """The responses of all operations on the items of a conversation: adding, listing, retrieving and deleting.

    `after` is the response to a request that used the conversation; before this request, the longest item was deleted.
    `none` is the response to a list request with a limit of 0 items.
    """

    identifier: str
    added: Exchange
    newest: Exchange
    oldest: Exchange
    rest: Exchange
    one: Exchange
    deleted: Exchange
    left: Exchange
    none: Exchange
    after: ResponseReply


@probe
async def conversation_items(
    responses: Responses, http: Http, cleanup: Cleanup, conversation_made: Exchange
) -> ItemLists:
    """Create a conversation with two items, add a long item, and call every operation on items."""
    id_of(conversation_made)
    identifier = id_of(await created(http, cleanup, *SENT[:2]))

    async def items(**query: str) -> Exchange:
        return await http("GET", "conversation_items", id=identifier, query=query, fresh=True)

    item = {"type": "message", **message("user", SENT[2])}
    added = await http("POST", "conversation_items", {"items": [item]}, id=identifier)
    newest, oldest = await asyncio.gather(items(), items(order="asc", limit="2"))
    last = cursor_of(oldest)
    named = next((str(each.get("id")) for each in data_of(newest) if SENT[2] in str(each)), "none")
    rest, one, none = await asyncio.gather(
        items(order="asc", limit="1", after=last),
        http("GET", "conversation_item", id=identifier, item_id=named),
        items(limit="0"),
    )
    deleted = await http("DELETE", "conversation_item", id=identifier, item_id=named, fresh=True)
    left, after = await asyncio.gather(
        items(limit="100"), responses(HELLO, conversation=identifier, store=None, max_output_tokens=16)
    )
    return ItemLists(identifier, added, newest, oldest, rest, one, deleted, left, none, after)
