"""Telnyx's conversations: what a response adds to a conversation, and what the next response sees."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import not_now
from conformance.checks.scenarios.conversations.conftest import PlainReply, body_of, data_of
from conformance.checks.scenarios.responses.conftest import (
    ASK_WEATHER,
    FEW,
    LONG,
    WEATHER,
    WORDS,
    counts,
    needs,
    premise_growing,
    result,
    status_of,
)
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.engine.responses import HELLO, Responses
from conformance.packs.telnyx.checks.conversations import id_of, telnyx_created
from conformance.reply import NotAnswered, ResponseReply
from conformance.wire import Exchange

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
UNKNOWN = "00000000-0000-4000-8000-000000000000"
STRAY = "Just passing by, with no conversation."
SUNNY = "Sunny, with a breeze from the lagoon."
LONG_QUESTION = f"Keep in mind: {WORDS}. {ASK_WEATHER}"


@probe
async def telnyx_made(http: Http, cleanup: Cleanup) -> Exchange:
    """Create a conversation with one metadata pair."""
    return await telnyx_created(http, cleanup)


@requirement("telnyx.conversations.create")
def test_a_conversation_is_created(telnyx_made: Exchange) -> None:
    body = body_of(telnyx_made)
    identifier = body.get("id")
    good = isinstance(identifier, str) and UUID.fullmatch(identifier) is not None
    expect(good, "a uuid", got=identifier, where="/id", on=telnyx_made)
    for name in ("created_at", "last_message_at"):
        value = body.get(name)
        expect(
            isinstance(value, str) and value[:4].isdigit(), "a date-time", got=value, where=f"/{name}", on=telnyx_made
        )
    got = body.get("metadata")
    good = isinstance(got, dict) and got.get("suite") == "conformance"
    expect(good, "the metadata that was sent", got=got, where="/metadata", on=telnyx_made)


@probe
async def telnyx_updated(http: Http, cleanup: Cleanup, telnyx_made: Exchange) -> dict[str, Exchange]:
    """Update the metadata of a conversation, retrieve it, and list conversations filtered by the new metadata."""
    identifier = id_of(telnyx_made)
    updated, _ = await asyncio.gather(
        http("PUT", "telnyx_conversation", {"metadata": {"suite": identifier}}, id=identifier),
        telnyx_created(http, cleanup),
    )
    found, listed = await asyncio.gather(
        http("GET", "telnyx_conversation", id=identifier),
        http("GET", "telnyx_conversations", query={"metadata->suite": f"eq.{identifier}"}),
    )
    return {"updated": updated, "found": found, "listed": listed}


def inside(exchange: Exchange) -> dict[str, Any]:
    """Return the object under `data` in a response. Raises `NotAnswered`."""
    data = body_of(exchange).get("data")
    return data if isinstance(data, dict) else {}


Exchanges = dict[str, Exchange]


@requirement("telnyx.conversations.retrieve")
def test_a_conversation_is_retrieved(telnyx_updated: Exchanges, telnyx_made: Exchange) -> None:
    wanted, got = id_of(telnyx_made), inside(telnyx_updated["found"]).get("id")
    expect(got == wanted, wanted, got=got, where="/data/id", on=telnyx_updated["found"])


@requirement("telnyx.conversations.update")
def test_metadata_is_replaced(telnyx_updated: Exchanges, telnyx_made: Exchange) -> None:
    body_of(telnyx_updated["updated"])
    got = inside(telnyx_updated["found"]).get("metadata")
    good = isinstance(got, dict) and got.get("suite") == id_of(telnyx_made)
    expect(good, "the new metadata", got=got, where="/data/metadata", on=telnyx_updated["found"])


@requirement("telnyx.conversations.filter")
def test_a_filter_finds_it_alone(telnyx_updated: Exchanges, telnyx_made: Exchange) -> None:
    body_of(telnyx_updated["updated"])
    listed = telnyx_updated["listed"]
    ids, wanted = [item.get("id") for item in data_of(listed)], [id_of(telnyx_made)]
    expect(ids == wanted, f"{wanted}, the only one with that metadata", got=ids, where="/data", on=listed)


@dataclass(frozen=True, slots=True)
class Turn:
    """Two responses with a conversation, two without one, and the messages of the conversation before and after."""

    alone: ResponseReply
    before: Exchange
    reply: ResponseReply
    again: ResponseReply
    messages: Exchange
    second: Exchange
    identifier: str
    stray: ResponseReply


async def messages_of(http: Http, identifier: str) -> Exchange:
    """Retrieve all messages of a conversation on one page."""
    return await http("GET", "telnyx_conversation_messages", id=identifier, query={"page[size]": "50"}, fresh=True)


@probe(transports=("json", "sse"))
async def telnyx_turn(responses: Responses, http: Http, cleanup: Cleanup, telnyx_made: Exchange) -> Turn:
    """Request two responses that use the same conversation, and one response without a conversation."""
    id_of(telnyx_made)
    alone = await responses.offered()
    identifier = id_of(await telnyx_created(http, cleanup))
    message = {"role": "user", "content": LONG}
    added = await http("POST", "telnyx_conversation_message", message, id=identifier, fresh=True)
    if not PlainReply(added).accepted:
        raise NotAnswered(added, f"the target answered {added.status} to a new message")
    before = await messages_of(http, identifier)
    reply = await responses(HELLO, conversation=identifier, max_output_tokens=16)
    again = await responses(HELLO, conversation=identifier, max_output_tokens=16, fresh=True)
    stray = await responses(STRAY, max_output_tokens=16)
    page = {"page[number]": "2", "page[size]": "1"}
    messages, second = await asyncio.gather(
        messages_of(http, identifier),
        http("GET", "telnyx_conversation_messages", id=identifier, query=page, fresh=True),
    )
    return Turn(alone, before, reply, again, messages, second, identifier, stray)


@requirement("telnyx.conversations.messages", transport="json")
def test_an_added_message_is_listed(telnyx_turn: Turn) -> None:
    before = telnyx_turn.before
    listed = [(item.get("role"), item.get("text")) for item in data_of(before)]
    expect(listed == [("user", LONG)], "the message that was added", got=listed, where="/data", on=before)
    meta = body_of(before).get("meta")
    total = meta.get("total_results") if isinstance(meta, dict) else None
    expect(total == 1, "1", got=total, where="/meta/total_results", on=before)


def roles_of(exchange: Exchange) -> list[Any]:
    """Return the roles of the messages in a list."""
    return [item.get("role") for item in data_of(exchange)]


@requirement("telnyx.responses.conversation")
def test_input_and_output_are_appended(telnyx_turn: Turn) -> None:
    text = needs(telnyx_turn.reply).text
    messages = telnyx_turn.messages
    listed = data_of(messages)
    good = any(item.get("role") == "user" and item.get("text") == HELLO for item in listed)
    expect(good, "the input among the messages", got=roles_of(messages), where="/data", on=messages)
    premise(text, "the model returned no text")
    said = [item.get("text") for item in listed if item.get("role") == "assistant"]
    kept = {each.strip() for each in said if isinstance(each, str)}
    # An answer of several messages may be kept as one, or as they came, and without the commentary before it.
    reply = telnyx_turn.reply
    whole = {text.strip(), reply.answer.strip()} - {""}
    good = bool(whole & kept) or {each.strip() for each in reply.texts} <= kept
    expect(good, f"the assistant's answer {text!r} among the messages", got=said, where="/data", on=messages)


@requirement("telnyx.responses.conversation-context")
def test_the_messages_are_in_the_context(telnyx_turn: Turn) -> None:
    alone, reply = counts(telnyx_turn.alone, telnyx_turn.reply)
    premise_growing(telnyx_turn.alone, telnyx_turn.stray)
    at_least = alone + FEW
    expected = f"at least {at_least} input tokens: {alone} without the conversation, plus {len(WORDS.split())} words"
    expect(reply >= at_least, expected, got=reply, where="/usage/input_tokens", on=telnyx_turn.reply)


@requirement("telnyx.responses.conversation-next")
def test_the_next_turn_sees_this_one(telnyx_turn: Turn) -> None:
    reply, again = counts(telnyx_turn.reply, telnyx_turn.again)
    premise_growing(telnyx_turn.alone, telnyx_turn.stray)
    expected = f"more than the {reply} input tokens of the turn before, with the same input"
    expect(again > reply, expected, got=again, where="/usage/input_tokens", on=telnyx_turn.again)


@requirement("telnyx.conversations.messages-paging", transport="json")
def test_messages_come_page_by_page(telnyx_turn: Turn) -> None:
    listed, second = data_of(telnyx_turn.messages), telnyx_turn.second
    premise(len(listed) > 1, "the conversation has no second message")
    got, wanted = [item.get("text") for item in data_of(second)], [listed[1].get("text")]
    expect(got == wanted, f"{wanted}, the second message alone", got=got, where="/data", on=second)
    meta = body_of(second).get("meta")
    facts = {"page_number": 2, "page_size": 1, "total_results": len(listed), "total_pages": len(listed)}
    said = {name: meta.get(name) for name in facts} if isinstance(meta, dict) else meta
    expect(said == facts, str(facts), got=said, where="/meta", on=second)


@requirement("telnyx.responses.stateless")
def test_without_a_conversation_nothing_is_appended(telnyx_turn: Turn) -> None:
    messages = telnyx_turn.messages
    needs(telnyx_turn.stray)
    kept = any(item.get("text") == HELLO for item in data_of(messages))
    premise(kept, "nothing is appended at all", see="telnyx.responses.conversation")
    expect(STRAY not in str(data_of(messages)), "no trace of it", got=STRAY, where="/data", on=messages)


@dataclass(frozen=True, slots=True)
class Called:
    """A function call in a conversation, its result in the same conversation, and the list of messages after both."""

    call: ResponseReply
    after: ResponseReply
    messages: Exchange
    identifier: str


@probe
async def telnyx_called(responses: Responses, http: Http, cleanup: Cleanup, telnyx_made: Exchange) -> Called:
    """Send a long question with `tool_choice: required`, and send the result of the call under the call's id."""
    id_of(telnyx_made)
    identifier = id_of(await telnyx_created(http, cleanup))
    ask: dict[str, Any] = {"tools": [WEATHER], "conversation": identifier, "temperature": 0}
    call = await responses(LONG_QUESTION, tool_choice="required", max_output_tokens=64, **ask)
    premise(call.function_calls and not call.incomplete, "there is no call to answer", see="responses.tools.required")
    outputs = [result(SUNNY, str(each.call_id)) for each in call.function_calls]
    after = await responses(outputs, max_output_tokens=16, **ask)
    return Called(call, after, await messages_of(http, identifier), identifier)


