"""Round trips of a tool: results that reach the answer, and calls that nobody answered."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_accepted, expect_refused
from conformance.engine.clients import Chat
from conformance.reply import ChatReply


def history(result: str | None) -> list[dict[str, Any]]:
    """A question, a call, its result (unless None) and the next turn of the user."""
    function = {"name": "measure_depth", "arguments": '{"lake":"Baikal"}'}
    call = {"id": "call_depth1", "type": "function", "function": function}
    tool = [] if result is None else [{"role": "tool", "tool_call_id": "call_depth1", "content": result}]
    ask = "How deep is the lake? Answer with the number."
    return [
        {"role": "user", "content": "How deep is lake Baikal? Use measure_depth."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        *tool,
        *([] if result is not None else [{"role": "user", "content": ask}]),
    ]


DEPTH: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "measure_depth",
        "description": "Measure the depth of a lake.",
        "parameters": {
            "type": "object",
            "properties": {"lake": {"type": "string"}},
            "required": ["lake"],
            "additionalProperties": False,
        },
    },
}
DEPTHS = ("4718", "3926")


@probe
async def results(chat: Chat) -> list[ChatReply]:
    """Two canned round trips, whose results are numbers that nobody can guess."""
    asks = (chat(history(f"{depth} feet"), tools=[DEPTH], temperature=0, max_tokens=24) for depth in DEPTHS)
    return list(await asyncio.gather(*asks))


@requirement("chat.tools.result-used")
def test_the_result_of_a_tool_is_in_the_answer(results: list[ChatReply], declared_only: ChatReply) -> None:
    if declared_only.choices:
        for reply in results:
            expect_accepted(Faulty(declared_only, reply), "a history with a tool result is")
    texts = [reply.text for reply in results]
    used = [depth in re.sub(r"(?<=\d)[, ](?=\d{3})", "", text) for depth, text in zip(DEPTHS, texts, strict=True)]
    premise(any(used) or any(texts), "the model says nothing after a tool result")
    expected = f"the number that the tool returned, {DEPTHS[0]} (0 of {len(used)} answers have theirs)"
    expect(any(used), expected, got=texts[0], where="/choices/0/message/content", on=results[0])


@probe
async def declared_only(chat: Chat) -> ChatReply:
    """The question of the round trips alone, with its tool: accepted where tools are."""
    return await chat(history("")[:1], tools=[DEPTH], max_tokens=4)


@probe
async def unanswered_call(chat: Chat, results: list[ChatReply]) -> Faulty:
    """The history without the tool message: the user goes on as if nothing had been called."""
    reply = await chat(history(None), tools=[DEPTH], max_tokens=4)
    return Faulty(results[0], reply, ("messages", "tool_calls", "tool_call_id", "tool", "tool_call_ids"))


@requirement("chat.tools.unanswered")
def test_a_call_without_a_result_is_refused(unanswered_call: Faulty) -> None:
    expect_refused(unanswered_call)
