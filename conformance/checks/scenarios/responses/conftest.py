"""Probes whose responses many checks of the Responses API judge, and functions that read these responses."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe
from conformance.checks.refusal import BUSY
from conformance.checks.room import with_room
from conformance.engine import Transport
from conformance.engine.responses import HELLO, Responses
from conformance.reply import NotAnswered, ResponseReply, refuses_the_body
from conformance.wire import Exchange

WORDS = "amber basalt cedar dune ember fjord glacier harbour iris juniper kelp lagoon meadow nectar opal prairie"
LONG = f"Here are some words to keep in mind: {WORDS}. Say hello."
STORY = "Write a long story about a lighthouse and the sea."
WEATHER: dict[str, Any] = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "Name of the city"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
ALARM: dict[str, Any] = {
    "type": "function",
    "name": "set_alarm",
    "description": "Set an alarm.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"hour": {"type": "integer"}},
        "required": ["hour"],
        "additionalProperties": False,
    },
}
ASK_WEATHER = "Use get_weather for Paris."
FORCED = {"type": "function", "name": "set_alarm"}
CALL = {"type": "function_call", "call_id": "call_weather1", "name": "get_weather", "arguments": '{"city":"Paris"}'}
TOP = 2
LOGPROBS: dict[str, Any] = {"include": ["message.output_text.logprobs"], "top_logprobs": TOP}

# What a few words cost in any tokenizer: a fraction of it separates "was counted" from "was lost".
FEW = 8


def message(role: str, text: str) -> dict[str, Any]:
    """Return an input message in its short form, which has only `role` and `content`."""
    return {"role": role, "content": text}


def result(output: str, call_id: str = "call_weather1") -> dict[str, Any]:
    """Return the input item `function_call_output`, which has the result of a function call."""
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def counted(reply: ResponseReply) -> int:
    """Return the number of input tokens in a response; the check is inconclusive if the response has none."""
    count = (reply.usage or {}).get("input_tokens") if reply.output is not None else None
    good = isinstance(count, int) and not isinstance(count, bool)
    premise(good and count, "the target does not count input tokens", see="responses.usage")
    return int(count or 0)


def counts(*replies: ResponseReply) -> list[int]:
    """Return the number of input tokens in each of several responses.

    If one response is missing and another has no token count, the missing response is reported.
    """
    for reply in replies:
        needs(reply)
    return [counted(reply) for reply in replies]


def premise_growing(short: ResponseReply, long: ResponseReply) -> None:
    """Make the check inconclusive unless the longer input has the higher token count: constant counts prove nothing."""
    fewer, more = counts(short, long)
    premise(more > fewer, "input tokens do not grow with the input", see="responses.usage.input-grows")


def made(reply: ResponseReply) -> int:
    """Return the number of output tokens in a response; the check is inconclusive if the response has none."""
    count = (reply.usage or {}).get("output_tokens")
    premise(isinstance(count, int) and not isinstance(count, bool), "the target does not count output tokens")
    return int(count or 0)


def answered(exchange: Exchange) -> Any:
    """Return the parsed JSON body of a 2xx response. Raises `NotAnswered`."""
    if exchange.status is None or not 200 <= exchange.status < 300:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    try:
        return json.loads(exchange.body)
    except (ValueError, RecursionError):
        raise NotAnswered(exchange, "the body of the response is not JSON") from None


def status_of(exchange: Exchange) -> int:
    """Return the HTTP status that the target returned when a stored response was requested.

    Raises `NotAnswered` if there was no response, or an error that says to try again later.
    """
    if exchange.status is None or exchange.status in BUSY:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    return exchange.status


UNTOLD = re.compile(r"[0-9A-Za-z]")


def never_given(identifier: str) -> str:
    """Return an id that does not exist but has the same form: after the prefix, every letter and digit is 0.

    The form of the id matters, because a server may reject a malformed id with a different status than an unknown id.
    """
    prefix, mark, rest = identifier.rpartition("_")
    return prefix + mark + UNTOLD.sub("0", rest)


def needs(reply: ResponseReply) -> ResponseReply:
    """Return the response if it has an output that a later request can continue. Raises `NotAnswered` otherwise."""
    reply.require_output()
    return reply


def _parts(reply: ResponseReply, kind: str) -> list[str]:
    """The places of all content parts of a kind."""
    output = reply.object.get("output")
    return [
        f"/output/{place}/content/{number}"
        for place, item in enumerate(output if isinstance(output, list) else ())
        if isinstance(item, dict) and item.get("type") == "message" and isinstance(item.get("content"), list)
        for number, part in enumerate(item["content"])
        if isinstance(part, dict) and part.get("type") == kind
    ]


def place_of_text(reply: ResponseReply) -> str:
    """Return the JSON pointer of the first text part of a response, or of the output if there is no text part."""
    return next((place for place, _ in reply.answer_parts), "/output")


def unrefused(reply: ResponseReply) -> ResponseReply:
    """Return the response; the check is inconclusive if the model declined to answer or returned only commentary.

    A refusal is allowed, and neither a refusal nor commentary needs to follow the requested format.
    """
    premise(not _parts(reply, "refusal"), "the model declined to answer")
    premise(not reply.only_commentary, "the response has commentary, and no answer after it")
    return reply


@probe(transports=("json", "sse"))
async def response_plain(responses: Responses) -> ResponseReply:
    """Send the simplest request to POST /responses."""
    return await responses(HELLO)


async def stored(ask: Callable[[bool], Awaitable[ResponseReply]]) -> ResponseReply:
    """Send a request with `store: true`; if the target rejects it, send the request without `store: true`."""
    reply = await ask(True)
    return await ask(False) if refuses_the_body(reply.exchange.status) else reply


@probe(transports=("json", "sse"))
async def response_forced(responses: Responses) -> ResponseReply:
    """Force a function call that does not fit the prompt: a different declared function would fit better.

    The response without streaming is stored if the target accepts `store: true`.
    """
    ask: dict[str, Any] = {"tools": [WEATHER, ALARM], "tool_choice": FORCED, "temperature": 0}
    if responses.transport is Transport.SSE:
        return await with_room(lambda limit: responses(ASK_WEATHER, **ask, max_output_tokens=limit), 64)
    return await with_room(
        lambda limit: stored(lambda store: responses(ASK_WEATHER, **ask, max_output_tokens=limit, store=store)), 64
    )


@probe(transports=("json", "sse"))
async def response_required(responses: Responses) -> ResponseReply:
    """Require a function call, although the prompt gives no reason to call a function."""
    ask: dict[str, Any] = {"tools": [WEATHER], "tool_choice": "required", "temperature": 0}
    return await with_room(lambda limit: responses(HELLO, **ask, max_output_tokens=limit), 64)


REASONED: dict[str, Any] = {"reasoning": {"effort": "low"}, "max_output_tokens": 256}
Sizes = tuple[ResponseReply, ResponseReply]


@probe
async def response_sizes(responses: Responses) -> Sizes:
    """Send two requests: the simplest request, and a request with a longer input."""
    return await responses.offered(), await responses(LONG, max_output_tokens=16)


RULES = f"Keep these words in mind: {WORDS}. Then these: {WORDS}. And once more: {WORDS}."


@probe
async def response_ruled(responses: Responses) -> tuple[ResponseReply, ResponseReply]:
    """Send a long input twice: without `instructions`, and with longer `instructions` and `store: true`."""
    bare, ruled = await asyncio.gather(
        responses(LONG, max_output_tokens=16),
        responses(LONG, instructions=RULES, max_output_tokens=16, store=True),
    )
    return bare, ruled


@probe
async def response_instructed(
    responses: Responses, response_ruled: tuple[ResponseReply, ResponseReply]
) -> tuple[ResponseReply, ResponseReply]:
    """Send the same input without and with long `instructions`. Nothing is stored if the target rejects `store: true`."""
    bare, ruled = response_ruled
    if refuses_the_body(ruled.exchange.status):
        ruled = await responses(LONG, instructions=RULES, max_output_tokens=16)
    return bare, ruled


@dataclass(frozen=True, slots=True)
class Thread:
    """A first turn with long instructions, and the turns that continue it.

    `bare` is the response to the same first turn, sent without instructions.
    """

    alone: ResponseReply
    bare: ResponseReply
    first: ResponseReply
    second: ResponseReply
    third: ResponseReply
    branch: ResponseReply


@probe
async def response_thread(responses: Responses, response_ruled: tuple[ResponseReply, ResponseReply]) -> Thread:
    """Send three turns, each of which continues the one before it.

    Also send a fourth turn, which continues the first turn.
    """
    alone = await responses.offered()
    bare, first = response_ruled
    second = await responses(HELLO, previous_response_id=needs(first).id, max_output_tokens=16, store=True)
    third = await responses(HELLO, previous_response_id=needs(second).id, max_output_tokens=16)
    branch = await responses(HELLO, previous_response_id=first.id, max_output_tokens=16)
    return Thread(alone, bare, first, second, third, branch)


def expect_counted_result(short: ResponseReply, long: ResponseReply, response_sizes: Sizes) -> None:
    """Expect more input tokens for a long function result than for a short one, because both reach the model."""
    less, more = counts(short, long)
    premise_growing(*response_sizes)
    expect(
        more >= less + FEW,
        f"at least {less + FEW} input tokens: {less} with a one-word result, plus sixteen words",
        got=more,
        where="/usage/input_tokens",
        on=long,
    )