@requirement("telnyx.responses.conversation-tools")
def test_call_and_result_are_appended(telnyx_called: Called) -> None:
    after = telnyx_called.after
    if not_now(after):
        raise NotAnswered(after.exchange, f"the target answered {after.exchange.status}")
    expect(after.accepted, "the result accepted under the same id", got=answer(after), where="status", on=after)
    messages = telnyx_called.messages
    listed = data_of(messages)
    calls = [call for item in listed for call in item.get("tool_calls") or ()]
    names = [(call.get("function") or {}).get("name") for call in calls if isinstance(call, dict)]
    expect("get_weather" in names, "the call of get_weather", got=names, where="/data", on=messages)
    expect(SUNNY in str(listed), "the result", got=roles_of(messages), where="/data", on=messages)


@probe
async def telnyx_both(http: Http, telnyx_turn: Turn, telnyx_called: Called) -> tuple[Exchange, Exchange]:
    """List the messages of two conversations after each was used."""
    return await messages_of(http, telnyx_turn.identifier), await messages_of(http, telnyx_called.identifier)


@requirement("telnyx.responses.conversation-separate")
def test_two_conversations_do_not_mix(telnyx_both: tuple[Exchange, Exchange]) -> None:
    for exchange, others in zip(telnyx_both, ((LONG_QUESTION,), (LONG, HELLO)), strict=True):
        said = [item.get("text") for item in data_of(exchange) if item.get("role") == "user"]
        premise(said, "nothing is appended at all", see="telnyx.responses.conversation")
        mixed = [text for text in said if text in others]
        expect(not mixed, "nothing of the other conversation", got=mixed, where="/data", on=exchange)


