"""Tests several choices without sampling, and a token limit that exceeds every context window."""

from __future__ import annotations

from dataclasses import replace

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import Phrase
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.engine import Transport
from conformance.engine.clients import Chat
from conformance.engine.cost import NO_LIMIT
from conformance.reply import ChatReply, NotAnswered
from conformance.wire import FailureKind

from .conftest import HELLO


@probe
async def greedy_choices(chat: Chat, biased_choices: ChatReply) -> ChatReply:
    """Request two choices at temperature 0, unless the target returns two choices for a request with more parameters."""
    if biased_choices.accepted and len(biased_choices.choices) == 2:
        return biased_choices
    return await chat(HELLO, n=2, temperature=0, max_tokens=4)


@requirement("chat.n.greedy")
def test_two_choices_at_temperature_zero_are_accepted(
    greedy_choices: ChatReply, two_choices: ChatReply, greedy: list[ChatReply]
) -> None:
    premise(greedy[0].accepted, "`temperature: 0` is rejected", see="chat.temperature.zero")
    expect_accepted(Faulty(two_choices, greedy_choices), "two choices at temperature 0")
    premise(len(two_choices.choices) == 2, "there are not two choices at temperature 1", see="chat.n.count")
    found = len(greedy_choices.choices)
    expect(found == 2, "two choices", got=found, where="/choices", on=greedy_choices)


ENOUGH = 12
"""The events of a stream after which the client disconnects, so that a model cannot write without end."""


@probe
async def without_limit(chat: Chat) -> ChatReply:
    """Request a stream with a token limit that exceeds every context window, and disconnect after a few events."""
    stream = replace(chat, transport=Transport.SSE)
    return await stream.post(stream.body(HELLO, temperature=0, max_tokens=NO_LIMIT), stop_after_events=ENOUGH)


@requirement("chat.max-tokens.huge")
def test_a_limit_beyond_the_window_is_refused_or_answered(without_limit: ChatReply, plain: ChatReply) -> None:
    exchange = without_limit.exchange
    plain.require_choices()
    if 400 <= (exchange.status or 0) < 500:
        return
    stopped = exchange.status == 200 and exchange.stopped
    if stopped or (exchange.failure is not None and exchange.failure.kind is FailureKind.TIMEOUT_TOTAL):
        return  # it wrote, and would have gone on
    if exchange.status != 200:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    empty = not without_limit.text and not without_limit.tool_calls and not (without_limit.completion_tokens or 0)
    cut = without_limit.finish_reason == "length"
    got = Phrase("no text, and finish_reason length")
    expect(not (empty and cut), "a 4xx, or text", got=got, where="/choices/0/finish_reason", on=without_limit)
