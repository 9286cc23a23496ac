"""Responses with reasoning: it is counted, and a later request can send it back as input."""

from __future__ import annotations

from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.engine.probe import Transport
from conformance.engine.responses import HELLO, Responses
from conformance.reply import ResponseReply

from .conftest import REASONED, message, needs


@probe(transports=("json", "sse"))
async def response_reasoned(
    responses: Responses, response_default: tuple[ResponseReply, ResponseReply]
) -> ResponseReply:
    """Send the simplest request with low reasoning effort. The response is stored if the target can store responses.

    Without streaming, no request is sent if an earlier request with low reasoning effort got a response, and this
    response could be retrieved.
    """
    if responses.transport is Transport.JSON:
        made, retrieved = response_default
        if retrieved.accepted and "reasoning" in made.exchange.request.json:
            return made
        reply = await responses(HELLO, **REASONED, store=True)
        if reply.accepted:
            return reply
    return await responses(HELLO, **REASONED)


@requirement("responses.echo.reasoning", transport="json")
def test_the_effort_is_echoed(response_reasoned: ResponseReply) -> None:
    reasoning = response_reasoned.object.get("reasoning")
    got = reasoning.get("effort") if isinstance(reasoning, dict) else None
    expect(got == "low", "low, as in the request", got=got, where="/reasoning/effort", on=response_reasoned)


def thoughts(reply: ResponseReply) -> str:
    """Return the visible reasoning of a response, which is its reasoning text, its summary, or both."""
    parts: list[Any] = []
    for item in reply.output:
        if item.get("type") == "reasoning":
            listed = (item.get(name) for name in ("content", "summary"))
            parts += [part for each in listed if isinstance(each, list) for part in each]
    return "".join(str(part.get("text") or "") for part in parts if isinstance(part, dict))


@requirement("responses.usage.reasoning")
def test_reasoning_that_is_shown_is_counted(response_reasoned: ResponseReply) -> None:
    premise(thoughts(response_reasoned), "the response shows no reasoning")
    details = (response_reasoned.usage or {}).get("output_tokens_details")
    count = details.get("reasoning_tokens") if isinstance(details, dict) else None
    premise(isinstance(count, int), "reasoning is not counted at all", see="responses.usage")
    where = "/usage/output_tokens_details/reasoning_tokens"
    expect(count, "more than 0, because the response shows reasoning", got=count, where=where, on=response_reasoned)


@probe
async def response_returned(responses: Responses, response_reasoned: ResponseReply) -> Faulty:
    """Send a request that contains the input and the output of an earlier response, followed by another message."""
    first = response_reasoned
    if not first.accepted:
        first = needs(await responses("Say perhaps.", store=True, max_output_tokens=16))
    premise(not first.incomplete or not thoughts(first), "the token limit truncated the output to send back")
    # Without the store, a reasoning item can only come back with its content encrypted, which was not asked for.
    kept = first.object.get("store") is not False or all(map(_whole, first.output))
    premise(kept, "the reasoning was not stored, so it cannot be sent back")
    again = [message("user", HELLO), *first.output, message("user", "Go on.")]
    return Faulty(first, await responses(again, max_output_tokens=16))


def _whole(item: dict[str, Any]) -> bool:
    """Whether the item is self-contained, so that it can be sent back to a stateless server."""
    return item.get("type") != "reasoning" or bool(item.get("encrypted_content") or item.get("content"))


@requirement("responses.input.output-items", acceptance=True)
def test_the_output_of_a_response_is_an_input(response_returned: Faulty) -> None:
    expect_accepted(response_returned, "the unchanged output of a response")
