"""Custom tools, whose input is free text instead of JSON: they must be called as custom tools, or be rejected."""

from __future__ import annotations

import asyncio
from typing import Any

from conformance.checks import expect, probe, requirement, standard
from conformance.checks.room import premise_not_cut_before_a_call, with_room
from conformance.engine.responses import Responses
from conformance.reply import ResponseReply

from .conftest import WORDS, Sizes, expect_counted_result, message

SHOUT: dict[str, Any] = {"type": "custom", "name": "shout", "description": "Shouts a text."}
ASK = "Shout that the sea is calm."
CALL = {"type": "custom_tool_call", "call_id": "call_shout1", "name": "shout", "input": "The sea is calm."}


@probe
async def response_custom_call(responses: Responses) -> ResponseReply:
    """Force the call of a custom tool by its name."""
    choice = {"type": "custom", "name": "shout"}
    return await with_room(
        lambda limit: responses(ASK, tools=[SHOUT], tool_choice=choice, temperature=0, max_output_tokens=limit), 64
    )


@requirement("responses.tools.custom")
@standard
def test_a_named_custom_tool_is_called(response_custom_call: ResponseReply) -> None:
    output = response_custom_call.output
    calls = [(place, item) for place, item in enumerate(output) if item.get("type") == "custom_tool_call"]
    if not calls:
        premise_not_cut_before_a_call(response_custom_call)
        kinds = [item.get("type") for item in output]
        expect(False, "an item of type custom_tool_call", got=kinds, where="/output", on=response_custom_call)
    for place, call in calls:
        name, given, where = call.get("name"), call.get("input"), f"/output/{place}"
        expect(name == "shout", "shout", got=name, where=f"{where}/name", on=response_custom_call)
        expect(isinstance(given, str), "a string", got=given, where=f"{where}/input", on=response_custom_call)


def result(output: str) -> dict[str, Any]:
    """Return the input item with the result of the custom tool call."""
    return {"type": "custom_tool_call_output", "call_id": "call_shout1", "output": output}


@probe
async def response_custom_results(responses: Responses) -> tuple[ResponseReply, ResponseReply]:
    """Send a prepared call of a custom tool twice: with a short result, and with a long result."""
    begun = [message("user", ASK), CALL]
    short, long = await asyncio.gather(
        *(
            responses([*begun, result(output)], tools=[SHOUT], max_output_tokens=16)
            for output in ("Done.", f"Done. {WORDS}")
        )
    )
    return short, long


@requirement("responses.tools.custom-output-counted")
@standard
def test_the_result_of_a_custom_tool_reaches_the_model(
    response_custom_results: tuple[ResponseReply, ResponseReply], response_sizes: Sizes
) -> None:
    expect_counted_result(*response_custom_results, response_sizes)
