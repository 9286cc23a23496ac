"""Checks of tool calls that the request forces, so that the model cannot decide against a call."""

from __future__ import annotations

import jsonschema_rs

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.room import a_call, premise_not_cut_before_a_call
from conformance.engine.clients import Chat
from conformance.reply import ChatReply
from conformance.wire import unicode_only

from .conftest import ASK_TWICE, CLOCK, WEATHER, known_reason, premise_willing


def premise_not_cut(reply: ChatReply) -> None:
    """Make the check inconclusive if the token limit truncated the call: a small model may write endless arguments."""
    premise(reply.finish_reason != "length", "the token limit truncated the call")


def called(reply: ChatReply) -> list[str]:
    """Return the names of the called functions; the check is inconclusive if a call may have been truncated."""
    premise_willing(reply)
    premise_not_cut_before_a_call(reply)
    return [call.name for call in reply.tool_calls]


@requirement("chat.tools.named")
def test_a_named_tool_choice_calls_that_function(forced_against_will: ChatReply) -> None:
    names, where = called(forced_against_will), "/choices/0/message/tool_calls"
    got = names or forced_against_will.text
    expect(
        names and all(name == "set_alarm" for name in names),
        a_call("set_alarm", forced_against_will),
        got=got,
        where=where,
        on=forced_against_will,
    )


@requirement("chat.tools.required")
def test_required_calls_a_function(required_against_will: ChatReply) -> None:
    names, where = called(required_against_will), "/choices/0/message/tool_calls"
    expected = a_call("get_weather", required_against_will)
    expect(names, expected, got=required_against_will.text, where=where, on=required_against_will)


@requirement("chat.tools.finish-reason")
def test_an_answer_with_calls_has_the_finish_reason_tool_calls(
    required_against_will: ChatReply, two_calls: ChatReply
) -> None:
    answered = [reply for reply in (required_against_will, two_calls) if reply.accepted]
    premise(answered or required_against_will.choices, "no request for a call was answered")
    called = [reply for reply in answered if reply.tool_calls and reply.finish_reason != "length"]
    premise(called, "there is no call, or the token limit truncated it")
    for reply in called:
        reason = known_reason(reply)
        expect(reason == "tool_calls", "tool_calls", got=reason, where="/choices/0/finish_reason", on=reply)


@requirement("chat.tools.arguments-schema")
def test_the_arguments_satisfy_the_parameters(forced_call: ChatReply) -> None:
    premise(forced_call.tool_calls, "there is no call")
    premise_not_cut(forced_call)
    for number, call in enumerate(forced_call.tool_calls):
        parameters = (CLOCK if call.name == "set_alarm" else WEATHER)["function"]["parameters"]
        premise(isinstance(call.parsed, dict), "the arguments are not JSON", see="chat.tools.arguments-json")
        where = f"/choices/0/message/tool_calls/{number}/function/arguments"
        valid = jsonschema_rs.is_valid(parameters, unicode_only(call.parsed))
        expect(
            valid, f"arguments that satisfy {parameters['properties']}", got=call.parsed, where=where, on=forced_call
        )


@probe(transports=("json", "sse"))
async def forbidden_call(chat: Chat, two_calls: ChatReply) -> tuple[ChatReply, ChatReply]:
    """Send a request whose prompt asks for tool calls, and the same request with `tool_choice: none`."""
    none = await chat(ASK_TWICE, tools=[WEATHER], tool_choice="none", temperature=0, max_tokens=64)
    return two_calls, none


@requirement("chat.tools.none")
def test_none_calls_no_function(forbidden_call: tuple[ChatReply, ChatReply]) -> None:
    free, none = forbidden_call
    calls = none.tool_calls
    premise(calls or free.tool_calls, "the model calls nothing with `tool_choice: auto` either")
    expect(not calls, "no call", got=[call.name for call in calls], where="/choices/0/message/tool_calls", on=none)
