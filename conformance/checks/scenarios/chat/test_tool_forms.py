"""Tool calls in unusual situations: streamed with text, truncated, with digits in a string, and without any tool."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from conformance.checks import Inconclusive, expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.engine import Transport
from conformance.engine.clients import Chat
from conformance.reply import ChatReply
from conformance.verdict import Reason

from .conftest import ASK_TWICE, HELLO, WEATHER, named_function
from .test_idle_tools import CONTENT, LOST
from .test_tool_arguments import ARGUMENTS, only_call


@dataclass(frozen=True, slots=True)
class BothWays:
    """Responses to the same request at temperature 0, without and with streaming."""

    whole: tuple[ChatReply, ...]
    streamed: tuple[ChatReply, ...]


@probe
async def whole_called(forced_call: ChatReply, two_calls: ChatReply) -> tuple[ChatReply, ...]:
    """Return responses with tool calls that are not streamed."""
    return forced_call, two_calls


@probe(transports=("sse",))
async def streamed_called(forced_call: ChatReply, two_calls: ChatReply) -> tuple[ChatReply, ...]:
    """Return streamed responses with tool calls."""
    return forced_call, two_calls


@probe
async def called_both_ways(
    chat: Chat, whole_called: tuple[ChatReply, ...], streamed_called: tuple[ChatReply, ...]
) -> tuple[BothWays, ...]:
    """Return pairs of responses, without and with streaming; if their tool calls differ, both are requested once more."""
    pairs = zip(whole_called, streamed_called, strict=True)
    return tuple([await confirmed(chat, pair, lambda reply: (arguments(reply), text(reply))) for pair in pairs])


async def confirmed(chat: Chat, pair: tuple[ChatReply, ChatReply], read: Callable[[ChatReply], Any]) -> BothWays:
    """Return the responses of a pair, without and with streaming; if the two differ, each request is sent once more."""
    whole, streamed = pair
    if not (whole.accepted and streamed.accepted) or read(whole) == read(streamed):
        return BothWays((whole,), (streamed,))
    stream = replace(chat, transport=Transport.SSE)
    again = await chat.post(whole.exchange.request.json, fresh=True)
    return BothWays((whole, again), (streamed, await stream.post(streamed.exchange.request.json, fresh=True)))


def arguments(reply: ChatReply) -> tuple[str, ...]:
    """Return the arguments of each call in a canonical form, with the function's name."""
    return tuple(f"{call.name} {json.dumps(call.parsed, sort_keys=True)}" for call in reply.tool_calls)


def text(reply: ChatReply) -> str:
    """Return the text that a response has besides its tool calls, without white space at the ends of the text."""
    return reply.text.strip()


def comparable(pair: BothWays) -> bool:
    """Return whether all responses of a pair have complete calls, and the same number of calls.

    Raises `Inconclusive` if equal requests get different responses.
    """
    replies = (*pair.whole, *pair.streamed)
    if not all(reply.accepted and reply.tool_calls for reply in replies):
        return False
    if not all(isinstance(call.parsed, dict) for reply in replies for call in reply.tool_calls):
        return False
    for read in (arguments, text):
        if any(len(set(map(read, each))) > 1 for each in (pair.whole, pair.streamed)):
            raise Inconclusive(
                Reason.MODEL_NONDETERMINISM, "at temperature 0 the same request gets different responses"
            )
    return len({len(reply.tool_calls) for reply in replies}) == 1


@requirement("chat.tools.stream-equals-json", transport="json")
def test_a_streamed_call_is_the_call(called_both_ways: tuple[BothWays, ...]) -> None:
    found = [pair for pair in called_both_ways if comparable(pair)]
    premise(found, "no request got the same number of complete calls with and without streaming")
    for pair in found:
        whole, streamed = pair.whole[0], pair.streamed[0]
        expected = f"{', '.join(arguments(whole))}, as without streaming"
        good = arguments(whole) == arguments(streamed)
        expect(good, expected, got=arguments(streamed), where="/choices/0/delta/tool_calls", on=streamed)
        lost = len(text(streamed)) <= len(text(whole)) - LOST and text(whole).startswith(text(streamed))
        expected = f"the complete text next to the calls, {text(whole)!r}"
        expect(not lost, expected, got=text(streamed), where=CONTENT, on=streamed)


CUT_AT = 3
"""A token limit within the name of the called function or the markup around it."""


