"""Probes that many chat scenarios share. One plain completion answers thirty requirements."""

from __future__ import annotations

from typing import Any

from conformance.checks import premise, probe
from conformance.checks.invariants.chat_response import FINISH_REASONS
from conformance.checks.room import with_room
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

HELLO = "Say hello."
LONG = "Write a long story about a lighthouse and the sea."
LIMIT = 8  # tokens; far fewer than a long story has
COUNT = "Count from 1 to 10: 1, 2, 3,"
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
ASK_WEATHER = "Use get_weather for Paris."
ASK_TWICE = "Use get_weather for Paris and for Rome, one call for each city."


def named_function(name: str) -> dict[str, Any]:
    """The `tool_choice` that forces a call of that function."""
    return {"type": "function", "function": {"name": name}}


def counted(reply: ChatReply) -> int:
    """The prompt tokens of an answer, as the target counts them; inconclusive where it does not."""
    count = (reply.usage or {}).get("prompt_tokens") if reply.choices else None
    premise_counted(isinstance(count, int) and count > 0, reply, "prompt")
    return int(count or 0)


def premise_counted(holds: object, reply: ChatReply, what: str) -> None:
    """An answer has the count that a check needs; a stream without any usage says nothing of the answers that have one."""
    if reply.streamed and not reply.usage:
        premise(holds, f"the stream has no usage, so its {what} tokens are unknown", see="chat.stream.usage-asked")
    premise(holds, f"the target does not count {what} tokens", see="chat.usage.counts")


def counts(*replies: ChatReply) -> list[int]:
    """The prompt tokens of several answers; one that did not come is told before one that does not count."""
    for reply in replies:
        reply.require_choices()
    return [counted(reply) for reply in replies]


def premise_willing(reply: ChatReply) -> None:
    """The model did not refuse, which OpenAI's models may whatever is asked, and say in a field of its own."""
    refusal = reply.choices[0].refusal
    premise(not refusal or reply.text or reply.tool_calls, f"the model refuses: {refusal[:120]!r}")


def known_reason(reply: ChatReply) -> str:
    """The finish reason; inconclusive when it is none that clients know, which is a requirement of its own.

    Inconclusive, too, when a content filter took the text, or the model refused: then nothing else ended it.
    """
    reason = reply.finish_reason
    premise_willing(reply)
    premise(reason != "content_filter", "a content filter ended the answer")
    known = isinstance(reason, str) and reason in FINISH_REASONS
    premise(known, f"{reason!r} is not a known finish_reason", see="chat.finish-reason.enum")
    return str(reason)


@probe(transports=("json", "sse"))
async def plain(chat: Chat) -> ChatReply:
    """The simplest request there is."""
    return await chat(HELLO)


@probe(transports=("json", "sse"))
async def cut_short(chat: Chat) -> ChatReply:
    """A request for far more text than its limit allows; a stream reports its usage, so that the tokens can be counted."""
    options = {"include_usage": True} if chat.transport == "sse" else None
    return await chat(LONG, stream_options=options, max_tokens=LIMIT)


@probe(transports=("json", "sse"))
async def two_choices(chat: Chat) -> ChatReply:
    """Two choices at once."""
    return await chat(HELLO, n=2, temperature=1)


@probe(transports=("json", "sse"))
async def forced_call(chat: Chat) -> ChatReply:
    """A call of one function, by name."""
    choice = {"type": "function", "function": {"name": "get_weather"}}
    return await chat(ASK_WEATHER, tools=[WEATHER], tool_choice=choice, temperature=0, max_tokens=64)


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
    """A named function that the prompt gives no reason to call, beside one that it does."""
    ask: dict[str, Any] = {"tools": [WEATHER, CLOCK], "tool_choice": named_function("set_alarm"), "temperature": 0}
    return await with_room(lambda limit: chat(ASK_WEATHER, **ask, max_tokens=limit), 48)


@probe(transports=("json", "sse"))
async def required_against_will(chat: Chat) -> ChatReply:
    """A required call on a prompt that gives no reason for one."""
    ask: dict[str, Any] = {"tools": [WEATHER], "tool_choice": "required", "temperature": 0}
    return await with_room(lambda limit: chat(HELLO, **ask, max_tokens=limit), 48)


@probe(transports=("json", "sse"))
async def two_calls(chat: Chat) -> ChatReply:
    """A prompt that asks for two calls at once."""
    return await chat(ASK_TWICE, tools=[WEATHER], tool_choice="auto", temperature=0, max_tokens=96)


@probe
async def short_and_long(chat: Chat, cut_short: ChatReply) -> tuple[ChatReply, ChatReply]:
    """A prompt of two words, and one of ten."""
    return await chat(HELLO, max_tokens=4), cut_short


@probe(transports=("sse",))
async def usage_in_stream(chat: Chat) -> ChatReply:
    """A stream that opts in to usage."""
    return await chat(HELLO, stream_options={"include_usage": True})


@probe(transports=("json", "sse"))
async def logprobs_asked(chat: Chat) -> ChatReply:
    """Greedy decoding with alternatives for several tokens, some of which begin with a space.

    Three of them; whole as many as the document allows, where they are to be had.
    """
    ask: dict[str, Any] = {"logprobs": True, "temperature": 0, "max_tokens": 12}
    if chat.transport == "json":
        most = await chat(COUNT, top_logprobs=MOST_ALTERNATIVES, **ask)
        if most.accepted:
            return most
    return await chat(COUNT, top_logprobs=3, **ask)


@probe(transports=("json", "sse"))
async def idle_tools(chat: Chat, logprobs_asked: ChatReply) -> ChatReply:
    """A tool that the prompt gives no reason to call, with log probabilities where they are to be had."""
    logprobs = True if logprobs_asked.accepted else None
    return await chat(COUNT, tools=[WEATHER], temperature=0, max_tokens=16, logprobs=logprobs)
