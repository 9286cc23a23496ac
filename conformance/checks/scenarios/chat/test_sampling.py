"""Sampling parameters must change the response: each check compares the same request with and without one parameter.

Two responses at temperature 0 show how much the engine varies without sampling. Two different responses at a high
temperature show that the prompt has more than one possible response. A parameter that is silently ignored is worse than
a rejected parameter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from conformance.checks import Inconclusive, expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered, model_lacks, read_error
from conformance.verdict import Reason

from .conftest import HIGH, LENGTH, LONG, premise_counted
from .penalties import must_change

NARROWED = 6
"""The most responses requested until one is greedy. Sampled responses all differ; two greedy ones are identical."""
CONTROLS = 4
"""Greedy requests repeated before a failure, in addition to the first two.

A target whose greedy responses vary returns one text with probability q. It fails by chance if six greedy responses are
that text and six narrowed ones are not: at most q^6 (1-q)^6, which is below 0.025 % for every q.
"""
TEXT = "/choices/0/message/content"
# Greedy decoding of this repeats one word, which is what a frequency penalty makes ever less likely.
REPEAT = "Repeat exactly: " + " ".join(["no"] * 20)
# A token id that every vocabulary in use has, and that none uses for a control token.
BIASED = "1000"


def texts(replies: Sequence[ChatReply]) -> list[str]:
    """Return the text of each of several responses."""
    return [reply.text for reply in replies]


def shared_start(one: str, other: str) -> int:
    """Return the length of the common beginning of two texts."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


async def sampled(chat: Chat, **params: Any) -> ChatReply:
    """Send the long prompt as a new request: a response to an earlier equal request is not reused."""
    return await chat(LONG, max_tokens=LENGTH, fresh=True, **params)


@probe
async def greedy(chat: Chat) -> list[ChatReply]:
    """Send the same request at temperature 0 twice, one after the other."""
    return [await sampled(chat, temperature=0) for _ in range(2)]


@probe
async def sampled_twice(chat: Chat, two_choices: ChatReply) -> list[ChatReply]:
    """Send a request twice, without a seed.

    The temperature of both requests is high, or 1 if the target rejects the high temperature.

    If the first new response and an earlier response with two choices have different texts, these two responses are
    returned, and no second request is sent.
    """
    if two_choices.accepted:
        other = await sampled(chat, temperature=two_choices.exchange.request.json["temperature"])
        if other.accepted and other.text != two_choices.text:
            return [two_choices, other]
    for temperature in (HIGH, 1):
        first = await sampled(chat, temperature=temperature)
        if first.exchange.status not in (400, 422):
            return [first, await sampled(chat, temperature=temperature)]
    return [first, first]


def temperature_of(sampled_twice: Sequence[ChatReply]) -> float:
    """Return the highest tested temperature that the target accepts."""
    return float(sampled_twice[0].exchange.request.json["temperature"])


def premise_choice(sampled_twice: Sequence[ChatReply]) -> None:
    """Make the check inconclusive if even responses at a high temperature are identical."""
    differ = len(set(texts(sampled_twice))) > 1
    premise(differ, "responses at a high temperature are identical too", see="chat.temperature.varies")


def only_greedy(greedy: Sequence[ChatReply]) -> str:
    """Return the common text of all responses at temperature 0; the check is inconclusive if their texts differ."""
    premise(greedy[0].accepted, "`temperature: 0` is rejected", see="chat.temperature.zero")
    found = texts(greedy)
    if len(set(found)) > 1:
        raise Inconclusive(Reason.MODEL_NONDETERMINISM, "at temperature 0 the same request gets different responses")
    premise(found[0].strip(), "the model returned no text")
    return found[0]


@requirement("chat.temperature.zero", transport="json", acceptance=True)
def test_temperature_zero_is_accepted(plain: ChatReply, greedy: list[ChatReply]) -> None:
    exchange = greedy[0].exchange
    if plain.accepted and exchange.status == 400 and model_lacks(read_error(exchange)):
        raise NotAnswered(exchange, "the model accepts only its default temperature")
    expect_accepted(Faulty(plain, greedy[0]), "a temperature of 0")


