"""Several responses on one Telnyx conversation: order, tool results, lost connections, instructions and deletion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.patience import patiently
from conformance.checks.refusal import not_now
from conformance.checks.scenarios.conversations.conftest import PlainReply, data_of
from conformance.checks.scenarios.responses.conftest import (
    FEW,
    STORY,
    WORDS,
    counted,
    counts,
    made,
    needs,
    premise_growing,
)
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.engine.responses import HELLO, Responses
from conformance.packs.telnyx.checks.conversations import id_of, telnyx_created
from conformance.packs.telnyx.checks.test_conversations import Called, Turn, messages_of
from conformance.reply import NotAnswered, ResponseReply
from conformance.wire import Exchange

UNLISTED = "Say hello. The word of the day is quokka."
NEW_RULES = f"From now on, keep in mind: {WORDS}, {WORDS}, {WORDS}, {WORDS}, {WORDS}, {WORDS}."
MOST_CANDIDATES = 3
"""How many conversations that a user created during a probe are read."""


@requirement("telnyx.responses.conversation-order", transport="json")
def test_messages_are_listed_in_the_order_of_time(telnyx_turn: Turn) -> None:
    texts = needs(telnyx_turn.reply).texts, needs(telnyx_turn.again).texts
    premise(all(map(any, texts)), "the model returned no text")
    messages = telnyx_turn.messages
    roles = [each.get("role") for each in data_of(messages) if each.get("role") in ("user", "assistant")]
    premise(roles.count("assistant") >= 2, "the answers are not appended", see="telnyx.responses.conversation")
    premise(roles.count("user") >= 3, "the inputs are not appended", see="telnyx.responses.conversation")
    # An answer may consist of several messages, and the reference does not say whether the newest comes first.
    turns = [role for place, role in enumerate(roles) if place == 0 or role != roles[place - 1] or role == "user"]
    wanted = ["user", "user", "assistant", "user", "assistant"]
    good = turns in (wanted, wanted[::-1])
    expect(good, f"the roles {', '.join(wanted)}", got=turns, where="/data", on=messages)


@requirement("telnyx.responses.conversation-call-seen")
def test_the_call_is_in_the_context_of_its_result(telnyx_called: Called) -> None:
    call, after = counts(telnyx_called.call, telnyx_called.after)
    expected = f"more than the {call} input tokens of the request with the question"
    expect(after > call, expected, got=after, where="/usage/input_tokens", on=telnyx_called.after)


@dataclass(frozen=True, slots=True)
class AfterDeletion:
    """The response to the deletion of a conversation, and to a request that names the deleted conversation."""

    deleted: Exchange
    reply: ResponseReply


@probe
async def telnyx_deleted_turn(
    responses: Responses, http: Http, cleanup: Cleanup, telnyx_made: Exchange
) -> AfterDeletion:
    """Delete a conversation, and send a response request that names it."""
    id_of(telnyx_made)
    identifier = id_of(await telnyx_created(http, cleanup))
    deleted = await http("DELETE", "telnyx_conversation", id=identifier, fresh=True)
    if PlainReply(deleted).accepted:
        cleanup.done("telnyx_conversation", id=identifier)
    return AfterDeletion(deleted, await responses(HELLO, conversation=identifier, max_output_tokens=16))


@requirement("telnyx.responses.conversation-deleted")
def test_a_deleted_conversation_is_not_continued(telnyx_deleted_turn: AfterDeletion, telnyx_turn: Turn) -> None:
    premise(PlainReply(telnyx_deleted_turn.deleted).accepted, "the conversation is not deleted")
    needs(telnyx_turn.reply)
    reply = telnyx_deleted_turn.reply
    if not_now(reply):
        raise NotAnswered(reply.exchange, f"the target answered {reply.exchange.status}")
    status = reply.exchange.status or 0
    expect(400 <= status < 500, "a 4xx", got=answer(reply.exchange), where="status", on=reply)


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A response without a conversation, and the messages of each conversation that was listed only afterwards."""

    reply: ResponseReply
    messages: tuple[Exchange, ...]


