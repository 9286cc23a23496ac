"""An answer that the limit cut before any call proves nothing; one that had room for a call and is prose does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from conformance.checks.room import ROOM, with_room
from conformance.checks.scenarios.chat import test_tools as tools
from conformance.checks.scenarios.responses import test_tools as response_tools
from conformance.reply import ChatReply, ResponseReply
from tests.checks.replies import call, said
from tests.checks.response_replies import outcome, reply_of
from tests.checks.response_replies import said as message
from tests.checks.response_replies import text as part
from tests.checks.test_odd_answers import verdict

PROSE = "Hello. I am here to help with any programming task. " * 20
CALLED = call("get_weather", '{"city": "Paris"}')
ITEM = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
CUT = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}


def chat(text: str, reason: str, limit: int, **more: Any) -> ChatReply:
    return said(text, reason, request={"max_tokens": limit}, **more)


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (chat(PROSE[:150], "length", 48), "undecided"),
        (chat(PROSE, "length", ROOM), "broken"),
        (chat(PROSE[:150], "stop", ROOM), "broken"),
        (chat("\n" * 900, "length", ROOM), "undecided"),
        (chat(f"<tool_call>{PROSE}", "length", ROOM), "undecided"),
        (chat("", "length", ROOM), "undecided"),
        (chat(PROSE, "tool_calls", ROOM, tool_calls=[CALLED]), "held"),
        (chat("", "length", 48, tool_calls=[CALLED]), "held"),
    ],
    ids=["cut", "filled", "ended", "white space", "a call under way", "thoughts", "prose, then a call", "a call cut"],
)
def test_a_required_call_of_chat(reply: ChatReply, wanted: str) -> None:
    assert verdict(tools.test_required_calls_a_function, reply) == wanted


def response(*output: Any, limit: int, tokens: int, **more: Any) -> ResponseReply:
    usage = {"input_tokens": 8, "output_tokens": tokens, "total_tokens": 8 + tokens}
    reply = reply_of(*output, usage=usage, **more)
    request = replace(reply.exchange.request, body=f'{{"max_output_tokens": {limit}}}'.encode())
    return ResponseReply(replace(reply.exchange, request=request))


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        (response(message(part(PROSE[:200])), limit=64, tokens=64, **CUT), "premise-not-met"),
        (response(message(part(PROSE[:200])), limit=64, tokens=64), "premise-not-met"),
        (response(message(part(PROSE)), limit=ROOM, tokens=ROOM), "broken"),
        (response(message(part(PROSE[:200])), limit=ROOM, tokens=70), "broken"),
        (response(message(part(PROSE)), ITEM, limit=ROOM, tokens=200), "pass"),
    ],
    ids=["cut", "cut, and called completed", "filled", "ended", "prose, then a call"],
)
def test_a_required_call_of_responses(reply: ResponseReply, wanted: str) -> None:
    assert outcome(response_tools.test_required_calls_a_function, reply) == wanted


@pytest.mark.parametrize(
    ("first", "limits"),
    [
        (chat(PROSE[:150], "length", 48), [48, ROOM]),
        (chat(PROSE[:150], "stop", 48, tokens=48), [48, ROOM]),
        (chat("Hello.", "stop", 48, tokens=3), [48]),
        (chat("", "length", 48, tool_calls=[CALLED]), [48]),
    ],
    ids=["cut", "cut, and called stop", "ended", "called"],
)
def test_only_a_cut_answer_is_asked_for_again(first: ChatReply, limits: list[int]) -> None:
    asked: list[int] = []

    async def ask(limit: int) -> ChatReply:
        asked.append(limit)
        return first

    asyncio.run(with_room(ask, 48))
    assert asked == limits
