"""Checks of Telnyx's additions to chat completions."""

from __future__ import annotations

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import BUSY, Faulty, expect_accepted
from conformance.checks.scenarios.chat.conftest import HELLO
from conformance.checks.scenarios.chat.test_sampling import (
    TEXT,
    NarrowSample,
    expect_greedy,
    premise_choice,
    sampled,
    temperature_of,
    texts,
    until_greedy,
)
from conformance.checks.scenarios.chat.test_shapes import Pair, beside_an_image, expect_image_counted
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered


@probe
async def without_model(chat: Chat) -> ChatReply:
    """Send a chat request without `model`."""
    body = chat.body(HELLO, max_tokens=4)
    del body["model"]
    return await chat.post(body)


@requirement("telnyx.model-optional")
def test_a_request_without_a_model_is_answered(without_model: ChatReply) -> None:
    exchange = without_model.exchange
    if exchange.status in BUSY:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    expect(
        without_model.accepted, "an answer of the default model", got=answer(exchange), where="status", on=without_model
    )


@probe
async def only_likeliest(chat: Chat, greedy: list[ChatReply], sampled_twice: list[ChatReply]) -> NarrowSample:
    """Send a high temperature together with a `min_p` of 1, which cancels the effect of the temperature."""
    return await until_greedy(chat, greedy, sampled_twice, min_p=1)


@requirement("telnyx.chat.min-p")
def test_a_min_p_of_one_leaves_the_likeliest_text(
    only_likeliest: NarrowSample, greedy: list[ChatReply], sampled_twice: list[ChatReply]
) -> None:
    expect_greedy(only_likeliest, greedy, sampled_twice, "a min_p of 1")


@probe
async def beams(chat: Chat, sampled_twice: list[ChatReply]) -> list[ChatReply]:
    """Send the same request twice with a high temperature and with beam search, which does not sample."""
    ask = {"use_beam_search": True, "best_of": 2, "length_penalty": 1.0, "early_stopping": False}
    return [await sampled(chat, temperature=temperature_of(sampled_twice), **ask) for _ in range(2)]


@requirement("telnyx.chat.beam-search")
def test_beam_search_draws_nothing(beams: list[ChatReply], sampled_twice: list[ChatReply]) -> None:
    found = texts(beams)
    premise_choice(sampled_twice)
    expect(len(set(found)) == 1, f"the best beam again, {found[0]!r}", got=found[1], where=TEXT, on=beams[1])


@probe
async def with_image_object(chat: Chat, as_parts: Pair) -> Pair:
    """Send a question as text parts, and a question with an image as an object, as in OpenAI's API."""
    return as_parts[1], await chat(beside_an_image("object"), max_tokens=4)


@requirement("telnyx.chat.image-object")
def test_an_image_in_openais_form_is_part_of_the_prompt(
    with_image_object: Pair, with_image: Pair, short_and_long: Pair
) -> None:
    premise(with_image[1].accepted, "no image is accepted", see="chat.messages.image")
    expect_image_counted(with_image_object, short_and_long, promised=False)


@probe
async def thinking_off(chat: Chat, plain: ChatReply) -> Faulty:
    """Send a simple chat request, and the same request with `enable_thinking: false`."""
    return Faulty(plain, await chat(HELLO, enable_thinking=False))


@requirement("telnyx.chat.enable-thinking", acceptance=True)
def test_a_request_without_reasoning_is_answered(thinking_off: Faulty) -> None:
    expect_accepted(thinking_off, "enable_thinking: false")
