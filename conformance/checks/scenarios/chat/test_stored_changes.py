"""Stored chat completions: metadata updates, deletion, and protection by the API key."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.checks import NotApplicable, expect, premise, probe, requirement, requirements
from conformance.checks.keys import premise_keys_enforced
from conformance.checks.language import answer
from conformance.checks.refusal import BUSY, Faulty, expect_refused
from conformance.checks.schema import breaches
from conformance.config import Target
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Chat, Http
from conformance.reply import ChatReply, NotAnswered, read_error
from conformance.wire import Exchange

from ..conversations.conftest import PlainReply, body_of
from ..responses.conftest import status_of
from .conftest import HELLO
from .test_stored import GONE, UNREADABLE, ChatLists, Stored, ids, is_there, lists, settled
from .test_stored_messages import Messages


@dataclass(frozen=True, slots=True)
class Updated:
    """The responses to a metadata update, to the retrieval after it, and to a list filtered by the new metadata."""

    id: str
    metadata: dict[str, str]
    update: Exchange
    found: Exchange
    listed: Exchange


@probe
async def stored_chat_updated(http: Http, stored_chat: Stored) -> Updated:
    """Update the metadata of a stored completion.

    The new metadata contains the id of the completion, so that a filter by metadata can find it.
    """
    identifier = stored_chat.id
    metadata = {"suite": "changed", "mark": identifier}
    update = await http("POST", "stored_chat", {"metadata": metadata}, id=identifier, fresh=True)
    body_of(update)
    query = {"metadata[mark]": identifier}
    found, listed = await asyncio.gather(
        settled(http, lambda it: "mark" in kept_metadata(it), "stored_chat", id=identifier),
        settled(http, lambda it: lists(it, identifier), "stored_chats", query=query),
    )
    return Updated(identifier, metadata, update, found, listed)


def kept_metadata(exchange: Exchange) -> dict[str, Any]:
    """Return the metadata of a completion; {} if it has none. Raises `NotAnswered`."""
    found = body_of(exchange).get("metadata")
    return found if isinstance(found, dict) else {}


@requirement("chat.stored.update")
def test_new_metadata_is_kept(stored_chat_updated: Updated) -> None:
    wanted, found = stored_chat_updated.metadata, stored_chat_updated.found
    got = kept_metadata(found)
    expect(wanted.items() <= got.items(), f"the new pairs {wanted}", got=got, where="/metadata", on=found)


@requirement("chat.stored.update.replace")
def test_new_metadata_replaces_the_old(stored_chat_updated: Updated) -> None:
    got = kept_metadata(stored_chat_updated.found)
    premise("mark" in got, "the new metadata was not stored", see="chat.stored.update")
    expect("kept" not in got, "no pair from the old metadata", got=got, where="/metadata", on=stored_chat_updated.found)


@requirement("chat.stored.update.answer")
def test_an_update_answers_with_the_completion(stored_chat_updated: Updated) -> None:
    update, wanted = stored_chat_updated.update, stored_chat_updated.metadata
    got = body_of(update).get("id")
    expect(got == stored_chat_updated.id, stored_chat_updated.id, got=got, where="/id", on=update)
    pairs = kept_metadata(update)
    expect(wanted.items() <= pairs.items(), f"the new pairs {wanted}", got=pairs, where="/metadata", on=update)


@requirement("chat.stored.update.listed")
def test_a_list_shows_the_new_metadata(stored_chat_updated: Updated, stored_chats: ChatLists) -> None:
    stored_chats.filtered()
    premise("mark" in kept_metadata(stored_chat_updated.found), "it was not stored", see="chat.stored.update")
    listed, wanted = stored_chat_updated.listed, stored_chat_updated.id
    expect(ids(listed) == [wanted], f"only {wanted}", got=ids(listed), where="/data", on=listed)


@dataclass(frozen=True, slots=True)
class Deleted:
    """The responses to deleting a completion, and afterwards to retrieving, listing and deleting it once more."""

    id: str
    lists: ChatLists
    gone: Exchange
    found: Exchange
    messages: Exchange
    listed: Exchange
    again: Exchange


@probe
async def stored_chat_deleted(
    http: Http, cleanup: Cleanup, stored_chats: ChatLists, stored_messages: Messages
) -> Deleted:
    """Delete one of two completions with the same metadata, after all other probes have used this completion."""
    del stored_messages
    identifier = stored_chats.first
    gone = await http("DELETE", "stored_chat", id=identifier, fresh=True)
    if not PlainReply(gone).accepted:
        raise NotAnswered(gone, f"the target answered {gone.status} to DELETE")

    query = {"metadata[after]": stored_chats.other}
    found, messages, listed = await asyncio.gather(
        settled(http, lambda it: it.status in GONE, "stored_chat", id=identifier),
        settled(http, lambda it: it.status in GONE, "stored_chat_messages", id=identifier),
        settled(http, lambda it: not lists(it, identifier), "stored_chats", query=query),
    )
    if found.status in GONE:
        cleanup.done("stored_chat", id=identifier)
    again = await http("DELETE", "stored_chat", id=identifier, fresh=True)
    return Deleted(identifier, stored_chats, gone, found, messages, listed, again)


@requirement("chat.stored.delete")
def test_a_deleted_completion_is_gone(stored_chat_deleted: Deleted) -> None:
    for found in (stored_chat_deleted.found, stored_chat_deleted.messages):
        good = not is_there(found) and status_of(found) in (*GONE, 405, 501)
        expect(good, "404", got=answer(found), where="status", on=found)


@requirement("chat.stored.delete.listed")
def test_a_deleted_completion_is_listed_no_more(stored_chat_deleted: Deleted) -> None:
    premise(
        stored_chat_deleted.id in ids(stored_chat_deleted.lists.oldest),
        "it was not listed before its deletion",
        see="chat.stored.list",
    )
    listed = stored_chat_deleted.listed
    expect(stored_chat_deleted.id not in ids(listed), "only the other one", got=ids(listed), where="/data", on=listed)


@requirement("chat.stored.delete.answer")
def test_a_deletion_says_what_it_deleted(stored_chat_deleted: Deleted) -> None:
    gone = stored_chat_deleted.gone
    body = body_of(gone) if gone.body.strip() else {}
    for breach in breaches("ChatCompletionDeleted", body):
        expect(False, breach.expected, got=breach.got, where=breach.pointer, on=gone)
    for name, wanted in (("deleted", True), ("id", stored_chat_deleted.id)):
        expect(body.get(name) == wanted, str(wanted), got=body.get(name), where=f"/{name}", on=gone)


@requirement("chat.stored.delete.twice")
def test_a_second_deletion_is_a_404(stored_chat_deleted: Deleted) -> None:
    premise(stored_chat_deleted.found.status in GONE, "the completion was not deleted", see="chat.stored.delete")
    again = stored_chat_deleted.again
    expect(status_of(again) in GONE, "404", got=answer(again), where="status", on=again)


def says_why(exchange: Exchange) -> bool:
    """Return whether a response has an error object with a message."""
    error = read_error(exchange)
    return bool(error.message) and error.envelope not in UNREADABLE


@requirement("chat.stored.unknown.message")
def test_the_404_says_why(stored_chat_deleted: Deleted, stored_too_much: Mapping[str, Faulty]) -> None:
    found, *others = stored_chat_deleted.found, *(each.faulty.exchange for each in stored_too_much.values())
    premise(found.status == 404, "a deleted completion does not return a 404", see="chat.stored.delete")
    good = any(says_why(each) and each.status != 200 for each in others)
    premise(good, "no other 4xx has a message either", see="error.envelope")
    expect(says_why(found), "an error object with a message", got=answer(found), where="/error", on=found)


@probe
async def stored_without_key(chat: Chat, http: Http, stored_chat: Stored) -> tuple[Exchange, ...]:
    """Request a new completion and stored completions, all without an API key."""
    identifier = stored_chat.id
    plain, *found = await asyncio.gather(
        http("POST", "chat", chat.body(HELLO), key=False),
        http("GET", "stored_chat", id=identifier, key=False),
        http("GET", "stored_chat_messages", id=identifier, key=False),
        http("GET", "stored_chats", key=False),
    )
    return plain, *found


@requirement("chat.stored.key-required")
def test_what_is_stored_needs_a_key(stored_without_key: tuple[Exchange, ...], target: Target) -> None:
    plain, *found = stored_without_key
    if not target.key:
        raise NotApplicable("the run has no key, so no key can be missing")
    premise_keys_enforced(plain)
    for each in found:
        expect(not 200 <= status_of(each) < 300, "401 without a key", got=answer(each), where="status", on=each)


TOO_MUCH: Mapping[str, dict[str, str]] = {
    "chat.stored.metadata.pairs": {f"key-{number}": "value" for number in range(17)},
    "chat.stored.metadata.key": {"k" * 65: "value"},
    "chat.stored.metadata.value": {"suite": "v" * 513},
}


@probe
async def stored_too_much(chat: Chat, cleanup: Cleanup, stored_chat: Stored) -> Mapping[str, Faulty]:
    """Send completions with more metadata pairs, longer keys and longer values than allowed.

    Accepted completions are deleted at the end of the run.
    """
    stored_chat.again  # noqa: B018 - raises NotAnswered where nothing is stored

    async def store(metadata: dict[str, str]) -> ChatReply:
        reply = await chat(HELLO, store=True, metadata=metadata, fresh=True, fault=True)
        if reply.accepted:
            cleanup.later("stored_chat", id=str(reply.body.get("id")))
        return reply

    replies = await asyncio.gather(*(store(metadata) for metadata in TOO_MUCH.values()))
    names = ("metadata", "properties", "pairs", "key", "value")
    return {fault: Faulty(stored_chat.reply, reply, names) for fault, reply in zip(TOO_MUCH, replies, strict=True)}


@requirements("fault", TOO_MUCH)
def test_too_much_metadata_is_refused(stored_too_much: Mapping[str, Faulty], fault: str) -> None:
    found = stored_too_much[fault].faulty.exchange
    premise((found.status or 0) < 500 or found.status in BUSY, "the target returned a 5xx", see="http.no-server-error")
    is_there(found)
    expect_refused(stored_too_much[fault])
