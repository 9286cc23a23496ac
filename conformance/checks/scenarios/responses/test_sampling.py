"""Sampling in the Responses API: `temperature` and `top_p` must change the response, but streaming must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.checks import Inconclusive, expect, premise, probe, requirement, standard
from conformance.engine import Transport
from conformance.engine.responses import Responses
from conformance.reply import ResponseReply
from conformance.verdict import Reason

from .conftest import STORY, place_of_text

HIGH = 1.5
LENGTH = 16
NARROWED = 6
"""The most responses requested until one is greedy."""
TRIES = 4
"""How often a JSON response and a stream must differ before the difference counts."""
A_FEW_WORDS = 12


async def told(responses: Responses, **params: Any) -> ResponseReply:
    """Request the beginning of a story; a response to an earlier equal request is not reused."""
    return await responses(STORY, max_output_tokens=LENGTH, fresh=True, **params)


def texts(replies: Sequence[ResponseReply]) -> list[str]:
    """Return the text of each response."""
    return [reply.answer for reply in replies]


@probe
async def response_greedy(responses: Responses) -> list[ResponseReply]:
    """Send the same request at temperature 0 twice, one after the other."""
    return [await told(responses, temperature=0) for _ in range(2)]


@probe
async def response_hot(responses: Responses) -> list[ResponseReply]:
    """Send a request twice at a high temperature, or at temperature 1 if the target rejects higher temperatures."""
    for temperature in (HIGH, 1):
        first = await told(responses, temperature=temperature)
        if first.exchange.status not in (400, 422):
            return [first, await told(responses, temperature=temperature)]
    return [first, first]


def only_text(replies: Sequence[ResponseReply]) -> str:
    """Return the common text of responses at temperature 0; the check is inconclusive if their texts differ."""
    found = texts(replies)
    if len(set(found)) > 1:
        raise Inconclusive(Reason.MODEL_NONDETERMINISM, "at temperature 0 the same request gets different responses")
    premise(found[0].strip(), "the model returned no text")
    return found[0]


def premise_choice(hot: Sequence[ResponseReply]) -> None:
    """Make the check inconclusive if even responses at a high temperature are identical."""
    premise(len(set(texts(hot))) > 1, "responses at a high temperature are identical", see="responses.temperature")


@requirement("responses.temperature", transport="json")
@standard
def test_a_high_temperature_varies_the_text(response_hot: list[ResponseReply]) -> None:
    found = texts(response_hot)
    premise(any(found), "the model returned no text")
    where, on = f"{place_of_text(response_hot[1])}/text", response_hot[1]
    expect(len(set(found)) > 1, "different texts at a high temperature", got=found, where=where, on=on)


@requirement("responses.temperature.greedy", transport="json")
@standard
def test_temperature_zero_repeats_the_text(
    response_greedy: list[ResponseReply], response_hot: list[ResponseReply]
) -> None:
    one, other = texts(response_greedy)
    premise(one.strip() and other.strip(), "the model returned no text")
    if one == other:
        return
    sampled = texts(response_hot)
    late = common(one, other) > common(*sampled) + A_FEW_WORDS
    if late:
        raise Inconclusive(Reason.MODEL_NONDETERMINISM, f"greedy responses differ only late: {one[:80]!r}")
    where, on = f"{place_of_text(response_greedy[1])}/text", response_greedy[1]
    expect(False, f"the same text again, {one!r}", got=other, where=where, on=on)


def common(one: str, other: str) -> int:
    """Return the length of the common beginning of two texts."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Responses with a tiny `top_p` at a high temperature.

    `controls` has responses at temperature 0 if no response in `replies` is greedy; otherwise `controls` is empty.
    """

    replies: tuple[ResponseReply, ...]
    controls: tuple[ResponseReply, ...] = ()


@probe
async def response_nucleus(
    responses: Responses, response_greedy: list[ResponseReply], response_hot: list[ResponseReply]
) -> Narrowed:
    """Send a tiny `top_p` at a high temperature until a response is greedy or two responses are equal."""
    found: list[ResponseReply] = []
    known = {reply.answer for reply in response_greedy if reply.accepted}
    temperature = response_hot[0].exchange.request.json["temperature"]
    while len(found) < NARROWED:
        reply = await told(responses, temperature=temperature, top_p=0.001)
        found.append(reply)
        if not reply.accepted or not known or reply.answer in known:
            return Narrowed(tuple(found))
        known.add(reply.answer)
    return Narrowed(tuple(found), tuple([await told(responses, temperature=0) for _ in range(TRIES)]))


@requirement("responses.top-p", transport="json")
@standard
def test_a_tiny_top_p_leaves_the_likeliest_text(
    response_nucleus: Narrowed, response_greedy: list[ResponseReply], response_hot: list[ResponseReply]
) -> None:
    found = texts(response_nucleus.replies)
    premise_choice(response_hot)
    wanted = only_text([*response_greedy, *response_nucleus.controls])
    good = wanted in found or len(set(found)) < len(found)
    on = response_nucleus.replies[0]
    expected = f"a top_p of 0.001 to give the most likely text, {wanted!r}"
    expect(good, expected, got=found, where=f"{place_of_text(on)}/text", on=on)


@probe
async def response_streamed_greedy(
    responses: Responses, response_greedy: list[ResponseReply]
) -> tuple[list[ResponseReply], list[ResponseReply]]:
    """Send a streamed request with temperature 0.

    If the text of the stream differs from the JSON response, both requests are repeated up to four times.
    """
    stream = replace(responses, transport=Transport.SSE)
    whole, streamed = [*response_greedy], [await told(stream, temperature=0)]
    while all(reply.accepted for reply in (*whole, *streamed)) and not {*texts(whole)} & {*texts(streamed)}:
        if len(streamed) == TRIES:
            break
        streamed.append(await told(stream, temperature=0))
        if len(whole) < TRIES:
            whole.append(await told(responses, temperature=0))
    return whole, streamed


@requirement("responses.stream.equals-json", transport="json")
@standard
def test_the_streamed_text_is_the_text(
    response_streamed_greedy: tuple[list[ResponseReply], list[ResponseReply]],
) -> None:
    whole, streamed = response_streamed_greedy
    one, other = {*texts(whole)}, {*texts(streamed)}
    premise(any(one), "the model returned no text")
    if one & other:
        return
    if len(one) > 1 or len(other) > 1:
        raise Inconclusive(Reason.MODEL_NONDETERMINISM, "at temperature 0 the same request gets different responses")
    expected = f"the text of the JSON response, {whole[0].answer!r} ({len(whole)} times)"
    on = streamed[0]
    expect(False, expected, got=on.answer, where=f"{place_of_text(on)}/text", on=on)
