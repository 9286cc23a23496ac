"""The reasoning of a response on a Telnyx conversation: the endpoint appends the reasoning to the conversation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.scenarios.conversations.conftest import data_of
from conformance.checks.scenarios.responses.conftest import needs
from conformance.checks.scenarios.responses.test_reasoning import thoughts
from conformance.engine.clients import Http
from conformance.engine.responses import Responses
from conformance.packs.telnyx.checks.test_conversations import Turn, messages_of
from conformance.packs.telnyx.checks.test_thinking import RIDDLE, ROOM
from conformance.reply import ResponseReply
from conformance.wire import Exchange

LEAST = 24
"""Characters of a reasoning text that do not occur in other messages by chance."""
MOST = 120
"""Characters of a reasoning text that are searched for."""


@dataclass(frozen=True, slots=True)
class Reasoned:
    """The response to a prompt that needs reasoning in a conversation, and the list of messages after the response."""

    reply: ResponseReply
    messages: Exchange


@probe
async def telnyx_reasoned(responses: Responses, http: Http, telnyx_turn: Turn) -> Reasoned:
    """Continue a conversation with a prompt that needs reasoning, and list the messages of the conversation."""
    identifier = telnyx_turn.identifier
    reply = await responses(RIDDLE, conversation=identifier, max_output_tokens=ROOM)
    return Reasoned(reply, await messages_of(http, identifier))


def plain(text: str) -> str:
    """Return a text with single spaces and in lower case."""
    return " ".join(text.split()).casefold()


def texts_in(data: Any) -> Iterator[str]:
    """Return all texts in JSON data, except the keys of objects."""
    if isinstance(data, str):
        yield data
    for each in data.values() if isinstance(data, dict) else data if isinstance(data, list) else ():
        yield from texts_in(each)


@requirement("telnyx.responses.conversation-reasoning")
def test_reasoning_is_among_the_messages(telnyx_reasoned: Reasoned) -> None:
    reply, messages = needs(telnyx_reasoned.reply), telnyx_reasoned.messages
    wanted = plain(thoughts(reply))[:MOST]
    premise(len(wanted) >= LEAST, "the response shows no reasoning")
    listed = data_of(messages)
    appended = any(each.get("role") == "user" and each.get("text") == RIDDLE for each in listed)
    premise(appended, "the input is not appended", see="telnyx.responses.conversation")
    # The reference names no field for reasoning, so any field of any message may have it.
    good = any(wanted in plain(text) for text in texts_in(listed))
    fields = sorted({name for each in listed for name in each})
    expect(good, f"the reasoning {wanted!r} in a field of a message", got=fields, where="/data", on=messages)
