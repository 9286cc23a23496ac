"""Probes that many chat scenarios share.

Many checks judge the same response of a probe: thirty requirements are judged by one plain completion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from conformance.checks import premise, probe
from conformance.checks.invariants.chat_response import FINISH_REASONS
from conformance.checks.room import with_room
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, refuses_the_body
from conformance.wire import unicode_only

HELLO = "Say hello."
LONG = "Write a long story about a lighthouse and the sea."
LIMIT = 8  # tokens; far fewer than a long story has
COUNT = "Count from 1 to 10: 1, 2, 3,"
HIGH = 1.5
"""A temperature at which responses vary."""
LENGTH = 12
"""Tokens of a sampled response."""
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "description": "Name of the city"}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
MOST_ALTERNATIVES = 20
SOME_ALTERNATIVES = 3
ASK_WEATHER = "Use get_weather for Paris."
ASK_TWICE = "Use get_weather for Paris and for Rome, one call for each city."


def named_function(name: str) -> dict[str, Any]:
    """Return a `tool_choice` value that forces a call to the named function."""
    return {"type": "function", "function": {"name": name}}


def counted(reply: ChatReply) -> int:
    """Return the number of prompt tokens in a response; the check is inconclusive if the response has none."""
    count = (reply.usage or {}).get("prompt_tokens") if reply.choices else None
    premise_counted(isinstance(count, int) and count > 0, reply, "prompt")
    return int(count or 0)


def premise_counted(holds: object, reply: ChatReply, what: str) -> None:
    """Make the check inconclusive unless the response has the token count that the check needs."""
    if reply.streamed and not reply.usage:
        premise(holds, f"the stream has no usage, so its {what} tokens are unknown", see="chat.stream.usage-asked")
    premise(holds, f"the target does not count {what} tokens", see="chat.usage.counts")


def counts(*replies: ChatReply) -> list[int]:
    """Return the number of prompt tokens in each of several responses.

    If one response is missing and another has no token count, the missing response is reported.
    """
    for reply in replies:
        reply.require_choices()
    return [counted(reply) for reply in replies]


def premise_willing(reply: ChatReply) -> None:
    """Make the check inconclusive if the model declined to answer: OpenAI's models then fill the field `refusal`."""
    refusal = reply.choices[0].refusal
    premise(not refusal or reply.text or reply.tool_calls, f"the model declined to answer: {refusal[:120]!r}")


def known_reason(reply: ChatReply) -> str:
    """Return the finish reason of a response.

    The check is inconclusive if OpenAI does not document the finish reason: another requirement judges unknown finish
    reasons. A check is inconclusive, too, if a content filter removed the text, or if the model declined to answer.
    """
    reason = reply.finish_reason
    premise_willing(reply)
    premise(reason != "content_filter", "a content filter ended the answer")
    known = isinstance(reason, str) and reason in FINISH_REASONS
    premise(known, f"{reason!r} is not a known finish_reason", see="chat.finish-reason.enum")
    return str(reason)


@probe(transports=("json", "sse"))
async def plain(chat: Chat) -> ChatReply:
    """Send the simplest possible chat request: one user message and a token limit."""
    return await chat(HELLO)


@probe(transports=("json", "sse"))
async def cut_short(chat: Chat) -> ChatReply:
    """Request far more text than the token limit allows.

    The streamed request sets `include_usage`, because otherwise a stream does not report its token count.
    """
    options = {"include_usage": True} if chat.transport == "sse" else None
    return await chat(LONG, stream_options=options, max_tokens=LIMIT)


@probe(transports=("json", "sse"))
async def two_choices(chat: Chat) -> ChatReply:
    """Request two choices for one prompt in one request.

    Without streaming, the temperature is high; if the target rejects the high temperature, the request is repeated at
    temperature 1. Without streaming, the prompt asks for a long text, and the token limit truncates each of the two
    choices.
    """
    if chat.transport == "sse":
        return await chat(HELLO, n=2, temperature=1)
    reply = await chat(LONG, n=2, temperature=HIGH, max_tokens=LENGTH)
    if reply.exchange.status in (400, 422):
        reply = await chat(LONG, n=2, temperature=1, max_tokens=LENGTH)
    return reply


CLOCK: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "set_alarm",
        "description": "Set an alarm.",
        "parameters": {
            "type": "object",
            "properties": {"hour": {"type": "integer"}},
            "required": ["hour"],
            "additionalProperties": False,
        },
    },
}


@probe(transports=("json", "sse"))
async def forced_against_will(chat: Chat) -> ChatReply:
    """Force a function call that does not fit the prompt: a different declared function would fit better."""
    ask: dict[str, Any] = {"tools": [WEATHER, CLOCK], "tool_choice": named_function("set_alarm"), "temperature": 0}
    return await with_room(lambda limit: chat(ASK_WEATHER, **ask, max_tokens=limit), 48)


