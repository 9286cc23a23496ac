"""Checks of documented defaults of Telnyx's chat completions, of four stop sequences, and of `top_logprobs: 0`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.scenarios.chat.conftest import COUNT, HELLO, LENGTH, LONG
from conformance.checks.scenarios.chat.test_logprobs import ENTRIES, alternatives
from conformance.checks.scenarios.chat.test_sampling import TEXT
from conformance.engine.clients import Chat
from conformance.packs.telnyx.checks.two_samples import most_common, p_value
from conformance.reply import ChatReply
from conformance.wire import Exchange
from conformance.wire.json_data import parse_json

DEFAULT_MODEL = "meta-llama/Meta-Llama-3.1-8B-Instruct"
DEFAULT_TEMPERATURE = 0.1
SAMPLES = 20
VARIED = 5
"""The fewest different texts at temperature 1 that show that the choices of one request are sampled independently."""
CHANCE = 0.001
"""The p-value below which two samples of texts differ."""
OTHERS = ("zebra-crossing", "qqqq", "b2")
"""Stop sequences that no response contains."""


def listed(model_list: Exchange) -> set[str]:
    """Return the ids of all models that `/models` lists."""
    try:
        data = parse_json(model_list.body) if model_list.status == 200 else None
    except ValueError:
        return set()
    models = data.get("data") if isinstance(data, dict) else None
    items = models if isinstance(models, list) else []
    return {str(item.get("id")) for item in items if isinstance(item, dict)}


@probe
async def default_model(chat: Chat, without_model: ChatReply, model_list: Exchange) -> ChatReply | None:
    """Repeat the request that has no `model`, and name the documented default model, if `/models` lists this model."""
    if DEFAULT_MODEL not in listed(model_list) or not without_model.accepted:
        return None
    return await chat.post({**chat.body(HELLO, max_tokens=4), "model": DEFAULT_MODEL})


@requirement("telnyx.chat.default-model")
def test_the_default_model_answers(default_model: ChatReply | None, without_model: ChatReply) -> None:
    found = without_model.body.get("model")
    premise(default_model, f"`/models` does not list {DEFAULT_MODEL}")
    premise(default_model and default_model.accepted, f"requests for {DEFAULT_MODEL} are rejected")
    wanted = default_model.body.get("model") if default_model else None
    premise(isinstance(wanted, str), "the response names no model", see="chat.response.model")
    expected = f"{wanted!r}, which answers a request for {DEFAULT_MODEL}"
    expect(found == wanted, expected, got=found, where="/model", on=without_model)


@dataclass(frozen=True, slots=True)
class Temperatures:
    """Responses with many choices: without `temperature`, at the documented default, and at temperature 1."""

    default: ChatReply
    cool: ChatReply
    warm: ChatReply


@probe
async def temperatures(chat: Chat) -> Temperatures:
    """Request many short choices: without `temperature`, with the documented default value, and with temperature 1."""
    values = (None, DEFAULT_TEMPERATURE, 1)
    sent = (chat(LONG, max_tokens=LENGTH, n=SAMPLES, temperature=value) for value in values)
    return Temperatures(*await asyncio.gather(*sent))


def sample(reply: ChatReply) -> list[str]:
    """Return the texts of all choices; the check is inconclusive if there are not as many as requested."""
    premise(reply.accepted, f"a request with an n of {SAMPLES} is not answered", see="chat.n.count")
    premise(len(reply.choices) == SAMPLES, f"there are not {SAMPLES} choices", see="chat.n.count")
    return [choice.text for choice in reply.choices]


@requirement("telnyx.chat.default-temperature")
def test_the_default_temperature_is_low(temperatures: Temperatures) -> None:
    cool, warm, default = sample(temperatures.cool), sample(temperatures.warm), sample(temperatures.default)
    premise(len(set(warm)) >= VARIED, "at temperature 1 the choices hardly vary", see="chat.n.differ")
    premise(
        p_value(cool, warm) < CHANCE, f"at temperature {DEFAULT_TEMPERATURE} texts vary as much as at temperature 1"
    )
    text = most_common([*default, *cool])
    expect(
        p_value(default, cool) >= CHANCE,
        f"texts that vary as at temperature {DEFAULT_TEMPERATURE}: {cool.count(text)} of {SAMPLES} are {text!r}",
        got=f"{default.count(text)} of {SAMPLES}: {default[:3]}",
        where="/choices/*/message/content",
        on=temperatures.default,
    )
    premise(p_value(default, warm) < CHANCE, "without temperature, texts vary as at temperature 1 and as at 0.1")


@probe
async def four_stops(chat: Chat, stopped_by_second: tuple[ChatReply, ChatReply, str]) -> list[ChatReply]:
    """Send four stop sequences, of which only one occurs in the response without `stop`: the first, second or third."""
    if not stopped_by_second[1].accepted:
        return []
    word = stopped_by_second[2]
    arrays = ([*OTHERS[:place], word, *OTHERS[place:]] for place in range(len(OTHERS)))
    return list(await asyncio.gather(*(chat(COUNT, temperature=0, stop=array) for array in arrays)))


@requirement("telnyx.chat.four-stops")
def test_each_of_four_sequences_stops(
    four_stops: list[ChatReply], stopped_by_second: tuple[ChatReply, ChatReply, str]
) -> None:
    free, last, word = stopped_by_second
    premise(last.accepted, "four stop sequences are rejected", see="chat.stop.array")
    found = [reply.text for reply in four_stops]
    premise(word in free.text, f"the response without `stop` lacks {word!r}")
    premise(word not in last.text, "the last of four stop sequences does not end the text", see="chat.stop.array")
    for reply, text in zip(four_stops, found, strict=True):
        expect(word not in text, f"text without {word!r}", got=text, where=TEXT, on=reply)


@probe
async def no_alternatives(chat: Chat) -> ChatReply:
    """Request log probabilities with a `top_logprobs` of 0."""
    ask: dict[str, Any] = {"logprobs": True, "top_logprobs": 0, "temperature": 0}
    return await chat(COUNT, max_tokens=4, **ask)


@requirement("telnyx.chat.top-logprobs-zero")
def test_no_alternatives_are_listed(no_alternatives: ChatReply, logprobs_asked: ChatReply) -> None:
    choice = no_alternatives.choices[0]
    premise(choice.text, "the model returned no text")
    premise(logprobs_asked.choices[0].logprobs, "there are no logprobs", see="chat.logprobs.shape")
    entries = choice.logprobs
    expect(entries, "one entry for each token", got=entries, where=ENTRIES, on=no_alternatives)
    for number, entry in enumerate(entries or ()):
        # Some engines list the generated token itself.
        found = [item for item in alternatives(entry) if item.get("token") != entry.get("token")]
        where = f"{ENTRIES}/{number}/top_logprobs"
        expect(not found, "no alternatives", got=found[:2], where=where, on=no_alternatives)
