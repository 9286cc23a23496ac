"""Stored responses can be retrieved, their input items can be listed, and they can be deleted."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import Faulty, expect_refused
from conformance.engine import Transport
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.engine.responses import HELLO, Responses
from conformance.reply import NotAnswered, ResponseReply, refuses_the_body
from conformance.wire import Exchange

from ..conversations.conftest import cursor_of, expect_cursors, expect_page_sizes
from .conftest import REASONED, Thread, answered, message, needs, never_given, status_of

Kept = tuple[ResponseReply, ResponseReply]
SETTLING = (0.3, 1.0)
"""Seconds before repeating a look-up of a stored response."""


SENT = ("First, the harbour.", "Second, the lagoon.", "Third, the glacier. Say hello.")
THREE = [message("user", SENT[0]), message("assistant", SENT[1]), message("user", SENT[2])]


@probe
async def response_default(responses: Responses, http: Http) -> Kept:
    """Create a response with three messages as its input and without `store`, and retrieve the response.

    The request also sets a low reasoning effort, unless the target rejects this. If the target rejects the three
    messages, the input is a single message.
    """
    reply = await responses(THREE, store=None, **REASONED)
    if refuses_the_body(reply.exchange.status):
        reply = await responses(THREE, store=None, max_output_tokens=16)
    if not reply.accepted:
        reply = await responses("Say no.", store=None, max_output_tokens=16)
    return await kept(http, reply)


@probe(transports=("json", "sse"))
async def response_kept(responses: Responses, http: Http, response_default: Kept, response_cut: ResponseReply) -> Kept:
    """Create a stored response, with or without streaming, and retrieve it.

    If the target stored the response of another probe, this response is retrieved instead. Without streaming, the
    retrieved response is the response to the request without `store`. With streaming, the retrieved response is the
    response that the token limit truncated.
    """
    if responses.transport is Transport.JSON and response_default[1].accepted:
        return response_default
    if responses.transport is Transport.SSE and is_stored(response_cut):
        return await kept(http, response_cut)
    return await kept(http, await responses("Say yes.", store=True, max_output_tokens=16))


def is_stored(reply: ResponseReply) -> bool:
    """Return whether the target accepted a request with `store: true`."""
    return reply.accepted and reply.exchange.request.json.get("store") is True


async def kept(http: Http, reply: ResponseReply) -> Kept:
    """Return the given response and its retrieved copy; if there is nothing to retrieve, return the response twice."""
    return reply, ResponseReply(await looked_up(http, reply)) if reply.accepted and reply.readable else reply


async def looked_up(http: Http, reply: ResponseReply) -> Exchange:
    """Retrieve a stored response. If the target returns a 404, repeat the request a few times."""
    found = await http("GET", "response", id=reply.id, fresh=True)
    for pause in SETTLING if reply.object.get("store") is True else ():
        if found.status != 404:
            break
        await http.pause(pause)
        found = await http("GET", "response", id=reply.id, fresh=True)
    return found


def retrieved(kept: Kept) -> ResponseReply:
    """The retrieved response. Raises `NotAnswered` if the response cannot be retrieved."""
    needs(kept[1])
    return kept[1]


@requirement("responses.store.retrieve")
def test_a_stored_response_is_retrieved_as_it_was(response_kept: Kept) -> None:
    reply, again = response_kept
    if again.exchange.status in (404, 405, 501) and reply.object.get("store") is True:
        expected = "the response, because it has `store: true`"
        expect(False, expected, got=answer(again), where="status", on=again)
    needs(again)
    expect(again.object.get("id") == reply.id, reply.id, got=again.object.get("id"), where="/id", on=again)
    expect(again.status == reply.status, str(reply.status), got=again.status, where="/status", on=again)
    items = [(item.get("type"), item.get("id")) for item in reply.output]
    listed = [(item.get("type"), item.get("id")) for item in again.output]
    expect(listed == items, f"the items {items}", got=listed, where="/output", on=again)
    expect(again.text == reply.text, f"the text {reply.text!r}", got=again.text, where="/output", on=again)


@requirement("responses.store.retrieve-whole")
def test_a_retrieved_response_has_the_same_facts(response_kept: Kept) -> None:
    reply, again = response_kept[0].object, retrieved(response_kept).object
    for name in ("created_at", "model", "metadata", "usage"):
        wanted, got = reply.get(name), again.get(name)
        expect(
            got == wanted, f"{wanted!r}, as in the original response", got=got, where=f"/{name}", on=response_kept[1]
        )


@dataclass(frozen=True, slots=True)
class Lookups:
    """What the target returned when responses with different values of `store` were retrieved or continued.

    `silent` is the reply to a request without the parameter `store`. The attributes `default`, `false` and `unknown`
    are responses to retrievals; `chained` is the response to a continuation.
    """

    silent: ResponseReply
    default: Exchange
    false: Exchange
    unknown: Exchange
    chained: ResponseReply


@probe
async def response_lookups(responses: Responses, http: Http, response_kept: Kept, response_default: Kept) -> Lookups:
    """Try to retrieve a response stored by default, a response with `store: false`, and one that does not exist."""
    retrieved(response_kept)
    unstored = await responses.offered()
    silent = needs(response_default[0])
    false, unknown, chained = await asyncio.gather(
        http("GET", "response", id=unstored.id),
        http("GET", "response", id=never_given(silent.id)),
        responses(HELLO, previous_response_id=unstored.id, max_output_tokens=16),
    )
    return Lookups(silent, response_default[1].exchange, false, unknown, chained)


@requirement("responses.store.default")
def test_responses_are_stored_by_default(response_lookups: Lookups) -> None:
    exchange = response_lookups.default
    expect(status_of(exchange) == 200, "200", got=answer(exchange), where="status", on=exchange)


@requirement("responses.store.false")
def test_store_false_is_not_stored(response_lookups: Lookups) -> None:
    exchange = response_lookups.false
    status = status_of(exchange)
    if status >= 500:
        raise NotAnswered(exchange, f"the target answered {status}")
    expect(
        not 200 <= status < 300,
        "404, because the request has `store: false`",
        got=answer(exchange),
        where="status",
        on=exchange,
    )


@requirement("responses.store.false-chain")
def test_what_is_not_stored_cannot_be_continued(response_lookups: Lookups, response_thread: Thread) -> None:
    names = ("previous_response_id", "previous_response_not_found", "response", "previous response", "store")
    expect_refused(Faulty(response_thread.second, response_lookups.chained, names))


@requirement("responses.store.unknown")
def test_an_unknown_id_is_a_404(response_lookups: Lookups) -> None:
    exchange = response_lookups.unknown
    expect(status_of(exchange) == 404, "404", got=answer(exchange), where="status", on=exchange)


Deleted = tuple[Exchange, Exchange, ResponseReply]


@probe(transports=("sse",))
async def response_streamed(response_cut: ResponseReply, response_kept: Kept) -> Kept:
    """Return the truncated streamed response and, if it was stored, the retrieved response."""
    return response_kept if response_kept[0] is response_cut else (response_cut, response_cut)


@probe
async def response_deleted(
    responses: Responses, http: Http, cleanup: Cleanup, response_kept: Kept, response_streamed: Kept
) -> Deleted:
    """Delete a stored response, and then try to retrieve it and to continue it."""
    retrieved(response_kept)
    streamed, again = response_streamed
    reusable = again is not streamed and again.accepted
    stored = streamed if reusable else needs(await responses("Say yes.", store=True, max_output_tokens=16))
    identifier = stored.id
    gone = await http("DELETE", "response", id=identifier, fresh=True)
    if gone.status is None or not 200 <= gone.status < 300:
        raise NotAnswered(gone, f"the target answered {gone.status} to DELETE")
    cleanup.done("response", id=identifier)
    after = await http("GET", "response", id=identifier, fresh=True)
    return gone, after, await responses(HELLO, previous_response_id=identifier, max_output_tokens=16)


@requirement("responses.store.delete")
def test_a_deleted_response_is_gone(response_deleted: Deleted) -> None:
    _, after, _ = response_deleted
    expect(status_of(after) in (404, 410), "404", got=answer(after), where="status", on=after)


@requirement("responses.store.delete-answer")
def test_a_deletion_says_that_it_deleted(response_deleted: Deleted) -> None:
    gone = response_deleted[0]
    body = answered(gone) if gone.body.strip() else {}
    deleted = body.get("deleted") if isinstance(body, dict) else None
    expect(deleted is True, "true", got=deleted, where="/deleted", on=gone)


@requirement("responses.store.deleted-chain")
def test_a_deleted_response_cannot_be_continued(response_deleted: Deleted, response_thread: Thread) -> None:
    needs(response_thread.second)
    exchange = response_deleted[2].exchange
    premise(status_of(exchange) < 500, "the target returned a 5xx")
    expect(exchange.status != 200, "a 4xx", got=answer(exchange), where="status", on=exchange)


@probe
async def response_listed(responses: Responses, http: Http, response_lookups: Lookups) -> dict[str, Exchange]:
    """List the input items of a response in default order, oldest first in two pages, and with a limit of 0."""
    reply = response_lookups.silent
    if response_lookups.default.status != 200 or reply.exchange.request.json.get("input") != THREE:
        reply = needs(await responses(THREE, store=True, max_output_tokens=16))
    whole, oldest = await asyncio.gather(
        http("GET", "response_input_items", id=reply.id),
        http("GET", "response_input_items", id=reply.id, query={"order": "asc", "limit": "2"}),
    )
    query = {"order": "asc", "limit": "100", "after": cursor_of(oldest)}
    rest, none = await asyncio.gather(
        http("GET", "response_input_items", id=reply.id, query=query),
        http("GET", "response_input_items", id=reply.id, query={"limit": "0"}),
    )
    return {"whole": whole, "oldest": oldest, "rest": rest, "none": none}


def page(exchange: Exchange) -> dict[str, Any]:
    """Return the parsed body of one page of a list. Raises `NotAnswered`."""
    body = answered(exchange)
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        raise NotAnswered(exchange, "the response is not a list")
    return body


def sent_in(exchange: Exchange) -> list[int]:
    """Return the indices of those sent messages that a page contains, in the order of the page."""
    listed = [json.dumps(item, ensure_ascii=False) for item in page(exchange)["data"]]
    return [number for item in listed for number, text in enumerate(SENT) if text in item]


@requirement("responses.input-items")
def test_the_input_is_listed(response_listed: dict[str, Exchange]) -> None:
    whole = response_listed["whole"]
    body = page(whole)
    expect(body.get("object") == "list", "list", got=body.get("object"), where="/object", on=whole)
    expect(sorted(sent_in(whole)) == [0, 1, 2], "the three messages", got=body["data"], where="/data", on=whole)


@requirement("responses.input-items.order")
def test_items_come_newest_first_unless_asked(response_listed: dict[str, Exchange]) -> None:
    whole, oldest = response_listed["whole"], response_listed["oldest"]
    premise(sorted(sent_in(whole)) == [0, 1, 2], "the messages are not listed", see="responses.input-items")
    for exchange, order in ((oldest, [0, 1, 2]), (whole, [2, 1, 0])):
        got = sent_in(exchange)
        wanted = [number for number in order if number in got]
        expect(got == wanted and got, f"the messages in the order {order}", got=got, where="/data", on=exchange)


@requirement("responses.input-items.paging")
def test_pages_lead_to_each_other(response_listed: dict[str, Exchange]) -> None:
    oldest, rest = response_listed["oldest"], response_listed["rest"]
    first, second = page(oldest), page(rest)
    expect(len(first["data"]) == 2, "2 items, the limit", got=len(first["data"]), where="/data", on=oldest)
    expect(
        first.get("has_more") is True,
        "true, because one item is left",
        got=first.get("has_more"),
        where="/has_more",
        on=oldest,
    )
    expect(len(second["data"]) == 1, "the remaining item", got=len(second["data"]), where="/data", on=rest)
    expect(second.get("has_more") is False, "false", got=second.get("has_more"), where="/has_more", on=rest)


@requirement("responses.input-items.cursors")
def test_a_page_names_its_first_and_last_item(response_listed: dict[str, Exchange]) -> None:
    for name in ("whole", "oldest", "rest"):
        expect_cursors(response_listed[name])


@requirement("responses.input-items.page-size")
def test_a_page_has_one_to_a_hundred_items(response_listed: dict[str, Exchange]) -> None:
    premise(page(response_listed["oldest"])["data"], "nothing is listed", see="responses.input-items")
    expect_page_sizes(response_listed["none"], {100: response_listed["rest"]})
