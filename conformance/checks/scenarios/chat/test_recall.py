"""The earlier turns of a conversation must reach the model, so that the model can recall a fact from them."""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.checks import Broken, premise, probe, requirement
from conformance.checks.language import shown
from conformance.engine.clients import Chat
from conformance.reply import ChatReply
from conformance.verdict import Finding

from .test_messages import user

FACTS = ("the code word is Zanzibar", "the colour of the door is turquoise", "the number of the room is 4711")
Told = list[tuple[str, ChatReply]]
"""The values of facts, each with the response to a question about it."""


def turns_about(fact: str) -> list[dict[str, Any]]:
    """Return a conversation that states a fact early and asks for it at the end."""
    subject, _, _ = fact.partition(" is ")
    return [
        user("What colour is grass?"),
        {"role": "assistant", "content": "Green."},
        user(f"Remember: {fact}."),
        {"role": "assistant", "content": f"I will remember that {fact}."},
        user("What is two plus two?"),
        {"role": "assistant", "content": "Four."},
        user(f"What is {subject.removeprefix('the ')}? Answer with that alone."),
    ]


@probe
async def recall(chat: Chat) -> Told:
    """Send three conversations, each with a fact in one turn and a question about it in a later turn."""
    replies = await asyncio.gather(*(chat(turns_about(fact), temperature=0, max_tokens=24) for fact in FACTS))
    return list(zip((fact.partition(" is ")[2] for fact in FACTS), replies, strict=True))


def recalled(told: Told) -> list[str]:
    """Return the facts that the model recalled correctly."""
    return [value for value, reply in told if reply.accepted and value.lower() in reply.text.lower()]


@probe
async def recall_in_one_turn(chat: Chat, recall: Told) -> Told:
    """If the model recalled no fact, send each conversation again as a single user message.

    A single message with the whole conversation shows whether the model can find a fact in a text at all.
    """
    if recalled(recall):
        return []
    asks = (" ".join(str(turn["content"]) for turn in turns_about(fact)) for fact in FACTS)
    replies = await asyncio.gather(*(chat(ask, temperature=0, max_tokens=24) for ask in asks))
    return list(zip((fact.partition(" is ")[2] for fact in FACTS), replies, strict=True))


@requirement("chat.messages.recall")
def test_a_fact_from_an_earlier_turn_can_be_recalled(recall: Told, recall_in_one_turn: Told) -> None:
    texts = [reply.text for _, reply in recall]
    if recalled(recall):
        return
    premise(any(texts), "the model returned no text")
    can = len(recalled(recall_in_one_turn)) > 1
    premise(can, "the model does not find the facts in a single message either, so it may be too weak")
    findings = [
        Finding(
            f"{value}, as stated earlier (0 of {len(recall)} facts recalled)", shown(reply.text), "", reply.exchange.id
        )
        for value, reply in recall
    ]
    raise Broken(findings)
