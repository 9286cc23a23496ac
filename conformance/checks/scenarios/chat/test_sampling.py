"""Sampling parameters have an effect: the same request with and without, and how far two equal ones differ by themselves.

Every judgement rests on a noise floor: two greedy answers (what does the engine change by itself?) and hot ones (is there
anything to choose from?). A parameter that is accepted and changes nothing is worse than one that is refused.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from conformance.checks import Inconclusive, expect, premise, probe, requirement
from conformance.checks.refusal import Faulty, expect_accepted
from conformance.engine.clients import Chat
from conformance.reply import ChatReply, NotAnswered, model_lacks, read_error
from conformance.verdict import Reason

from .conftest import LONG, premise_counted
from .penalties import must_change

HOT = 1.5
LENGTH = 12
NARROWED = 6
"""Answers that a parameter should make greedy, at most. Sampled answers all differ; of greedy ones two are alike."""
CONTROLS = 4
"""Greedy answers asked again before a failure, beside the first two.

A target whose greedy answers vary gives one text with probability q. It is failed by chance when six greedy answers are
that text and six narrowed ones are not: at most q^6 (1-q)^6, which is below 0.025 % for every q.
"""
TEXT = "/choices/0/message/content"
# Greedy decoding of this repeats one word, which is what a frequency penalty makes ever less likely.
REPEAT = "Repeat exactly: " + " ".join(["no"] * 20)
# A token id that every vocabulary in use has, and that none uses for a control token.
BIASED = "1000"


def texts(replies: Sequence[ChatReply]) -> list[str]:
    """The text of each answer."""
    return [reply.text for reply in replies]


def shared_start(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


async def sampled(chat: Chat, **params: Any) -> ChatReply:
    """One more answer to the same prompt, never a shared one."""
    return await chat(LONG, max_tokens=LENGTH, fresh=True, **params)


@probe
async def greedy(chat: Chat) -> list[ChatReply]:
    """The same request at temperature 0, twice, one after the other."""
    return [await sampled(chat, temperature=0) for _ in range(2)]


@probe
async def hot(chat: Chat) -> list[ChatReply]:
    """The same request at a high temperature, without a seed, twice; at 1 where more is refused."""
    for heat in (HOT, 1):
        first = await sampled(chat, temperature=heat)
        if first.exchange.status not in (400, 422):
            return [first, await sampled(chat, temperature=heat)]
    return [first, first]


def heat_of(hot: Sequence[ChatReply]) -> float:
    """The high temperature that the target takes."""
    return float(hot[0].exchange.request.json["temperature"])


def premise_choice(hot: Sequence[ChatReply]) -> None:
    """At a high temperature the answers differ, so what makes them alike is something else."""
    premise(
        len(set(texts(hot))) > 1, "responses at a high temperature are identical too", see="chat.temperature.varies"
    )


def only_greedy(greedy: Sequence[ChatReply]) -> str:
    """The one greedy text; inconclusive when the engine itself varies it."""
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


# Characters that two answers have in common by no chance; the first word or two they may.
A_FEW_WORDS = 12


@requirement("chat.temperature.zero-greedy")
def test_temperature_zero_repeats_the_answer(greedy: list[ChatReply], hot: list[ChatReply]) -> None:
    premise(greedy[0].accepted, "`temperature: 0` is rejected", see="chat.temperature.zero")
    cold = texts(greedy)
    if cold[0] == cold[1]:
        return
    warm = texts(hot)
    if shared_start(*cold) > shared_start(*warm) + A_FEW_WORDS:
        raise Inconclusive(
            Reason.MODEL_NONDETERMINISM, f"greedy responses differ only late: {cold[0][:80]!r} / {cold[1][:80]!r}"
        )
    expect(False, f"the same text again, {cold[0]!r}", got=cold[1], where=TEXT, on=greedy[1])


@requirement("chat.temperature.varies")
def test_a_high_temperature_varies_the_answer(hot: list[ChatReply]) -> None:
    found = texts(hot)
    premise(any(found), "the model returned no text")
    expect(len(set(found)) > 1, f"different texts at temperature {heat_of(hot)}", got=found, where=TEXT, on=hot[1])


class Narrowed(NamedTuple):
    """Answers that a parameter should make greedy, and the greedy answers asked again where none of them is."""

    answers: list[ChatReply]
    controls: list[ChatReply]


async def until_greedy(chat: Chat, greedy: Sequence[ChatReply], hot: Sequence[ChatReply], **params: Any) -> Narrowed:
    """Answers at a high temperature that `params` should make greedy, until one is, or two are alike.

    Where none is, the greedy request is repeated: a target that varies its greedy answers may have given two equal
    ones by chance.
    """
    found: list[ChatReply] = []
    known = {reply.text for reply in greedy} if greedy[0].accepted else set()
    while len(found) < NARROWED:
        reply = await sampled(chat, temperature=heat_of(hot), **params)
        found.append(reply)
        if not reply.accepted or not known or reply.text in known:
            return Narrowed(found, [])
        known.add(reply.text)
    return Narrowed(found, [await sampled(chat, temperature=0) for _ in range(CONTROLS)])


def expect_greedy(narrowed: Narrowed, greedy: list[ChatReply], hot: list[ChatReply], what: str) -> None:
    """What leaves one token to choose at each place gives the greedy answer, or at least the same one twice."""
    found = texts(narrowed.answers)
    premise_choice(hot)
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
async def narrow_nucleus(chat: Chat, greedy: list[ChatReply], hot: list[ChatReply]) -> Narrowed:
    """A high temperature whose effect a tiny `top_p` takes away."""
    return await until_greedy(chat, greedy, hot, top_p=0.001)


@requirement("chat.top-p.greedy")
def test_a_tiny_top_p_leaves_the_likeliest_text(
    narrow_nucleus: Narrowed, greedy: list[ChatReply], hot: list[ChatReply]
) -> None:
    expect_greedy(narrow_nucleus, greedy, hot, "a top_p of 0.001")


@probe
async def other_seeds(chat: Chat, seeded: list[ChatReply]) -> list[ChatReply]:
    """The seeded request, and the same with two other seeds."""
    others = [chat(LONG, seed=seed, temperature=1, max_tokens=16) for seed in (1, 2)]
    return [seeded[0], *await asyncio.gather(*others)]


@requirement("chat.seed.differs")
def test_other_seeds_give_other_answers(other_seeds: list[ChatReply], hot: list[ChatReply]) -> None:
    found = texts(other_seeds)
    premise_choice(hot)
    expect(
        len(set(found)) > 1, "at least two different texts from three seeds", got=found, where=TEXT, on=other_seeds[1]
    )


@probe
async def hot_choices(chat: Chat, hot: list[ChatReply]) -> ChatReply:
    """Two choices of a long text at a high temperature, each cut by its limit; some servers have room for no more."""
    return await sampled(chat, n=2, temperature=heat_of(hot))


@requirement("chat.n.all-choices-counted")
def test_the_tokens_of_both_choices_are_counted(hot_choices: ChatReply) -> None:
    premise(len(hot_choices.choices) == 2, "there are not two choices")
    premise(
        all(choice.finish_reason == "length" for choice in hot_choices.choices), "a choice ended before its token limit"
    )
    count, where = hot_choices.completion_tokens or 0, "/usage/completion_tokens"
    premise_counted(count > 0, hot_choices, "completion")
    # More than the limits allow is chat.max-tokens.bounds.
    expected = f"{2 * LENGTH} tokens, {LENGTH} for each choice"
    expect(count >= 2 * LENGTH, expected, got=count, where=where, on=hot_choices)


@requirement("chat.n.differ")
def test_the_choices_are_drawn_apart(hot_choices: ChatReply, hot: list[ChatReply]) -> None:
    found = [choice.text for choice in hot_choices.choices]
    premise(len(found) == 2, "there are not two choices", see="chat.n.count")
    premise_choice(hot)
    expect(len(set(found)) > 1, "two different choices", got=found, where="/choices", on=hot_choices)


@probe
async def biased(chat: Chat) -> ChatReply:
    """The greedy request with a bias that decides every token."""
    return await chat(LONG, temperature=0, max_tokens=LENGTH, logit_bias={BIASED: 100})


@requirement("chat.logit-bias.honoured")
def test_a_bias_of_100_decides_the_text(biased: ChatReply, greedy: list[ChatReply]) -> None:
    text, without = biased.text, only_greedy(greedy)
    expect(text != without, f"a text other than {without!r}, the one without the bias", got=text, where=TEXT, on=biased)


@probe
async def repeating(chat: Chat) -> tuple[ChatReply, ChatReply]:
    """A text that repeats one word, without and with the highest frequency penalty."""
    ask: dict[str, Any] = {"temperature": 0, "max_tokens": 20}
    return await chat(REPEAT, **ask), await chat(REPEAT, frequency_penalty=2, **ask)


def most_repeated(text: str) -> int:
    """How often the most frequent word of a text occurs, spelled the same way.

    `no`, `No` and `no,` are other tokens, each with a penalty of its own.
    """
    return max(Counter(text.split()).values(), default=0)


@requirement("chat.frequency-penalty.effect")
def test_a_frequency_penalty_reduces_repetition(
    repeating: tuple[ChatReply, ChatReply], greedy: list[ChatReply]
) -> None:
    free, penalised = (most_repeated(reply.text) for reply in repeating)
    only_greedy(greedy)
    # A penalty of 2 takes more from a token's score at each use than any model's certainty survives ten times.
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
    """A greedy text with its alternatives, without and with the highest presence penalty."""
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
    # One place might rest on two tokens that only look alike.
    premise(len(due) > 1, "the model is too certain of every repeated word")
    words = ", ".join(f"{new!r} for {old!r}" for old, new in due[:3])
    expected = f"a different text: the penalty must change {len(due)} of {len(entries)} tokens ({words})"
    expect(False, expected, got=text, where=TEXT, on=penalised)
