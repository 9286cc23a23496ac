"""Function calls that the request forces, and function results that the request contains."""

from __future__ import annotations

import asyncio

import jsonschema_rs

from conformance.checks import expect, premise, probe, requirement, standard
from conformance.checks.constraints.json_prefix import NotJson, OpenObject, read_beginning
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.room import a_call, premise_not_cut_before_a_call
from conformance.engine.responses import Responses
from conformance.reply import ResponseReply
from conformance.reply.responses import FunctionCall
from conformance.wire import unicode_only

from .conftest import (
    ALARM,
    ASK_WEATHER,
    CALL,
    WEATHER,
    WORDS,
    Sizes,
    expect_counted_result,
    made,
    message,
    result,
)


def called(reply: ResponseReply) -> list[object]:
    """Return the names of the called functions; the check is inconclusive if a call may have been truncated."""
    premise_not_cut_before_a_call(reply)
    return [call.name for call in reply.function_calls]


@requirement("responses.tools.named")
def test_a_named_tool_choice_calls_that_function(response_forced: ResponseReply) -> None:
    names = called(response_forced)
    got = names or response_forced.text
    expect(
        set(names) == {"set_alarm"}, a_call("set_alarm", response_forced), got=got, where="/output", on=response_forced
    )


@requirement("responses.tools.required")
def test_required_calls_a_function(response_required: ResponseReply) -> None:
    names = called(response_required)
    got = names or response_required.text
    expected = a_call("get_weather", response_required)
    expect(set(names) == {"get_weather"}, expected, got=got, where="/output", on=response_required)


def whole_calls(reply: ResponseReply) -> tuple[FunctionCall, ...]:
    """Return the function calls of a response; the check is inconclusive if there are none or one is truncated."""
    calls = reply.function_calls
    premise(calls, "there is no call")
    premise(not reply.incomplete, "the token limit truncated the call")
    return calls


@requirement("responses.tools.arguments-json")
def test_the_arguments_are_a_json_object(response_forced: ResponseReply) -> None:
    for call in whole_calls(response_forced):
        premise(isinstance(call.arguments, str), "the arguments are not a string", see="responses.items")
        where = f"/output/{call.place}/arguments"
        expect(isinstance(call.parsed, dict), "a JSON object", got=call.arguments, where=where, on=response_forced)


@requirement("responses.tools.arguments-schema")
def test_the_arguments_satisfy_the_parameters(response_required: ResponseReply) -> None:
    for call in whole_calls(response_required):
        premise(isinstance(call.parsed, dict), "the arguments are not JSON", see="responses.tools.arguments-json")
        premise(call.name == "get_weather", "the call names an undeclared function")
        valid = jsonschema_rs.is_valid(WEATHER["parameters"], unicode_only(call.parsed))
        expected = f"arguments that satisfy {WEATHER['parameters']['properties']}"
        where = f"/output/{call.place}/arguments"
        expect(valid, expected, got=call.parsed, where=where, on=response_required)


Results = tuple[ResponseReply, ResponseReply, ResponseReply]


@probe
async def response_tool_results(responses: Responses) -> Results:
    """Send a prepared function call three times: with a short result, with a long result, and without a result."""
    begun = [message("user", ASK_WEATHER), CALL]
    tools = [WEATHER, ALARM]
    short, long, none = await asyncio.gather(
        responses([*begun, result("Sunny.")], tools=tools, max_output_tokens=16),
        responses([*begun, result(f"Sunny. {WORDS}")], tools=tools, max_output_tokens=16),
        responses([*begun, message("user", "Go on.")], tools=tools, max_output_tokens=16),
    )
    return short, long, none


@requirement("responses.tools.output-counted")
def test_the_result_reaches_the_model(response_tool_results: Results, response_sizes: Sizes) -> None:
    short, long, _ = response_tool_results
    expect_counted_result(short, long, response_sizes)


@requirement("responses.tools.unanswered")
def test_a_call_without_its_output_is_refused(response_tool_results: Results) -> None:
    answered, _, unanswered = response_tool_results
    names = ("tool", "tool_call", "function_call_output", "function", "input", "call_weather1", "output", "tools")
    expect_refused(Faulty(answered, unanswered, names))


@probe
async def response_orphan_output(responses: Responses, response_tool_results: Results) -> Faulty:
    """Send a function result whose `call_id` belongs to no function call."""
    input = [message("user", ASK_WEATHER), result("Sunny.", call_id="call_nobody1")]
    orphan = await responses(input, tools=[WEATHER, ALARM], max_output_tokens=16)
    return Faulty(
        response_tool_results[0], orphan, ("call_id", "call_nobody1", "input", "function_call_output", "tool call")
    )


@requirement("responses.tools.orphan-output")
@standard
def test_an_output_without_its_call_is_refused(response_orphan_output: Faulty) -> None:
    expect_refused(response_orphan_output)


CUT_AT = 32
LETTER = {
    "type": "function",
    "name": "send_letter",
    "description": "Send a letter.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {f"paragraph_{number}_of_the_letter": {"type": "string"} for number in range(1, 9)},
        "required": [f"paragraph_{number}_of_the_letter" for number in range(1, 9)],
        "additionalProperties": False,
    },
}
"""A function whose arguments have more than `CUT_AT` tokens, because the names of its members have more."""


@probe
async def response_cut_call(responses: Responses) -> ResponseReply:
    """Force a call of a function with long arguments, with a token limit that truncates the arguments."""
    choice = {"type": "function", "name": LETTER["name"]}
    return await responses("Send a letter about the sea.", tools=[LETTER], tool_choice=choice, max_output_tokens=CUT_AT)


def is_truncated(arguments: object) -> bool:
    """Return whether the arguments of a call are the beginning of a JSON object, without its end."""
    try:
        return isinstance(arguments, str) and isinstance(read_beginning(arguments), OpenObject)
    except NotJson:
        return False


@requirement("responses.tools.cut-status", transport="json")
@standard
def test_a_call_that_the_limit_cut_is_not_completed(response_cut_call: ResponseReply) -> None:
    reply = response_cut_call
    cut = [call for call in reply.function_calls if is_truncated(call.arguments)]
    premise(cut, "the response has no truncated call")
    premise(made(reply) >= CUT_AT, "the model stopped by itself before the limit")
    details = reply.object.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    premise(reason in (None, "max_output_tokens"), f"the response is incomplete because of {reason}")
    arguments = cut[-1].arguments
    expected = f"incomplete, because the limit truncated the arguments {arguments!r}"
    expect(reply.status != "completed", expected, got=reply.status, where="/status", on=reply)
    got, where = reply.output[cut[-1].place].get("status"), f"/output/{cut[-1].place}/status"
    expect(got != "completed", expected, got=got, where=where, on=reply)