@probe(transports=("json", "sse"))
async def cut_in_call(chat: Chat, two_calls: ChatReply) -> ChatReply:
    """If `two_calls` has a tool call, send a request whose limit of three tokens truncates the tool call."""
    if not two_calls.accepted or not two_calls.tool_calls:
        return two_calls
    return await chat(ASK_TWICE, tools=[WEATHER], tool_choice="auto", temperature=0, max_tokens=CUT_AT)


@probe
async def whole_cut(cut_in_call: ChatReply) -> ChatReply:
    """Return the truncated responses to requests without streaming."""
    return cut_in_call


@probe(transports=("sse",))
async def streamed_cut(cut_in_call: ChatReply) -> ChatReply:
    """Return the truncated responses to streamed requests."""
    return cut_in_call


@probe
async def cut_both_ways(chat: Chat, whole_cut: ChatReply, streamed_cut: ChatReply) -> BothWays:
    """Return the truncated responses; if only one has text, or only one a tool call, send both requests again."""
    return await confirmed(chat, (whole_cut, streamed_cut), kind)


def kind(reply: ChatReply) -> str:
    """Return what a response contains: a tool call, text, or neither of them."""
    return "a tool call" if reply.tool_calls else "text" if reply.text.strip() else "neither text nor a call"


@requirement("chat.tools.stream-cut", transport="json")
def test_a_cut_call_is_the_same_in_a_stream(cut_both_ways: BothWays) -> None:
    replies = (*cut_both_ways.whole, *cut_both_ways.streamed)
    premise(all(reply.choices for reply in replies), "a request was rejected")
    limits = [reply.exchange.request.json.get("max_tokens") for reply in replies]
    premise(limits == [CUT_AT] * len(limits), "the model calls no tool with `tool_choice: auto`")
    premise(all(reply.finish_reason == "length" for reply in replies), "the token limit did not truncate the responses")
    whole, streamed = ({kind(reply) for reply in each} for each in (cut_both_ways.whole, cut_both_ways.streamed))
    if whole & streamed:
        return
    if len(whole) > 1 or len(streamed) > 1:
        raise Inconclusive(Reason.MODEL_NONDETERMINISM, "at temperature 0 the same request gets different responses")
    first = cut_both_ways.whole[0]
    shown = first.text or [call.name for call in first.tool_calls]
    reply = cut_both_ways.streamed[0]
    got = f"{kind(reply)}: {reply.text or [call.name for call in reply.tool_calls]}"
    expect(False, f"{kind(first)}, as without streaming: {shown!r}", got=got, where="/choices/0/delta", on=reply)


CODE = "02134"
POST: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "set_zip",
        "description": "Set the zip code.",
        "parameters": {
            "type": "object",
            "properties": {"zip": {"type": "string", "enum": [CODE]}},
            "required": ["zip"],
            "additionalProperties": False,
        },
    },
}


@probe
async def digits_in_a_string(chat: Chat) -> ChatReply:
    """Force a tool call whose argument is a string of digits that begins with 0."""
    ask = f"Use set_zip with the zip code {CODE}."
    return await chat(ask, tools=[POST], tool_choice=named_function("set_zip"), temperature=0, max_tokens=48)


@requirement("chat.tools.string-kept")
def test_digits_in_a_string_stay_a_string(digits_in_a_string: ChatReply) -> None:
    parsed = only_call(digits_in_a_string, "set_zip").parsed
    premise(isinstance(parsed, dict), "the arguments are not a JSON object", see="chat.tools.arguments-json")
    value = parsed.get("zip")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    expected = "a string, the type that the schema declares"
    expect(not number, expected, got=value, where=ARGUMENTS, on=digits_in_a_string)
    premise(isinstance(value, str), "the arguments have no zip code", see="chat.tools.arguments-schema")


@probe
async def empty_tools(chat: Chat) -> ChatReply:
    """Send an empty list of tools with `tool_choice: auto`."""
    return await chat(HELLO, tools=[], tool_choice="auto", max_tokens=4)


@requirement("chat.tools.empty-list")
def test_an_empty_list_of_tools_is_answered_or_refused(empty_tools: ChatReply, plain: ChatReply) -> None:
    if 400 <= (empty_tools.exchange.status or 0) < 500:
        return
    expect_accepted(Faulty(plain, empty_tools), "a 4xx, or an empty list of tools")
