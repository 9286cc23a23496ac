"""Other operations of the Responses API: counting input tokens, compacting a history, and referring to stored items."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_accepted, expect_refused
from conformance.checks.schema import breaches
from conformance.engine.clients import Http
from conformance.engine.responses import HELLO, Responses
from conformance.reply import NotAnswered, ResponseReply
from conformance.wire import Exchange

from .conftest import FEW, LONG, RULES, Sizes, Thread, answered, counted, counts, message, premise_growing

WHERE = "/usage/input_tokens"
UNKNOWN_ITEM = "msg_" + "0" * 48


@probe
async def response_input_counted(http: Http, response_instructed: tuple[ResponseReply, ResponseReply]) -> Exchange:
    """Let the target count the input tokens of a request that another probe sends to POST /responses."""
    body = {"model": http.target.model, "input": LONG, "instructions": RULES}
    response_instructed[1].require_object()  # there must be an answer to compare with
    return await http("POST", "response_input_tokens", body)


@requirement("responses.input-tokens")
def test_an_input_is_counted(response_input_counted: Exchange) -> None:
    for breach in breaches("TokenCountsResource", answered(response_input_counted)):
        expect(False, breach.expected, got=breach.got, where=breach.pointer, on=response_input_counted)


@requirement("responses.input-tokens.same")
def test_the_count_is_that_of_the_answer(
    response_input_counted: Exchange,
    response_instructed: tuple[ResponseReply, ResponseReply],
    response_sizes: Sizes,
) -> None:
    body = answered(response_input_counted)
    count = body.get("input_tokens") if isinstance(body, dict) else None
    premise(isinstance(count, int), "there is no input token count", see="responses.input-tokens")
    used = counted(response_instructed[1])
    premise_growing(*response_sizes)
    good = abs(int(count or 0) - used) <= FEW // 2
    expected = f"{used}, the count in the response to the same request"
    expect(good, expected, got=count, where="/input_tokens", on=response_input_counted)


@dataclass(frozen=True, slots=True)
class Compacted:
    """A plain response, the response to compacting a history, and the response that continues the compacted history."""

    plain: ResponseReply
    packed: Exchange
    after: ResponseReply | None


@probe
async def response_compacted(responses: Responses, http: Http) -> Compacted:
    """Compact a short history, and send a request that continues the compacted history."""
    plain = await responses.offered()
    history = [message("user", HELLO), message("assistant", LONG), message("user", "Go on.")]
    packed = await http("POST", "response_compact", {"model": http.target.model, "input": history})
    body = answered(packed)
    output = body.get("output") if isinstance(body, dict) else None
    if not isinstance(output, list):
        return Compacted(plain, packed, None)
    return Compacted(plain, packed, await responses([*output, message("user", HELLO)], max_output_tokens=16))


ITEMS = re.compile(r"/output/\d+(/.*)?")


@requirement("responses.compact")
def test_a_history_is_compacted(response_compacted: Compacted) -> None:
    packed = response_compacted.packed
    body = answered(packed)
    for breach in breaches("CompactResource", body, ITEMS):
        expect(False, breach.expected, got=breach.got, where=breach.pointer, on=packed)
    items: list[Any] = [item for item in body["output"] if isinstance(item, dict)]
    sealed = [item.get("encrypted_content") for item in items if item.get("type") == "compaction"]
    good = any(isinstance(content, str) and content for content in sealed)
    kinds = [item.get("type") for item in items]
    expect(good, "an item of type compaction with encrypted_content", got=kinds, where="/output", on=packed)


@requirement("responses.compact.continued", acceptance=True)
def test_what_was_compacted_is_an_input(response_compacted: Compacted) -> None:
    after = response_compacted.after
    premise(after is not None, "there is no output to continue from", see="responses.compact")
    if after is not None:
        expect_accepted(Faulty(response_compacted.plain, after), "the output of compact as input")


Referred = tuple[ResponseReply, ResponseReply, ResponseReply]


@probe
async def response_referred(responses: Responses, response_thread: Thread) -> Referred:
    """Send two requests: one refers to an output item of a stored response, one to an item that does not exist."""
    first = response_thread.first
    ids = [item.get("id") for item in first.output if item.get("type") == "message"]
    premise(ids and isinstance(ids[0], str), "the stored response has no message with an id")
    ask = message("user", HELLO)
    named = await responses([{"type": "item_reference", "id": ids[0]}, ask], max_output_tokens=16)
    unknown = await responses([{"type": "item_reference", "id": UNKNOWN_ITEM}, ask], max_output_tokens=16)
    return response_thread.alone, named, unknown


@requirement("responses.input.item-reference")
def test_an_item_that_is_named_is_in_the_context(response_referred: Referred, response_sizes: Sizes) -> None:
    alone, named = counts(*response_referred[:2])
    premise_growing(*response_sizes)
    expected = f"more than the {alone} input tokens without the item"
    expect(named > alone, expected, got=named, where=WHERE, on=response_referred[1])


@requirement("responses.input.item-reference-unknown")
def test_an_item_that_never_was_is_refused(response_referred: Referred) -> None:
    _, named, unknown = response_referred
    if not named.accepted:
        raise NotAnswered(named.exchange, "a reference to an existing item is rejected too")
    expect_refused(Faulty(named, unknown, ("item", "id", "input", "item_reference", UNKNOWN_ITEM, "items")))