# Two different responses may begin with the same word or two, but not with more characters than this.
A_FEW_WORDS = 12


@requirement("chat.temperature.zero-greedy")
def test_temperature_zero_repeats_the_answer(greedy: list[ChatReply], sampled_twice: list[ChatReply]) -> None:
    premise(greedy[0].accepted, "`temperature: 0` is rejected", see="chat.temperature.zero")
    greedy_texts = texts(greedy)
    if greedy_texts[0] == greedy_texts[1]:
        return
    sampled_texts = texts(sampled_twice)
    if shared_start(*greedy_texts) > shared_start(*sampled_texts) + A_FEW_WORDS:
        raise Inconclusive(
            Reason.MODEL_NONDETERMINISM,
            f"greedy responses differ only late: {greedy_texts[0][:80]!r} / {greedy_texts[1][:80]!r}",
        )
    expect(False, f"the same text again, {greedy_texts[0]!r}", got=greedy_texts[1], where=TEXT, on=greedy[1])


@requirement("chat.temperature.varies")
def test_a_high_temperature_varies_the_answer(sampled_twice: list[ChatReply]) -> None:
    found = texts(sampled_twice)
    premise(any(found), "the model returned no text")
    expect(
        len(set(found)) > 1,
        f"different texts at temperature {temperature_of(sampled_twice)}",
        got=found,
        where=TEXT,
        on=sampled_twice[1],
    )


class NarrowSample(NamedTuple):
    """Responses with a parameter that should make sampling greedy; `controls` has extra responses at temperature 0."""

    answers: list[ChatReply]
    controls: list[ChatReply]


async def until_greedy(
    chat: Chat, greedy: Sequence[ChatReply], sampled_twice: Sequence[ChatReply], **params: Any
) -> NarrowSample:
    """Send `params` at a high temperature until a response is greedy (as at temperature 0) or two responses are equal.

    If no response is greedy, the request at temperature 0 is repeated, because its two earlier responses may have been
    equal by chance.
    """
    found: list[ChatReply] = []
    known = {reply.text for reply in greedy} if greedy[0].accepted else set()
    while len(found) < NARROWED:
        reply = await sampled(chat, temperature=temperature_of(sampled_twice), **params)
        found.append(reply)
        if not reply.accepted or not known or reply.text in known:
            return NarrowSample(found, [])
        known.add(reply.text)
    return NarrowSample(found, [await sampled(chat, temperature=0) for _ in range(CONTROLS)])


def expect_greedy(narrowed: NarrowSample, greedy: list[ChatReply], sampled_twice: list[ChatReply], what: str) -> None:
    """Expect the greedy text, or the same text twice, because only one token is possible at each position."""
    found = texts(narrowed.answers)
    premise_choice(sampled_twice)
    wanted = only_greedy([*greedy, *narrowed.controls])
    repeated = len(set(found)) < len(found)
    expect(
        wanted in found or repeated,
        f"{what} to give the most likely text, {wanted!r}",
        got=found,
        where=TEXT,
        on=narrowed.answers[0],
    )


@probe
async def narrow_nucleus(chat: Chat, greedy: list[ChatReply], sampled_twice: list[ChatReply]) -> NarrowSample:
    """Send a high temperature together with a tiny `top_p`, which should cancel the effect of the temperature."""
    return await until_greedy(chat, greedy, sampled_twice, top_p=0.001)


@requirement("chat.top-p.greedy")
def test_a_tiny_top_p_leaves_the_likeliest_text(
    narrow_nucleus: NarrowSample, greedy: list[ChatReply], sampled_twice: list[ChatReply]
) -> None:
    expect_greedy(narrow_nucleus, greedy, sampled_twice, "a top_p of 0.001")


@probe
async def sampled_choices(two_choices: ChatReply) -> ChatReply:
    """Return the response with two long choices at a high temperature, each truncated by the token limit."""
    return two_choices


