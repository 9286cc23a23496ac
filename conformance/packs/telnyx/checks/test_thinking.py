"""The effect of Telnyx's `enable_thinking` on a model that reasons."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.scenarios.chat.conftest import premise_counted
from conformance.checks.scenarios.chat.test_reasoning import thoughts
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

RIDDLE = "What is the capital of France? Think step by step."
ROOM = 256
END = "</think>"
FEW = 16
"""Tokens that stand for no text, such as the end of the answer or an empty block of reasoning."""
TOKENS = "/usage/completion_tokens"


@dataclass(frozen=True, slots=True)
class Switched:
    """The responses to one prompt: without `enable_thinking`, with true and with false."""

    default: ChatReply
    on: ChatReply
    off: ChatReply


def reasoning(reply: ChatReply) -> str:
    """Return the visible reasoning of a response, also if it is part of the text; "" if there is none."""
    before, end, _ = reply.text.partition(END)
    inside = before if end or before.lstrip().startswith("<think>") else ""
    return thoughts(reply).strip() or inside.replace("<think>", "").strip()


def counted_reasoning(reply: ChatReply) -> int:
    """Return the number of reasoning tokens that a response reports; 0 if it reports none."""
    details = (reply.usage or {}).get("completion_tokens_details")
    count = details.get("reasoning_tokens") if isinstance(details, dict) else None
    return count if isinstance(count, int) else 0


def thinks(reply: ChatReply) -> bool:
    """Return whether a response has visible reasoning, or reports reasoning tokens."""
    return bool(reply.accepted and (reasoning(reply) or counted_reasoning(reply)))


def most_tokens(reply: ChatReply) -> int:
    """Return how many tokens the visible text of a response can have at most: a token has at least one byte."""
    return len((reply.text + reasoning(reply)).encode()) + FEW


def counts_too_much(reply: ChatReply) -> bool:
    """Return whether a response counts more tokens than its visible text can have."""
    return (reply.completion_tokens or 0) > most_tokens(reply)


@probe
async def thinking_switched(chat: Chat) -> Switched:
    """Send the same prompt without `enable_thinking`, with `enable_thinking: true` and with `enable_thinking: false`.

    The prompt asks for a task that needs reasoning.
    """
    default, on, off = await asyncio.gather(
        *(chat(RIDDLE, temperature=0, max_tokens=ROOM, enable_thinking=value) for value in (None, True, False))
    )
    return Switched(default, on, off)


@requirement("telnyx.chat.thinking-off", transport="json")
def test_without_thinking_there_is_no_reasoning(thinking_switched: Switched, plain: ChatReply) -> None:
    off = thinking_switched.off
    premise(off.accepted, "enable_thinking is rejected", see="telnyx.chat.enable-thinking")
    off.require_choices()
    shown = reasoning(off)
    expect(not shown, "an answer without reasoning", got=shown, where="/choices/0/message", on=off)
    count = counted_reasoning(off)
    where = "/usage/completion_tokens_details/reasoning_tokens"
    thinking = [reply for reply in (thinking_switched.default, thinking_switched.on) if thinks(reply)]
    premise(thinking, "the model shows no reasoning with enable_thinking either")
    expect(count == 0, "no reasoning tokens", got=count, where=where, on=off)
    premise_counted(off.completion_tokens is not None, off, "completion")
    # Counts that are made up, or that count hidden text anyway, say nothing of reasoning.
    sound = plain.accepted and not any(map(counts_too_much, (plain, *thinking)))
    premise(sound or not counts_too_much(off), "the target counts more tokens than a text has bytes")
    expected = f"at most {most_tokens(off)} tokens, because the text has only {len(off.text.encode())} bytes"
    expect(not counts_too_much(off), expected, got=off.completion_tokens, where=TOKENS, on=off)


@probe
async def thinking_default(chat: Chat, thinking_switched: Switched) -> list[Switched]:
    """Repeat the requests with and without `enable_thinking: true`, if the model reasons only with `true`."""
    found = [thinking_switched]
    while len(found) < 3 and thinks(found[-1].on) and not thinks(found[-1].default):
        default, on = await asyncio.gather(
            *(chat(RIDDLE, temperature=0, max_tokens=ROOM, enable_thinking=value, fresh=True) for value in (None, True))
        )
        found.append(Switched(default, on, thinking_switched.off))
    return found


@requirement("telnyx.chat.thinking-default")
def test_the_default_is_to_think(thinking_default: list[Switched]) -> None:
    premise(thinking_default[0].on.accepted, "enable_thinking is rejected", see="telnyx.chat.enable-thinking")
    thinking_default[0].default.require_choices()
    premise(
        all(thinks(each.on) for each in thinking_default), "the model shows no reasoning with enable_thinking: true"
    )
    last = thinking_default[-1].default
    premise(last.accepted, "the last request was not answered")
    expect(thinks(last), "reasoning, as with enable_thinking: true", got=last.text, where="/choices/0/message", on=last)
