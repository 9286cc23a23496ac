"""Tool calls in the history: the model must use a tool's result, and the target must reject a call without a result."""

from __future__ import annotations

import re

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_accepted, expect_refused
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .tool_round_trip import DEPTH_TOOL, DEPTHS, round_trip

Pair = tuple[ChatReply, ChatReply]


@probe
async def results(tool_history: Pair) -> Pair:
    """Send two prepared histories with a tool call. The tool results in the two histories are different numbers."""
    return tool_history


@requirement("chat.tools.result-used", transport="json")
def test_the_result_of_a_tool_is_in_the_answer(results: Pair, idle_tools: ChatReply) -> None:
    if idle_tools.choices:
        for reply in results:
            expect_accepted(Faulty(idle_tools, reply), "a history with a tool result")
    texts = [reply.text for reply in results]
    used = [depth in re.sub(r"(?<=\d)[, ](?=\d{3})", "", text) for depth, text in zip(DEPTHS, texts, strict=True)]
    premise(any(used) or any(texts), "the model returned no text after a tool result")
    expected = f"the number that the tool returned, {DEPTHS[0]} (0 of {len(used)} responses contain theirs)"
    expect(any(used), expected, got=texts[0], where="/choices/0/message/content", on=results[0])


@probe
async def unanswered_call(chat: Chat, results: Pair) -> Faulty:
    """Send a history in which a user message follows a tool call that got no result."""
    reply = await chat(round_trip(None), tools=[DEPTH_TOOL], max_tokens=4)
    return Faulty(results[0], reply, ("messages", "tool_calls", "tool_call_id", "tool", "tool_call_ids"))


@requirement("chat.tools.unanswered")
def test_a_call_without_a_result_is_refused(unanswered_call: Faulty) -> None:
    expect_refused(unanswered_call)
