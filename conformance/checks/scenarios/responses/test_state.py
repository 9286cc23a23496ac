"""Continuing earlier responses: token counts show whether the earlier turns are part of the prompt."""

from __future__ import annotations

from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import not_now
from conformance.engine.responses import Responses
from conformance.reply import NotAnswered, ResponseReply

from .conftest import ALARM, ASK_WEATHER, FEW, WEATHER, Thread, counted, counts, made, needs, result

WHERE = "/usage/input_tokens"
TOOLS = [WEATHER, ALARM]


@requirement("responses.state.previous")
def test_the_earlier_turn_is_in_the_context(response_thread: Thread) -> None:
    thread = response_thread
    alone, bare, second = counts(thread.alone, thread.bare, thread.second)
    premise(bare >= alone + 2 * FEW, f"the long input counts {bare} tokens, the short one {alone}")
    at_least = alone + (bare - alone) // 2
    expected = f"at least {at_least} input tokens: {counted(thread.first)} in the previous turn, {alone} for this input without it"
    expect(second >= at_least, expected, got=second, where=WHERE, on=thread.second)


@requirement("responses.state.chain")
def test_a_chain_of_three_remembers_all(response_thread: Thread) -> None:
    thread = response_thread
    second, third, bare = counts(thread.second, thread.third, thread.bare)
    premise(second > bare, "even two turns are not remembered", see="responses.state.previous")
    expected = f"more than the {second} tokens of the previous turn"
    expect(third > second, expected, got=third, where=WHERE, on=response_thread.third)


@requirement("responses.state.branch")
def test_a_branch_does_not_see_the_other(response_thread: Thread) -> None:
    thread = response_thread
    second, branch, bare = counts(thread.second, thread.branch, thread.bare)
    premise(second > bare, "even two turns are not remembered", see="responses.state.previous")
    expected = f"{second} tokens, as the first continuation of the same response with the same input"
    expect(branch <= second + 3, expected, got=branch, where=WHERE, on=response_thread.branch)


@requirement("responses.state.instructions")
def test_instructions_are_not_carried_over(response_thread: Thread) -> None:
    thread = response_thread
    alone, bare, first, second = counts(thread.alone, thread.bare, thread.first, thread.second)
    rules = first - bare
    premise(rules >= 6 * FEW, f"the instructions count {rules} tokens", see="responses.instructions")
    premise(second > bare, "even two turns are not remembered", see="responses.state.previous")
    at_most = bare + made(thread.first) + alone + rules // 2
    expected = f"at most {at_most} input tokens; the earlier instructions had {rules}"
    expect(second <= at_most, expected, got=second, where=WHERE, on=thread.second)


@requirement("responses.echo.previous")
def test_the_previous_id_is_echoed(response_thread: Thread) -> None:
    first, second = response_thread.first, response_thread.second
    got = second.object.get("previous_response_id")
    expect(got == first.id, first.id, got=got, where="/previous_response_id", on=second)


Answered = tuple[ResponseReply, ResponseReply]


@probe
async def response_call_answered(
    responses: Responses, response_thread: Thread, response_forced: ResponseReply
) -> Answered:
    """Request a function call, and send the result of the function in a request that continues the response.

    The probe sends nothing if the target cannot continue responses.
    """
    needs(response_thread.second)
    call = response_forced
    if not (call.accepted and call.exchange.request.json.get("store") is True and call.function_calls):
        choice = {"type": "function", "name": "get_weather"}
        ask: dict[str, Any] = {"tools": TOOLS, "tool_choice": choice, "temperature": 0, "max_output_tokens": 64}
        call = await responses(ASK_WEATHER, **ask, store=True)
    made_calls = call.function_calls
    premise(made_calls and not call.incomplete, "there is no call to answer", see="responses.tools.named")
    outputs = [result("Sunny.", str(each.call_id)) for each in made_calls]
    after = await responses(outputs, previous_response_id=call.id, tools=TOOLS, max_output_tokens=16)
    return call, after


@requirement("responses.state.tool-output")
def test_a_result_answers_the_stored_call(response_call_answered: Answered) -> None:
    _, after = response_call_answered
    if not_now(after):
        raise NotAnswered(after.exchange, f"the target answered {after.exchange.status}")
    expected = "the result accepted, because its call_id matches the stored call"
    expect(after.accepted, expected, got=answer(after), where="status", on=after)
