"""Checks of the arguments in tool calls that the request forces.

The tools' schemas allow only one value or a few values for each argument, so that any model can satisfy them.
"""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, ToolCall

from .conftest import NOW, calls_only, named_function

NOTE = "déjà vu 日本 👩‍🚀"
BOOK: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "book_room",
        "description": "Book a room.",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {
                "kind": {"type": "string", "enum": ["zorblax", "quuxify"]},
                "place": {
                    "type": "object",
                    "properties": {"floor": {"type": "integer", "enum": [4711]}},
                    "required": ["floor"],
                    "additionalProperties": False,
                },
                "note": {"type": "string", "enum": [NOTE]},
            },
            "required": ["kind", "place", "note"],
            "additionalProperties": False,
        },
    },
}
ID = "/choices/0/message/tool_calls/0/id"
ARGUMENTS = "/choices/0/message/tool_calls/0/function/arguments"


@probe(transports=("json", "sse"))
async def hostile_call(chat: Chat) -> ChatReply:
    """Send a request that forces a tool call.

    The prompt asks for argument values that the tool's schema does not allow.
    """
    ask = "Use book_room with kind red, floor 2 and the note 'window'."
    choice = named_function("book_room")
    return await chat(ask, tools=[BOOK], tool_choice=choice, temperature=0, max_tokens=96)


def only_call(reply: ChatReply, name: str) -> ToolCall:
    """Return the call to the function `name`; the check is inconclusive if the call is missing or truncated."""
    calls = [call for call in reply.tool_calls if call.name == name]
    premise(calls, f"there is no call to {name}")
    premise(reply.finish_reason != "length", "the token limit truncated the call")
    return calls[0]


def booked(reply: ChatReply) -> dict[str, Any]:
    """Return the arguments of the tool call `book_room`; the check is inconclusive if they are not a JSON object."""
    parsed = only_call(reply, "book_room").parsed
    premise(isinstance(parsed, dict), "the arguments are not a JSON object", see="chat.tools.arguments-json")
    return dict(parsed)


def ascii_only(text: str) -> str:
    """Return only the ASCII characters of a text, so that texts with damaged non-ASCII characters can be compared."""
    return re.sub(r"\\u[0-9a-fA-F]{4}|[^\x20-\x7e]|\?", "", text).replace(" ", "")


def same_but_for_unicode(found: Any) -> bool:
    """Return whether a value is the text that the schema requires, possibly with damaged non-ASCII characters."""
    return isinstance(found, str) and ascii_only(found) == ascii_only(NOTE)


@probe
async def whole_calls(forced_call: ChatReply, hostile_call: ChatReply) -> tuple[ChatReply, ChatReply]:
    """Return two responses without streaming: their requests force a tool call, and a tool call with `strict: true`."""
    return forced_call, hostile_call


def calls_in(reply: ChatReply) -> tuple[ToolCall, ...]:
    """Return the tool calls of a response; an empty tuple if the response was truncated or is an error."""
    return reply.tool_calls if reply.accepted and reply.finish_reason != "length" else ()


def damaged(call: ToolCall, whole: ChatReply, *, strict: bool) -> bool:
    """Return whether damaged arguments are the endpoint's fault, not the model's.

    The endpoint is responsible for the damaged arguments in three cases: the arguments are JSON inside a JSON string,
    the same call has correct JSON without streaming, or the schema is strict.
    """
    twice = isinstance(call.parsed, str)
    others = calls_in(whole)
    return strict or twice or (bool(others) and all(isinstance(other.parsed, dict) for other in others))


@requirement("chat.tools.arguments-json")
def test_the_arguments_are_a_json_object(
    forced_call: ChatReply, hostile_call: ChatReply, whole_calls: tuple[ChatReply, ChatReply]
) -> None:
    premise(
        forced_call.choices and any(map(calls_in, (forced_call, hostile_call))),
        "there is no call, or the token limit truncated it",
    )
    odd = []
    for reply, whole, strict in zip((forced_call, hostile_call), whole_calls, (False, True), strict=True):
        for number, call in enumerate(calls_in(reply)):
            premise(
                isinstance(call.arguments, str), "the arguments are not a string", see="chat.tools.arguments-string"
            )
            where = f"/choices/0/message/tool_calls/{number}/function/arguments"
            good = isinstance(call.parsed, dict)
            right = good or not damaged(call, whole, strict=strict)
            expect(right, "a JSON object", got=call.arguments, where=where, on=reply)
            odd += [call.arguments] if not good else []
    premise(not odd, f"the model may have generated invalid JSON, which only `strict` rules out: {odd[:1]}")


