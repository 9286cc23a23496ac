"""Telnyx's list of conversations: filters, order and limit; the name, the idempotency key and the roles of messages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.scenarios.conversations.conftest import PlainReply, data_of
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.packs.telnyx.checks.conversations import id_of
from conformance.wire import Exchange

FIRST, SECOND = "openai-conformance first", "openai-conformance second"
PAGE = 20
"""A list of at least so many conversations may be one page of several."""
DIALOGUE = (("user", "Which city has the lagoon?"), ("assistant", "Venice has the lagoon."))


@dataclass(frozen=True, slots=True)
class Listed:
    """Two conversations with the same tag in their metadata, the first of them created twice, and lists of them."""

    first: Exchange
    repeated: Exchange
    second: Exchange
    pairs: Exchange
    limited: Exchange
    oldest_first: Exchange
    newest_first: Exchange
    everything: Exchange

    @property
    def ids(self) -> list[str]:
        """The ids of both conversations in the order of their creation."""
        return [id_of(self.first), id_of(self.second)]


async def tagged(http: Http, cleanup: Cleanup, name: str, tag: str) -> Exchange:
    """Create a conversation with two metadata pairs and an idempotency key."""
    body = {"name": name, "metadata": {"suite": "conformance", "tag": tag, "kind": name}}
    headers = {"Idempotency-Key": f"{name} {tag}"}
    exchange = await http("POST", "telnyx_conversations", body, headers=headers, fresh=True)
    if PlainReply(exchange).accepted:
        cleanup.later("telnyx_conversation", id=id_of(exchange))
    return exchange


@probe
async def telnyx_listed(http: Http, cleanup: Cleanup, telnyx_made: Exchange) -> Listed:
    """Create two conversations, repeat the first request, and list the conversations in five ways."""
    tag = id_of(telnyx_made)
    first = await tagged(http, cleanup, FIRST, tag)
    repeated = await tagged(http, cleanup, FIRST, tag)
    second = await tagged(http, cleanup, SECOND, tag)
    filtered = {"metadata->tag": f"eq.{tag}"}
    queries: tuple[dict[str, str], ...] = (
        {**filtered, "metadata->kind": f"eq.{SECOND}"},
        {**filtered, "limit": "1"},
        {**filtered, "order": "created_at.asc"},
        {**filtered, "order": "created_at.desc"},
        {},
    )
    lists = await asyncio.gather(
        *(http("GET", "telnyx_conversations", query=query or None, fresh=True) for query in queries)
    )
    return Listed(first, repeated, second, *lists)


def ids_in(exchange: Exchange) -> list[Any]:
    """Return the ids of the conversations in a list."""
    return [each.get("id") for each in data_of(exchange)]


def premise_filtered(listed: Listed) -> None:
    """Make the check inconclusive if filtering by one metadata pair does not find both conversations."""
    found = ids_in(listed.oldest_first)
    premise(set(listed.ids) <= set(found), "the filter does not find them", see="telnyx.conversations.filter")


@requirement("telnyx.conversations.list")
def test_a_new_conversation_is_in_the_whole_list(telnyx_listed: Listed) -> None:
    wanted, found = set(telnyx_listed.ids), ids_in(telnyx_listed.everything)
    premise(wanted <= set(found) or len(found) < PAGE, f"the list has {len(found)} entries, perhaps a page of several")
    expect(wanted <= set(found), "the new conversations", got=found, where="/data", on=telnyx_listed.everything)


@requirement("telnyx.conversations.list-limit")
def test_a_limit_of_one_lists_one_conversation(telnyx_listed: Listed) -> None:
    premise_filtered(telnyx_listed)
    limited = telnyx_listed.limited
    expect(len(ids_in(limited)) == 1, "one conversation", got=ids_in(limited), where="/data", on=limited)


@requirement("telnyx.conversations.list-order")
def test_the_order_is_that_of_the_query(telnyx_listed: Listed) -> None:
    premise_filtered(telnyx_listed)
    for exchange, wanted in (
        (telnyx_listed.oldest_first, telnyx_listed.ids),
        (telnyx_listed.newest_first, telnyx_listed.ids[::-1]),
    ):
        times = {each.get("created_at") for each in data_of(exchange) if each.get("id") in wanted}
        premise(len(times) == len(wanted), "the conversations have the same `created_at`")
        found = [each for each in ids_in(exchange) if each in wanted]
        expect(found == wanted, f"{wanted} in this order", got=found, where="/data", on=exchange)


@requirement("telnyx.conversations.filter-pairs")
def test_two_pairs_find_what_has_both(telnyx_listed: Listed) -> None:
    premise_filtered(telnyx_listed)
    wanted, found = [id_of(telnyx_listed.second)], ids_in(telnyx_listed.pairs)
    expected = f"{wanted}, the only one with both metadata pairs"
    expect(found == wanted, expected, got=found, where="/data", on=telnyx_listed.pairs)


@requirement("telnyx.conversations.name")
def test_the_name_is_listed(telnyx_listed: Listed) -> None:
    premise_filtered(telnyx_listed)
    names = {each.get("id"): each.get("name") for each in data_of(telnyx_listed.oldest_first)}
    got = names[id_of(telnyx_listed.first)]
    expect(got == FIRST, FIRST, got=got, where="/data", on=telnyx_listed.oldest_first)


@requirement("telnyx.conversations.idempotent")
def test_the_same_idempotency_key_creates_one_conversation(telnyx_listed: Listed) -> None:
    wanted, got = id_of(telnyx_listed.first), id_of(telnyx_listed.repeated)
    expect(got == wanted, f"{wanted}, as for the first request", got=got, where="/id", on=telnyx_listed.repeated)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The messages that were added to a conversation, and the list of its messages afterwards."""

    added: tuple[Exchange, ...]
    messages: Exchange


@probe
async def telnyx_dialogue(http: Http, telnyx_listed: Listed) -> Dialogue:
    """Add a question and an answer to a conversation, and list its messages."""
    identifier = id_of(telnyx_listed.second)
    added = []
    for role, text in DIALOGUE:
        body = {"role": role, "content": text}
        added.append(await http("POST", "telnyx_conversation_message", body, id=identifier, fresh=True))
    messages = await http("GET", "telnyx_conversation_messages", id=identifier, query={"page[size]": "50"}, fresh=True)
    return Dialogue(tuple(added), messages)


@requirement("telnyx.conversations.message-roles")
def test_added_messages_keep_their_roles(telnyx_dialogue: Dialogue) -> None:
    premise(
        all(PlainReply(each).accepted for each in telnyx_dialogue.added),
        "a message is rejected",
        see="telnyx.conversations.messages",
    )
    messages = telnyx_dialogue.messages
    found = [(each.get("role"), each.get("text")) for each in data_of(messages)]
    good = found in ([*DIALOGUE], [*DIALOGUE[::-1]])  # the reference does not say whether the newest comes first
    expect(good, str([*DIALOGUE]), got=found, where="/data", on=messages)
