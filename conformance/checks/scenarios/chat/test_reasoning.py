"""Visible reasoning must be separate from the content, be counted in tokens, and be followed by an answer."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.refusal import Faulty
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import HELLO, premise_counted

THOUGHTS = ("<think>", "</think>", "<thinking>", "<|channel|>analysis", "[THINK]")
CONTENT = "/choices/0/message/content"
# OpenAI shows none; these are the names under which others do.
NAMES = ("reasoning_content", "reasoning")


@probe(transports=("json", "sse"))
async def reasoned(chat: Chat, optional: Mapping[str, Faulty]) -> ChatReply:
    """Send a request with `reasoning_effort: low`.

    The streamed request asks for token usage, unless the target rejects `include_usage`.

    If `chat` does not stream, the response comes from the probe `optional`, which has sent the same request.
    """
    if chat.transport == "json":
        return ChatReply(optional["chat.reasoning-effort.accepted"].faulty.exchange)
    counted = await chat(HELLO, reasoning_effort="low", stream_options={"include_usage": True})
    return counted if counted.accepted else await chat(HELLO, reasoning_effort="low")


@requirement("chat.reasoning.not-in-content")
def test_thoughts_are_not_part_of_the_content(reasoned: ChatReply, plain: ChatReply) -> None:
    for reply in (plain, reasoned):
        text = reply.text
        found = [mark for mark in THOUGHTS if mark in text]
        expect(not found, "no reasoning markers", got=text, where=CONTENT, on=reply)


def thoughts(reply: ChatReply) -> str:
    """Return the visible reasoning in the first choice; "" if there is none."""
    if not reply.streamed:
        return next((text for name in NAMES if isinstance(text := reply.message.get(name), str)), "")
    deltas = [choice.get("delta") for chunk in reply.chunks for choice in chunk.choices]
    found = [delta.get(name) for delta in deltas if isinstance(delta, dict) for name in NAMES]
    return "".join(text for text in found if isinstance(text, str))


def showing(replies: tuple[ChatReply, ...]) -> list[ChatReply]:
    """Return the responses with visible reasoning; the check is inconclusive if no response has any."""
    found = [reply for reply in replies if reply.accepted and thoughts(reply).strip()]
    premise(found or any(reply.choices for reply in replies), "no request was answered")
    premise(found, "the model shows no reasoning")
    return found


@requirement("chat.reasoning.counted", transport="json")
def test_reasoning_that_is_shown_is_counted(reasoned: ChatReply, plain: ChatReply) -> None:
    expect_counted(showing((plain, reasoned)))


@requirement("chat.stream.reasoning-counted", transport="sse")
def test_reasoning_in_a_stream_is_counted(reasoned: ChatReply) -> None:
    premise_counted(reasoned.usage if reasoned.choices else None, reasoned, "reasoning")
    expect_counted(showing((reasoned,)))


def expect_counted(replies: list[ChatReply]) -> None:
    """Expect `reasoning_tokens` to be more than 0; the check is inconclusive if the target does not report the count."""
    for reply in replies:
        details = (reply.usage or {}).get("completion_tokens_details")
        count = details.get("reasoning_tokens") if isinstance(details, dict) else None
        premise(count is not None, "the target does not count reasoning tokens")
        where = "/usage/completion_tokens_details/reasoning_tokens"
        expect(count != 0, "more than 0 tokens, because the response shows reasoning", got=count, where=where, on=reply)


@requirement("chat.reasoning.answered")
def test_reasoning_is_followed_by_an_answer(reasoned: ChatReply, plain: ChatReply) -> None:
    ended = [reply for reply in showing((plain, reasoned)) if reply.finish_reason == "stop" and not reply.tool_calls]
    premise(ended, "the token limit truncated the reasoning")
    for reply in ended:
        expect(reply.text.strip(), "content after the reasoning", got=reply.text, where=CONTENT, on=reply)


ENOUGH = 24
"""The fewest characters of reasoning that an answer does not begin with by chance."""


@requirement("chat.reasoning.not-repeated")
def test_the_answer_does_not_repeat_the_reasoning(reasoned: ChatReply, plain: ChatReply, cut_short: ChatReply) -> None:
    shown = [reply for reply in showing((plain, reasoned, cut_short)) if len(thoughts(reply).strip()) >= ENOUGH]
    premise(shown, "the model shows too little reasoning to recognise it")
    for reply in shown:
        again = reply.text.strip().startswith(thoughts(reply).strip())
        expect(not again, "an answer, not the reasoning once more", got=reply.text, where=CONTENT, on=reply)
