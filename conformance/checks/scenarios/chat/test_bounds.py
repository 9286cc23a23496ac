"""Bounds of parameters: the lowest and highest allowed values are accepted; wrong values and types are rejected."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from conformance.checks import probe, requirement, requirements
from conformance.checks.refusal import Faulty, expect_accepted, expect_refused
from conformance.checks.together import expect_answered_or_refused_cleanly, parameters_together
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

from .conftest import HELLO, WEATHER
from .fault_tables import OUT_OF_BOUNDS, faulty_body
from .test_logprobs_forms import expect_logprobs
from .test_messages import user
from .test_sampling import BIASED

# Edge → the parameters, and the addition of `defaults` without which the edge proves nothing ("" for a plain request).
EDGES: dict[str, tuple[dict[str, Any], str]] = {
    "chat.temperature.two": ({"temperature": 2}, "temperature"),
    "chat.penalties.two": ({"frequency_penalty": 2, "presence_penalty": -2}, "penalties"),
    "chat.logit-bias.hundred": ({"logit_bias": {BIASED: -100}}, ""),
    "chat.seed.large": ({"seed": 2**53 - 1}, ""),
}
TEXT_FORMAT = "chat.guided.text"
NO_ALTERNATIVES = "chat.top-logprobs.zero"


@probe
async def edges(
    chat: Chat, defaults: Mapping[str, Faulty], plain: ChatReply, logprobs_asked: ChatReply
) -> Mapping[str, Faulty]:
    """Send parameters with the lowest or highest allowed value, and a `response_format` with the type `text`."""
    additions = {name: params for name, (params, _) in EDGES.items()}
    additions[TEXT_FORMAT] = {"response_format": {"type": "text"}}
    if logprobs_asked.accepted:
        additions[NO_ALTERNATIVES] = {"logprobs": True, "top_logprobs": 0}
    sent = await parameters_together(chat, plain, additions, chat.body(HELLO, max_tokens=4))
    controls = {name: defaults[base].faulty for name, (_, base) in EDGES.items() if base}
    controls[NO_ALTERNATIVES] = logprobs_asked
    return {name: Faulty(controls.get(name, plain), pair.faulty) for name, pair in sent.items()}


@requirements("edge", [name for name, (_, base) in EDGES.items() if base], acceptance=True)
def test_the_edge_of_a_range_is_accepted(edges: Mapping[str, Faulty], edge: str) -> None:
    expect_accepted(edges[edge], f"{EDGES[edge][0]}")


@requirements("edge", [name for name, (_, base) in EDGES.items() if not base], acceptance=True)
def test_the_edge_of_an_optional_range_is_accepted(edges: Mapping[str, Faulty], edge: str) -> None:
    expect_answered_or_refused_cleanly(edges[edge])


@requirement(NO_ALTERNATIVES)
def test_zero_alternatives_leave_the_chosen_token(edges: Mapping[str, Faulty], logprobs_asked: ChatReply) -> None:
    logprobs_asked.require_choices()
    expect_logprobs(ChatReply(edges[NO_ALTERNATIVES].faulty.exchange), logprobs_asked, "`top_logprobs: 0`")


@probe
async def out_of_bounds(chat: Chat, generated_control: ChatReply) -> Mapping[str, Faulty]:
    """Send one request for each fault in the table `OUT_OF_BOUNDS`."""
    sent = await asyncio.gather(*(chat.post(faulty_body(chat, change)) for change, _ in OUT_OF_BOUNDS.values()))
    return {
        name: Faulty(generated_control, reply, OUT_OF_BOUNDS[name][1])
        for name, reply in zip(OUT_OF_BOUNDS, sent, strict=True)
    }


@requirements("fault", OUT_OF_BOUNDS)
def test_a_wrong_value_is_refused_for_its_reason(out_of_bounds: Mapping[str, Faulty], fault: str) -> None:
    expect_refused(out_of_bounds[fault])


@probe
async def too_many_alternatives(chat: Chat, logprobs_asked: ChatReply) -> Faulty:
    """Send a `top_logprobs` of 21, which is one more than the documented maximum."""
    reply = await chat(HELLO, logprobs=True, top_logprobs=21, max_tokens=1, fault=True)
    return Faulty(logprobs_asked, reply, ("top_logprobs", "logprobs"))


@requirement("error.top-logprobs-range")
def test_a_twenty_first_alternative_is_refused(too_many_alternatives: Faulty) -> None:
    expect_refused(too_many_alternatives)


@probe
async def logprobs_counted(chat: Chat, logprobs_asked: ChatReply) -> Faulty:
    """Send a number as `logprobs`, which is valid in legacy text completions but not in chat completions."""
    return Faulty(logprobs_asked, await chat(HELLO, logprobs=5, max_tokens=1, fault=True), ("logprobs",))


@requirement("error.logprobs-type")
def test_logprobs_as_a_number_is_refused(logprobs_counted: Faulty) -> None:
    expect_refused(logprobs_counted)


@probe
async def biased_too_much(chat: Chat, biased: ChatReply) -> Faulty:
    """Send a `logit_bias` value above the documented maximum."""
    reply = await chat(HELLO, logit_bias={BIASED: 101}, max_tokens=1, fault=True)
    return Faulty(biased, reply, ("logit_bias", BIASED))


@requirement("error.logit-bias-range")
def test_a_bias_above_100_is_refused(biased_too_much: Faulty) -> None:
    expect_refused(biased_too_much)


@probe
async def penalised_too_much(chat: Chat, defaults: Mapping[str, Faulty]) -> Faulty:
    """Send a `presence_penalty` below the documented minimum."""
    reply = await chat(HELLO, presence_penalty=-2.5, max_tokens=1, fault=True)
    return Faulty(defaults["penalties"].faulty, reply, ("presence_penalty",))


@requirement("error.presence-penalty-range")
def test_a_presence_penalty_below_minus_two_is_refused(penalised_too_much: Faulty) -> None:
    expect_refused(penalised_too_much)


CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'}}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "Sunny."}
ASKED = user("What is the weather in Paris?")
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}

# Histories in which calls and results do not belong together, and the words that point at that.
BROKEN_HISTORIES: dict[str, tuple[list[dict[str, Any]], tuple[str, ...]]] = {
    "error.tool-orphan": ([ASKED, RESULT, user("Well?")], ("messages", "tool", "role", "tool_call_id", "call_1", "tool_calls")),
    "error.tool-call-id-missing": (
        [ASKED, CALLED, {"role": "tool", "content": "Sunny."}, user("Well?")],
        ("tool_call_id", "messages", "tool"),
    ),
}  # fmt: skip


@probe
async def broken_histories(chat: Chat, tool_history: tuple[ChatReply, ChatReply]) -> Mapping[str, Faulty]:
    """Send each invalid message history, with the valid conversation as control."""
    sent = await asyncio.gather(
        *(chat(messages, tools=[WEATHER], max_tokens=1, fault=True) for messages, _ in BROKEN_HISTORIES.values())
    )
    return {
        name: Faulty(tool_history[0], reply, BROKEN_HISTORIES[name][1])
        for name, reply in zip(BROKEN_HISTORIES, sent, strict=True)
    }


@requirements("history", BROKEN_HISTORIES)
def test_a_call_and_its_result_belong_together(broken_histories: Mapping[str, Faulty], history: str) -> None:
    expect_refused(broken_histories[history])