@probe(transports=("json", "sse"))
async def forced_call(chat: Chat, forced_against_will: ChatReply) -> ChatReply:
    """Force a call to a named function that fits the prompt.

    Nothing is sent if the target already returned a valid call to a function that does not fit the prompt.
    """
    if calls_only(forced_against_will, CLOCK):
        return forced_against_will
    choice = named_function("get_weather")
    return await chat(ASK_WEATHER, tools=[WEATHER], tool_choice=choice, temperature=0, max_tokens=64)


def calls_only(reply: ChatReply, tool: Mapping[str, Any]) -> bool:
    """Return whether a response calls only the given function, with arguments that satisfy its parameters."""
    function = tool["function"]
    calls = reply.tool_calls if reply.accepted and reply.finish_reason != "length" else ()
    schema = function.get("parameters", {"type": "object"})
    return bool(calls) and all(
        call.name == function["name"] and jsonschema_rs.is_valid(schema, unicode_only(call.parsed)) for call in calls
    )


NOW: dict[str, Any] = {"type": "function", "function": {"name": "now", "description": "The time now."}}


@probe(transports=("json", "sse"))
async def required_against_will(chat: Chat) -> ChatReply:
    """Require a tool call, although the prompt gives no reason to call a tool.

    The declared tool has no parameters. If the response does not call the declared tool, the request is repeated with a
    tool that has parameters.
    """
    ask: dict[str, Any] = {"tool_choice": "required", "temperature": 0}
    reply = await chat(HELLO, tools=[NOW], max_tokens=48, **ask)
    if calls_only(reply, NOW):
        return reply
    return await with_room(lambda limit: chat(HELLO, tools=[WEATHER], **ask, max_tokens=limit), 48)


@probe(transports=("json", "sse"))
async def two_calls(chat: Chat) -> ChatReply:
    """Send a prompt that asks for two tool calls at once."""
    return await chat(ASK_TWICE, tools=[WEATHER], tool_choice="auto", temperature=0, max_tokens=96)


@probe
async def short_and_long(chat: Chat, cut_short: ChatReply) -> tuple[ChatReply, ChatReply]:
    """Send two requests: one with a prompt of two words, and one with a prompt of ten words."""
    return await chat(HELLO, max_tokens=4), cut_short


@probe(transports=("sse",))
async def usage_in_stream(chat: Chat) -> ChatReply:
    """Request a stream with `include_usage`."""
    return await chat(HELLO, stream_options={"include_usage": True})


@probe(transports=("json", "sse"))
async def logprobs_beside_tools(chat: Chat) -> ChatReply:
    """Request log probabilities and alternatives, and declare a tool that the prompt gives no reason to call.

    The streamed request asks for three alternatives per token and for `usage`; if the target rejects this request, the
    request is sent again without `usage`. The request without streaming asks for as many alternatives as OpenAI's
    document allows.
    """
    ask: dict[str, Any] = {"tools": [WEATHER], "temperature": 0, "max_tokens": 16, "logprobs": True}
    if chat.transport == "json":
        return await chat(COUNT, top_logprobs=MOST_ALTERNATIVES, **ask)
    usage = await chat(COUNT, top_logprobs=SOME_ALTERNATIVES, stream_options={"include_usage": True}, **ask)
    if not refuses_the_body(usage.exchange.status):
        return usage
    return await chat(COUNT, top_logprobs=SOME_ALTERNATIVES, **ask)


def spells_its_text(reply: ChatReply) -> bool:
    """Return whether a response has a text and no tool call, and the tokens in its log probabilities spell the text."""
    if not reply.accepted:
        return False
    choice = reply.choices[0]
    entries = [entry for entry in choice.logprobs or () if isinstance(entry, dict)]
    spelled = "".join(str(entry.get("token")) for entry in entries)
    return bool(choice.text) and not choice.tool_calls and spelled == choice.text


@probe(transports=("json", "sse"))
async def logprobs_asked(chat: Chat, logprobs_beside_tools: ChatReply) -> ChatReply:
    """Request log probabilities at temperature 0, with alternatives for each token.

    Nothing is sent if the target already returned log probabilities for a request that also declares a tool. If the
    target rejects the maximum number of alternatives, another request asks for three.
    """
    if spells_its_text(logprobs_beside_tools):
        return logprobs_beside_tools
    ask: dict[str, Any] = {"logprobs": True, "temperature": 0, "max_tokens": 12}
    if chat.transport == "json":
        most = await chat(COUNT, top_logprobs=MOST_ALTERNATIVES, **ask)
        if most.accepted:
            return most
    return await chat(COUNT, top_logprobs=SOME_ALTERNATIVES, **ask)


@probe(transports=("json", "sse"))
async def idle_tools(chat: Chat, logprobs_asked: ChatReply, logprobs_beside_tools: ChatReply) -> ChatReply:
    """Declare a tool that the prompt gives no reason to call.

    The request with the tool also asks for log probabilities if the target supports them. If the target rejects the
    tool together with `top_logprobs`, the request is sent without `top_logprobs`.
    """
    if logprobs_beside_tools.accepted:
        return logprobs_beside_tools
    logprobs = True if logprobs_asked.accepted else None
    return await chat(COUNT, tools=[WEATHER], temperature=0, max_tokens=16, logprobs=logprobs)
