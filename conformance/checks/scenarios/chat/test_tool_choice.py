"""`tool_choice` and `parallel_tool_calls` must determine which functions are called, and how many at once."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.invariants.chat_tools import MARKUP
from conformance.checks.refusal import Faulty, expect_refused
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import ASK_TWICE, ASK_WEATHER, CLOCK, HELLO, WEATHER, named_function
from .test_reasoning import thoughts

UNDECLARED = "conformance_no_such_function"
ASK_ONCE = "Use get_weather for Paris and for no other city, one call for that city."
AROUND = 40
"""The most tokens that a template adds to a call: tags, braces, field names."""


@probe
async def undeclared_choice(chat: Chat, forced_call: ChatReply) -> Faulty:
    """Send a `tool_choice` that names a function which the request does not declare."""
    reply = await chat(ASK_WEATHER, tools=[WEATHER], tool_choice=named_function(UNDECLARED), max_tokens=16)
    return Faulty(forced_call, reply, ("tool_choice", "function_call", "tools", UNDECLARED))


@requirement("chat.tools.undeclared")
def test_a_choice_of_an_undeclared_function_is_refused(undeclared_choice: Faulty) -> None:
    expect_refused(undeclared_choice)


@probe
async def choice_without_tools(chat: Chat, plain: ChatReply) -> Faulty:
    """Send `tool_choice: required` without declaring any function."""
    return Faulty(plain, await chat(HELLO, tool_choice="required", max_tokens=4), ("tool_choice", "tools"))


@requirement("chat.tools.choice-needs-tools")
def test_required_without_tools_is_refused(choice_without_tools: Faulty) -> None:
    expect_refused(choice_without_tools)


@probe
async def allowed_call(chat: Chat) -> ChatReply:
    """Declare two functions; the prompt asks for the first one, but `tool_choice` allows only the second one."""
    tools = [{"type": "function", "function": {"name": "set_alarm"}}]
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": tools}}
    return await chat(ASK_WEATHER, tools=[WEATHER, CLOCK], tool_choice=choice, temperature=0, max_tokens=48)


@requirement("chat.tools.allowed")
def test_only_allowed_functions_are_called(allowed_call: ChatReply) -> None:
    names = [call.name for call in allowed_call.tool_calls]
    premise(names, "the model called no function")
    where = "/choices/0/message/tool_calls"
    expect(set(names) == {"set_alarm"}, "only calls to set_alarm", got=names, where=where, on=allowed_call)


def is_call(value: Any) -> bool:
    """Return whether a JSON value has the form in which a model writes a function call in its text."""
    if isinstance(value, list):
        return bool(value) and all(map(is_call, value))
    given = value.get("arguments", value.get("parameters")) if isinstance(value, dict) else None
    return isinstance(given, dict) and value.get("name") == "get_weather"


MOST_BROKEN = 32
"""The most brackets without a JSON value; a text with more is not a call."""


def values_in(text: str) -> Iterator[Any]:
    """Yield the outermost JSON objects and arrays in a text.

    The search for JSON ends after `MOST_BROKEN` opening brackets that did not begin a JSON value.
    """
    at = broken = 0
    while broken < MOST_BROKEN and (begin := re.compile(r"[\[{]").search(text, at)) is not None:
        try:
            value, at = json.JSONDecoder().raw_decode(text, begin.start())
        except (ValueError, RecursionError):
            at = begin.end()
            broken += 1
        else:
            yield value


def writes_a_call(text: str) -> bool:
    """Return whether a text is a complete tool call in a format that models use.

    Prose and incomplete tool calls do not count as tool calls. JSON counts as a call if it is the complete text, or if
    it follows a marker by which models begin a tool call.
    """
    marks = [text.find(mark) for mark in MARKUP if mark in text]
    if not marks:
        try:
            return is_call(json.loads(text))
        except (ValueError, RecursionError):
            return False
    behind = text[min(marks) :]
    named = re.search(r"get_weather\W*?(?=\{)", behind)  # <function=get_weather>{…}, or the name before the arguments
    return any(map(is_call, values_in(behind))) or (
        named is not None and any(isinstance(value, dict) for value in values_in(behind[named.end() :]))
    )


@requirement("chat.tools.auto")
def test_a_call_is_not_left_in_the_text(two_calls: ChatReply) -> None:
    calls, text = two_calls.tool_calls, two_calls.text
    premise(calls or two_calls.finish_reason != "length", "the token limit truncated the response before a call")
    premise(calls or writes_a_call(text), "the model responded without a call")
    expect(calls, "the call in tool_calls", got=text, where="/choices/0/message/tool_calls", on=two_calls)


@dataclass(frozen=True, slots=True)
class Parallel:
    """Responses to prompts that ask for two tool calls at once, with and without `parallel_tool_calls: false`.

    `one` is the response to a prompt that asks for a single call. The two responses in `same` have the same tool call
    as the response `one`. In `same`, the first response answers the same request as `one`, and the second answers a
    longer prompt.
    """

    free: tuple[ChatReply, ...]
    single: ChatReply
    one: ChatReply | None = None
    same: tuple[ChatReply, ...] = ()


def shown_how() -> list[dict[str, Any]]:
    """Return a history in which two tools are called at once, followed by a question that needs two calls again.

    The history shows the model how to call two tools at once.
    """
    cities = {"call_oslo": "Oslo", "call_madrid": "Madrid"}
    calls = [
        {"id": key, "type": "function", "function": {"name": "get_weather", "arguments": f'{{"city": "{city}"}}'}}
        for key, city in cities.items()
    ]
    return [
        {"role": "user", "content": "What is the weather in Oslo and Madrid?"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        *({"role": "tool", "tool_call_id": key, "content": "Sunny."} for key in cities),
        {"role": "assistant", "content": "It is sunny in Oslo and Madrid."},
        {"role": "user", "content": "What is the weather in Paris and Rome?"},
    ]


@probe
async def parallel(chat: Chat, two_calls: ChatReply) -> Parallel:
    """Send a prompt that asks for two tool calls, with `parallel_tool_calls: false`.

    If the model makes only one tool call at a time even without `parallel_tool_calls: false`, an example with two calls
    precedes the prompt.
    """
    ask: dict[str, Any] = {"tools": [WEATHER], "tool_choice": "auto", "temperature": 0, "max_tokens": 96}
    if two_calls.accepted and len(two_calls.tool_calls) > 1:
        return Parallel((two_calls,), await chat(ASK_TWICE, parallel_tool_calls=False, **ask))
    for_one = ask | {"max_tokens": 64}
    one, again, wordy, example, single = await asyncio.gather(
        chat(ASK_WEATHER, **for_one),
        chat(ASK_WEATHER, **for_one, fresh=True),
        chat(ASK_ONCE, **for_one),
        chat(shown_how(), **ask),
        chat(shown_how(), parallel_tool_calls=False, **ask),
    )
    return Parallel((two_calls, example), single, one, (again, wordy))


def thinks(reply: ChatReply) -> bool:
    """Return whether the model reasoned: the response has reasoning text, or counts reasoning tokens."""
    details = (reply.usage or {}).get("completion_tokens_details")
    return bool(thoughts(reply)) or bool(isinstance(details, dict) and details.get("reasoning_tokens"))


def written(reply: ChatReply) -> int:
    """Return the number of characters in the names and arguments of all tool calls."""
    return sum(len(str(call.name)) + len(str(call.arguments)) for call in reply.tool_calls)


def counts_what_is_written(one: ChatReply, same: Sequence[ChatReply]) -> bool:
    """Return whether token counts are credible: responses with the same tool call must have the same token count.

    Some servers invent token counts, at random or from the length of the prompt.
    """
    calls = [[(call.name, call.parsed) for call in reply.tool_calls] for reply in (one, *same) if reply.accepted]
    tokens = [reply.completion_tokens or 0 for reply in (one, *same) if reply.accepted]
    alike = len(calls) == 1 + len(same) and all(each == calls[0] for each in calls)
    # No token of a call is shorter than a character, beside what a template writes around it.
    return alike and max(tokens) <= 1.1 * min(tokens) + 1 and max(tokens) <= written(one) + AROUND


@requirement("chat.tools.parallel", transport="json")
def test_no_call_of_several_is_lost(parallel: Parallel) -> None:
    counts = [len(reply.tool_calls) for reply in parallel.free]
    if max(counts) > 1 or parallel.one is None:
        return
    alone = parallel.one.completion_tokens
    premise(len(parallel.one.tool_calls) == 1 and alone, "the model calls nothing, or its tokens are not counted")
    real = counts_what_is_written(parallel.one, parallel.same)
    premise(real, "the same call has a different token count when repeated, so counts prove nothing")
    premise(not any(map(thinks, (parallel.one, *parallel.free))), "the model reasons, which uses tokens too")
    for reply, count in zip(parallel.free, counts, strict=True):
        spent = reply.completion_tokens
        premise(spent is not None, "the response has no token count")
        if reply.finish_reason == "length":
            continue  # which may have cut a second call
        # What was generated and is neither a call nor text is a call that was dropped.
        longer = max(1.0, written(reply) / max(written(parallel.one), 1))
        dropped = count == 1 and not reply.text.strip() and int(spent or 0) >= 1.6 * longer * int(alone or 0)
        expected = f"two calls: the response has {spent} tokens, and one call takes {alone}"
        names = [call.name for call in reply.tool_calls]
        expect(not dropped, expected, got=names, where="/choices/0/message/tool_calls", on=reply)
    premise(False, f"the model writes no second call ({counts} calls in two responses)")


@requirement("chat.tools.parallel-false")
def test_parallel_calls_can_be_switched_off(parallel: Parallel) -> None:
    single = parallel.single.tool_calls
    count = len(parallel.free[-1].tool_calls)
    premise(count > 1, f"without the parameter there are {count} calls, so it cannot have an effect")
    names = [call.name for call in single]
    where = "/choices/0/message/tool_calls"
    expect(len(single) <= 1, "at most one call", got=names, where=where, on=parallel.single)
