"""Tests the legacy parameter `functions`, which is deprecated in favour of `tools` but which old clients still send."""

from __future__ import annotations

from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.engine.clients import Chat
from conformance.reply import ChatReply
from conformance.wire import parse_json

from .conftest import ASK_WEATHER, WEATHER

CALL = "/choices/0/message/function_call"


@probe
async def legacy_call(chat: Chat) -> ChatReply:
    """Force a function call with the legacy parameters `functions` and `function_call`."""
    ask: dict[str, Any] = {"functions": [WEATHER["function"]], "function_call": {"name": "get_weather"}}
    return await chat(ASK_WEATHER, temperature=0, max_tokens=64, **ask)


def call_of(reply: ChatReply) -> Any:
    """Return the `function_call` in the response; None if there is none."""
    return reply.message.get("function_call")


@requirement("chat.functions.named")
def test_a_named_function_is_called(legacy_call: ChatReply) -> None:
    call, text = call_of(legacy_call), legacy_call.text.lstrip()
    # Free text up to the limit is no call under way: a constrained engine never writes it, so it is an answer.
    cut = legacy_call.finish_reason == "length" and (not text or text.startswith(("<", "[", "{", "`")))
    premise(call or not cut, "the token limit truncated the response before a call")
    name = call.get("name") if isinstance(call, dict) else None
    expect(name == "get_weather", "a function_call of get_weather", got=call or text, where=CALL, on=legacy_call)


@requirement("chat.functions.arguments")
def test_the_arguments_of_a_function_are_json(legacy_call: ChatReply) -> None:
    call = call_of(legacy_call)
    premise(isinstance(call, dict), "there is no function_call", see="chat.functions.named")
    premise(legacy_call.finish_reason != "length", "the token limit truncated the call")
    arguments = call.get("arguments")
    try:
        parsed = parse_json(arguments) if isinstance(arguments, str) else None
    except ValueError:
        parsed = None
    expect(
        isinstance(parsed, dict),
        "a JSON object encoded as a string",
        got=arguments,
        where=f"{CALL}/arguments",
        on=legacy_call,
    )
