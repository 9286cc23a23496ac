"""Two simultaneous responses on one Telnyx conversation: each turn is stored whole, or rejected as a conflict."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import not_now
from conformance.checks.scenarios.conversations.conftest import data_of
from conformance.checks.scenarios.responses.conftest import needs
from conformance.engine.cleanup import Cleanup
from conformance.engine.clients import Http
from conformance.engine.responses import HELLO, Responses
from conformance.packs.telnyx.checks.conversations import id_of, telnyx_created
from conformance.packs.telnyx.checks.test_conversations import Turn, messages_of
from conformance.reply import NotAnswered, ResponseReply
from conformance.wire import Exchange

INPUTS = ("Say hello to the red team.", "Say hello to the blue team.")
Listed = list[tuple[str, str]]
"""The role and the text of each message."""


@dataclass(frozen=True, slots=True)
class Parallel:
    """Two simultaneous responses on one conversation, and the messages of the conversation afterwards."""

    replies: tuple[ResponseReply, ResponseReply]
    messages: Exchange

    @property
    def answered(self) -> list[tuple[str, ResponseReply]]:
        """The input and the response of each turn that was answered."""
        return [(text, reply) for text, reply in zip(INPUTS, self.replies, strict=True) if reply.accepted]

    @property
    def listed(self) -> Listed:
        """The messages of the user and of the assistant, in the order of the list."""
        found = [(str(each.get("role")), str(each.get("text"))) for each in data_of(self.messages)]
        return [(role, text) for role, text in found if role in ("user", "assistant")]


@probe(transports=("sse",))
async def telnyx_parallel(responses: Responses, http: Http, cleanup: Cleanup, telnyx_made: Exchange) -> Parallel:
    """Send two response requests at the same time, and list the messages of their conversation afterwards."""
    id_of(telnyx_made)
    identifier = id_of(await telnyx_created(http, cleanup))
    one, two = await asyncio.gather(
        *(responses(text, conversation=identifier, max_output_tokens=16) for text in INPUTS)
    )
    return Parallel((one, two), await messages_of(http, identifier))


def premise_turns(turn: Turn) -> None:
    """Make the check inconclusive unless the target answers consecutive turns and appends them to the conversation."""
    texts = needs(turn.reply).texts, needs(turn.again).texts
    premise(all(map(any, texts)), "the model returned no text")
    listed = [(each.get("role"), each.get("text")) for each in data_of(turn.messages)]
    appended = ("user", HELLO) in listed and "assistant" in (role for role, _ in listed)
    premise(appended, "nothing is appended at all", see="telnyx.responses.conversation")


def answered(parallel: Parallel) -> list[tuple[str, ResponseReply]]:
    """Return the turns that the target answered. Raise `NotAnswered` if the target was too busy for a turn."""
    for reply in parallel.replies:
        if not_now(reply):
            raise NotAnswered(reply.exchange, f"the target answered {reply.exchange.status}")
    premise(parallel.answered, "neither of two simultaneous turns was answered")
    for _, reply in parallel.answered:
        premise(reply.text, "the model returned no text")
    return parallel.answered


def wanted_texts(reply: ResponseReply) -> set[str]:
    """Return the texts that a conversation may list for a response that is stored as one message."""
    return {reply.text.strip(), reply.answer.strip()} - {""}


@requirement("telnyx.responses.conversation-parallel", transport="sse")
def test_no_simultaneous_turn_is_lost(telnyx_parallel: Parallel, telnyx_turn: Turn) -> None:
    premise_turns(telnyx_turn)
    turns, messages, listed = answered(telnyx_parallel), telnyx_parallel.messages, telnyx_parallel.listed
    for reply in telnyx_parallel.replies:
        status = reply.exchange.status or 0
        expect(status < 500, "an answer or a 4xx", got=answer(reply.exchange), where="status", on=reply)
    for text, _ in turns:
        count = listed.count(("user", text))
        expect(count == 1, f"the input {text!r} once among the messages", got=listed, where="/data", on=messages)
    said = [text for role, text in listed if role == "assistant"]
    expect(len(said) >= len(turns), f"{len(turns)} outputs among the messages", got=listed, where="/data", on=messages)


def belongs(run: list[str], reply: ResponseReply, other: ResponseReply | None) -> bool:
    """Return whether the assistant's messages can be the output of the response `reply` and not of `other`."""
    kept = {text.strip() for text in run}
    mine = bool(kept & wanted_texts(reply)) or {text.strip() for text in reply.texts} <= kept
    return bool(run) and (mine or other is None or not kept & wanted_texts(other))


def are_whole(listed: Listed, turns: list[tuple[str, ResponseReply]]) -> bool:
    """Return whether the conversation lists the output of each turn directly after the input of the same turn."""
    for number, (text, reply) in enumerate(turns):
        if ("user", text) not in listed:
            return False
        after = listed[listed.index(("user", text)) + 1 :]
        ends = next((place for place, (role, _) in enumerate(after) if role == "user"), len(after))
        other = turns[1 - number][1] if len(turns) > 1 else None
        if not belongs([each for _, each in after[:ends]], reply, other):
            return False
    return True


@requirement("telnyx.responses.conversation-parallel-whole", transport="sse")
def test_simultaneous_turns_are_not_interleaved(telnyx_parallel: Parallel, telnyx_turn: Turn) -> None:
    premise_turns(telnyx_turn)
    turns, messages, listed = answered(telnyx_parallel), telnyx_parallel.messages, telnyx_parallel.listed
    complete = all(("user", text) in listed for text, _ in turns)
    complete = complete and sum(role == "assistant" for role, _ in listed) >= len(turns)
    premise(complete, "a turn is lost", see="telnyx.responses.conversation-parallel")
    # The reference does not say whether the list begins with the newest message.
    good = are_whole(listed, turns) or are_whole(listed[::-1], turns)
    expect(good, "the output of each turn next to its input", got=listed, where="/data", on=messages)