@requirement("chat.n.all-choices-counted")
def test_the_tokens_of_both_choices_are_counted(sampled_choices: ChatReply) -> None:
    premise(len(sampled_choices.choices) == 2, "there are not two choices")
    premise(
        all(choice.finish_reason == "length" for choice in sampled_choices.choices),
        "a choice ended before its token limit",
    )
    count, where = sampled_choices.completion_tokens or 0, "/usage/completion_tokens"
    premise_counted(count > 0, sampled_choices, "completion")
    # More than the limits allow is chat.max-tokens.bounds.
    expected = f"{2 * LENGTH} tokens, {LENGTH} for each choice"
    expect(count >= 2 * LENGTH, expected, got=count, where=where, on=sampled_choices)


@requirement("chat.n.differ")
def test_the_choices_are_drawn_apart(sampled_choices: ChatReply, sampled_twice: list[ChatReply]) -> None:
    found = [choice.text for choice in sampled_choices.choices]
    premise(len(found) == 2, "there are not two choices", see="chat.n.count")
    premise_choice(sampled_twice)
    expect(len(set(found)) > 1, "two different choices", got=found, where="/choices", on=sampled_choices)


@probe
async def repeating(chat: Chat) -> tuple[ChatReply, ChatReply]:
    """Send a prompt that asks for one word many times, without and with the highest `frequency_penalty`."""
    ask: dict[str, Any] = {"temperature": 0, "max_tokens": 20}
    return await chat(REPEAT, **ask), await chat(REPEAT, frequency_penalty=2, **ask)


def most_repeated(text: str) -> int:
    """Return how often the most frequent word of a text occurs; `no`, `No` and `no,` are different words.

    Different spellings of a word are different tokens, which are penalised separately.
    """
    return max(Counter(text.split()).values(), default=0)


@requirement("chat.frequency-penalty.effect")
def test_a_frequency_penalty_reduces_repetition(
    repeating: tuple[ChatReply, ChatReply], greedy: list[ChatReply]
) -> None:
    free, penalised = (most_repeated(reply.text) for reply in repeating)
    only_greedy(greedy)
    # A penalty of 2 lowers the score at each use; no model is certain enough to repeat a word ten times against it.
    premise(free >= 10, "the model did not repeat the word ten times without a penalty")
    got = f"{penalised} times: {repeating[1].text[:120]}"
    expect(
        penalised < free,
        f"the word fewer than {free} times, its count without the penalty",
        got=got,
        where=TEXT,
        on=repeating[1],
    )


@probe
async def met_before(chat: Chat) -> tuple[ChatReply, ChatReply]:
    """Request log probabilities at temperature 0 twice: without a penalty, and with the highest `presence_penalty`."""
    ask: dict[str, Any] = {"temperature": 0, "max_tokens": 40, "logprobs": True, "top_logprobs": 5}
    return await chat(LONG, **ask), await chat(LONG, presence_penalty=2, **ask)


@requirement("chat.presence-penalty.effect")
def test_a_presence_penalty_brings_in_new_words(
    met_before: tuple[ChatReply, ChatReply], greedy: list[ChatReply]
) -> None:
    free, penalised = met_before
    without, text = free.text, penalised.text
    only_greedy(greedy)
    if text != without:
        return
    entries = free.choices[0].logprobs or []
    spelled = "".join(str(entry.get("token")) for entry in entries)
    premise(spelled == without, "the tokens in `logprobs` do not spell the text", see="chat.logprobs.text")
    due = list(must_change(entries, LONG, 2))
    # A single position may be due to two tokens that only look alike.
    premise(len(due) > 1, "the model is too certain of every repeated word")
    words = ", ".join(f"{new!r} for {old!r}" for old, new in due[:3])
    expected = f"a different text: the penalty must change {len(due)} of {len(entries)} tokens ({words})"
    expect(False, expected, got=text, where=TEXT, on=penalised)