@probe
async def telnyx_deleted(http: Http, cleanup: Cleanup, telnyx_made: Exchange) -> tuple[Exchange, ...]:
    """Delete a conversation and retrieve it afterwards, and retrieve an unknown conversation."""
    id_of(telnyx_made)
    identifier = id_of(await telnyx_created(http, cleanup))
    gone = await http("DELETE", "telnyx_conversation", id=identifier, fresh=True)
    if PlainReply(gone).accepted:
        cleanup.done("telnyx_conversation", id=identifier)
    after, unknown = await asyncio.gather(
        http("GET", "telnyx_conversation", id=identifier, fresh=True), http("GET", "telnyx_conversation", id=UNKNOWN)
    )
    return gone, after, unknown


@requirement("telnyx.conversations.delete")
def test_a_deleted_conversation_is_gone(telnyx_deleted: tuple[Exchange, ...]) -> None:
    gone, after, _ = telnyx_deleted
    if not PlainReply(gone).accepted:
        raise NotAnswered(gone, f"the target answered {gone.status} to DELETE")
    expect(status_of(after) in (404, 410), "404", got=answer(after), where="status", on=after)


@requirement("telnyx.conversations.unknown")
def test_an_unknown_conversation_is_not_found(telnyx_deleted: tuple[Exchange, ...], telnyx_updated: Exchanges) -> None:
    if not PlainReply(telnyx_updated["found"]).accepted:
        raise NotAnswered(telnyx_updated["found"], "an existing conversation is not found either")
    unknown = telnyx_deleted[2]
    expect(status_of(unknown) == 404, "404", got=answer(unknown), where="status", on=unknown)