@probe
async def telnyx_unlisted(responses: Responses, http: Http, telnyx_made: Exchange) -> Unlisted:
    """List all conversations before and after a response without a conversation, and read the new conversations."""
    id_of(telnyx_made)
    before = {each.get("id") for each in data_of(await http("GET", "telnyx_conversations", fresh=True))}
    reply = await responses(UNLISTED, max_output_tokens=16)
    after = data_of(await http("GET", "telnyx_conversations", fresh=True))
    own = [each for each in after if (each.get("metadata") or {}).get("suite") != "conformance"]
    new = [str(each["id"]) for each in own if isinstance(each.get("id"), str) and each["id"] not in before]
    return Unlisted(reply, tuple([await messages_of(http, identifier) for identifier in new[:MOST_CANDIDATES]]))


@requirement("telnyx.responses.stateless-list")
def test_a_response_alone_creates_no_conversation(telnyx_unlisted: Unlisted) -> None:
    needs(telnyx_unlisted.reply)
    for messages in telnyx_unlisted.messages:
        kept = [each.get("text") for each in data_of(messages) if UNLISTED in str(each.get("text"))]
        expect(not kept, "no conversation with this input", got=kept, where="/data", on=messages)


@dataclass(frozen=True, slots=True)
class Cut:
    """A response, a stream that the client closed early, and the next response, all on one conversation."""

    before: ResponseReply
    stream: ResponseReply
    after: ResponseReply


@probe(transports=("sse",))
async def telnyx_cut(responses: Responses, http: Http, cleanup: Cleanup, telnyx_made: Exchange) -> Cut:
    """Close a stream after two events, and continue the conversation."""
    id_of(telnyx_made)
    identifier = id_of(await telnyx_created(http, cleanup))
    ask: dict[str, Any] = {"conversation": identifier, "max_output_tokens": 16}
    before = await responses(HELLO, **ask)
    stream = await responses(STORY, conversation=identifier, stop_after_events=2)
    return Cut(before, stream, await patiently(lambda: responses(HELLO, **ask, fresh=True)))


@requirement("telnyx.responses.conversation-cut")
def test_a_conversation_continues_after_a_lost_connection(telnyx_cut: Cut) -> None:
    needs(telnyx_cut.before)
    premise(telnyx_cut.stream.exchange.stopped, "the stream had fewer than two events")
    after = telnyx_cut.after
    if not_now(after):
        raise NotAnswered(after.exchange, f"the target answered {after.exchange.status}")
    expect(after.accepted, "an answered request", got=answer(after.exchange), where="status", on=after)


@dataclass(frozen=True, slots=True)
class Reinstructed:
    """A response without a conversation, and two responses on one conversation; only the second one has instructions."""

    alone: ResponseReply
    first: ResponseReply
    second: ResponseReply


@probe
async def telnyx_reinstructed(
    responses: Responses, http: Http, cleanup: Cleanup, telnyx_made: Exchange
) -> Reinstructed:
    """Request two responses on a new conversation; only the second request has instructions, and they are long."""
    id_of(telnyx_made)
    alone = await responses.offered()
    identifier = id_of(await telnyx_created(http, cleanup))
    first = await responses(HELLO, conversation=identifier, max_output_tokens=16)
    ask: dict[str, Any] = {"conversation": identifier, "instructions": NEW_RULES, "max_output_tokens": 16}
    return Reinstructed(alone, first, await responses(HELLO, **ask))


@requirement("telnyx.responses.instructions-later")
def test_later_instructions_are_in_the_context(telnyx_reinstructed: Reinstructed, telnyx_turn: Turn) -> None:
    premise_growing(telnyx_turn.alone, telnyx_turn.stray)
    first, second = counts(telnyx_reinstructed.first, telnyx_reinstructed.second)
    # Without the instructions, the second turn has both inputs and the first output.
    without = first + counted(telnyx_reinstructed.alone) + made(telnyx_reinstructed.first) + FEW
    words = len(NEW_RULES.split())
    at_least = first + words
    premise(at_least > without, f"a turn without instructions may have {without} tokens", see="responses.instructions")
    expected = f"at least {at_least} input tokens: {first} of the turn before, plus {words} words of instructions"
    expect(second >= at_least, expected, got=second, where="/usage/input_tokens", on=telnyx_reinstructed.second)