@requirement("chat.tools.strict")
def test_strict_arguments_satisfy_the_schema(hostile_call: ChatReply) -> None:
    call = only_call(hostile_call, "book_room")
    premise(isinstance(call.arguments, str), "the arguments are not a string", see="chat.tools.arguments-string")
    expected = "arguments that satisfy the strict schema"
    expect(isinstance(call.parsed, dict), expected, got=call.arguments, where=ARGUMENTS, on=hostile_call)
    found = dict(call.parsed)
    # Damaged text and objects in strings are requirements of their own.
    judged = found | ({"note": NOTE} if same_but_for_unicode(found.get("note")) else {})
    if isinstance(found.get("place"), str):
        judged |= {"place": {"floor": 4711}}
    valid = jsonschema_rs.is_valid(BOOK["function"]["parameters"], judged)
    expect(valid, expected, got=found, where=ARGUMENTS, on=hostile_call)


@requirement("chat.tools.nested")
def test_an_object_in_the_arguments_is_an_object(hostile_call: ChatReply) -> None:
    found = booked(hostile_call)
    premise("place" in found, "the arguments have no object")
    place = found["place"]
    premise(
        isinstance(place, dict) or (isinstance(place, str) and "floor" in place), "the arguments violate the schema"
    )
    expect(isinstance(place, dict), "an object as `place`", got=place, where=ARGUMENTS, on=hostile_call)


@requirement("chat.tools.unicode")
def test_unicode_in_arguments_is_kept(hostile_call: ChatReply) -> None:
    note = booked(hostile_call).get("note")
    premise(same_but_for_unicode(note), "the arguments violate the schema", see="chat.tools.strict")
    expect(note == NOTE, NOTE, got=note, where=ARGUMENTS, on=hostile_call)


@probe(transports=("json", "sse"))
async def bare_call(chat: Chat, required_against_will: ChatReply) -> ChatReply:
    """Force a call to a function without parameters, unless the target called such a function before."""
    if calls_only(required_against_will, NOW):
        return required_against_will
    return await chat("What time is it?", tools=[NOW], tool_choice=named_function("now"), temperature=0, max_tokens=32)


@requirement("chat.tools.no-parameters")
def test_a_function_without_parameters_can_be_called(bare_call: ChatReply, forced_call: ChatReply) -> None:
    if forced_call.choices:
        expect_accepted(Faulty(forced_call, bare_call), "a function without parameters")
    call = only_call(bare_call, "now")
    premise(isinstance(call.arguments, str), "the arguments are not a string", see="chat.tools.arguments-string")
    expect(isinstance(call.parsed, dict), "a JSON object, {}", got=call.arguments, where=ARGUMENTS, on=bare_call)


@requirement("chat.tools.call-id-unique", transport="json")
def test_calls_of_two_answers_have_two_ids(forced_call: ChatReply, required_against_will: ChatReply) -> None:
    first, second = ([call.id for call in reply.tool_calls] for reply in (forced_call, required_against_will))
    premise(first and second, "there are not two answers with calls")
    premise(all((*first, *second)), "a call has no id", see="chat.tools.call-id")
    shared = sorted(set(first) & set(second))
    expect(not shared, "ids other than those in the first response", got=shared, where=ID, on=required_against_will)


@requirement("chat.tools.content-null", transport="json")
def test_the_content_beside_calls_is_not_empty(two_calls: ChatReply, forced_call: ChatReply) -> None:
    called = [reply for reply in (two_calls, forced_call) if reply.tool_calls]
    premise(called, "there is no call")
    for reply in called:
        content = reply.message.get("content")
        expect(content != "", "null, absent, or text", got=content, where="/choices/0/message/content", on=reply)
