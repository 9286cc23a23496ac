"""Text completions with a seed, and with log probabilities of the prompt, without alternatives or in a stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.language import answer
from conformance.checks.refusal import BUSY
from conformance.engine.clients import Http
from conformance.reply import NotAnswered
from conformance.wire import Exchange

from .test_completion_choices import begins_with_prompt, choices_in
from .test_completion_stream import chunks
from .test_completions import choices_of, complete, text_of, usage_of

STORY = "The old lighthouse keeper opened the door and saw"
WHERE = "/choices/0/logprobs"


@probe
async def seeded_completions(http: Http, completed: Exchange) -> list[Exchange]:
    """Send the same request at temperature 1 twice, with the same seed."""
    ask: dict[str, Any] = {"seed": 20260101, "temperature": 1, "max_tokens": 8}
    choices_of(completed)
    body = {"model": http.target.model, "prompt": STORY, **ask}
    return [await http("POST", "completions", body, fresh=True) for _ in range(2)]


@requirement("completions.seed")
def test_the_same_seed_gives_the_same_completion(seeded_completions: list[Exchange]) -> None:
    texts = [text_of(choices_of(each)[0]) for each in seeded_completions]
    premise(any(texts), "the model returned no text")
    expect(len(set(texts)) == 1, "the same text twice", got=texts, where="/choices/0/text", on=seeded_completions[1])


def arrays_of(choice: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the arrays of a choice's log probabilities; {} if it has none."""
    found = choice.get("logprobs")
    return {name: value for name, value in found.items() if isinstance(value, list)} if isinstance(found, dict) else {}


@probe
async def without_alternatives(http: Http, completed: Exchange, token_prompt: Exchange) -> Exchange:
    """Request log probabilities with zero alternatives, unless the response to a prompt of token ids has them."""
    if any(arrays_of(choice).get("token_logprobs") for choice in choices_in(token_prompt)):
        return token_prompt
    return await complete(http, completed, max_tokens=4, logprobs=0)


@requirement("completions.logprobs.zero")
def test_zero_alternatives_leave_the_log_probabilities(without_alternatives: Exchange, with_logprobs: Exchange) -> None:
    control = arrays_of(choices_of(with_logprobs)[0])
    premise(control.get("token_logprobs"), "with two alternatives, there are none either", see="completions.logprobs")
    choice = choices_of(without_alternatives)[0]
    premise(text_of(choice), "the model returned no text")
    found = arrays_of(choice).get("token_logprobs")
    expect(found, "the log probability of each token", got=choice.get("logprobs"), where=WHERE, on=without_alternatives)


@probe
async def echoed_with_logprobs(http: Http, completed: Exchange) -> Exchange:
    """Request a completion with `echo: true`, and with the log probabilities of the prompt and the completion."""
    return await complete(http, completed, max_tokens=2, echo=True, logprobs=1)


def accepts(exchange: Exchange) -> bool:
    """Return whether the target answered a request for a text completion."""
    try:
        return bool(choices_of(exchange))
    except NotAnswered:
        return False


@requirement("completions.echo.logprobs")
def test_the_prompt_has_log_probabilities(
    echoed_with_logprobs: Exchange, echoed: Exchange, with_logprobs: Exchange
) -> None:
    premise(choices_of(echoed) and choices_of(with_logprobs), "the target has no `echo` or no `logprobs`")
    exchange = echoed_with_logprobs
    if exchange.status is None or exchange.status in BUSY:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    if 400 <= exchange.status < 500:
        return  # as OpenAI: these parameters cannot be used at the same time
    expect(exchange.status == 200, "a 4xx, or a completion", got=answer(exchange), where="status", on=exchange)
    premise(begins_with_prompt(text_of(choices_of(exchange)[0])), "the prompt is missing", see="completions.echo")
    count = usage_of(exchange).get("prompt_tokens")
    found = arrays_of(choices_of(exchange)[0]).get("token_logprobs")
    premise(found is not None, "the completion has no `token_logprobs`", see="completions.logprobs")
    premise(isinstance(count, int) and count > 4, "the target does not count prompt tokens")
    # The engine may count a token that begins every text, and give it no log probability.
    most = len(found or ())
    expect(
        most >= int(count or 0) - 1,
        f"an entry for each of the {count} prompt tokens",
        got=found,
        where=f"{WHERE}/token_logprobs",
        on=exchange,
    )


@probe
async def logprobs_in_stream(http: Http, completed: Exchange, completed_in_stream: Exchange) -> Exchange:
    """Request log probabilities in a stream, unless an earlier stream already has log probabilities."""
    if accepts_stream(completed_in_stream) and streamed_arrays(completed_in_stream).get("token_logprobs"):
        return completed_in_stream
    return await complete(http, completed, max_tokens=4, logprobs=1, stream=True)


@probe
async def streamed_logprobs(
    http: Http, completed: Exchange, echoed_with_logprobs: Exchange, logprobs_in_stream: Exchange
) -> Exchange:
    """Request log probabilities in a stream, together with `echo` if the target accepts both without streaming."""
    if accepts(echoed_with_logprobs):
        return await complete(http, completed, max_tokens=4, logprobs=1, echo=True, stream=True)
    return logprobs_in_stream


def streamed_arrays(exchange: Exchange) -> dict[str, list[Any]]:
    """Return the arrays of the log probabilities in a stream, each joined over all chunks."""
    joined: dict[str, list[Any]] = {}
    for chunk in chunks(exchange):
        for choice in chunk.choices:
            for name, values in arrays_of(choice).items():
                joined.setdefault(name, []).extend(values)
    return joined


@requirement("completions.stream.logprobs")
def test_a_stream_has_log_probabilities(logprobs_in_stream: Exchange, with_logprobs: Exchange) -> None:
    control = arrays_of(choices_of(with_logprobs)[0])
    premise(control.get("token_logprobs"), "a JSON completion has none either", see="completions.logprobs")
    found = streamed_arrays(logprobs_in_stream)
    premise(streamed_text(logprobs_in_stream), "the model returned no text")
    got = found or None
    expect(
        found.get("token_logprobs"), "the log probability of each token", got=got, where=WHERE, on=logprobs_in_stream
    )


def streamed_text(exchange: Exchange) -> str:
    """Return the text of a streamed text completion."""
    return "".join(text_of(choice) for chunk in chunks(exchange) for choice in chunk.choices)


def first_gap(tokens: Sequence[Any], offsets: Sequence[Any]) -> int | None:
    """Return the position of the first token that does not begin where the previous token ends; None if there is none.

    Tokens that are not plain ASCII text are skipped: some engines write them as bytes.
    """
    for place, (token, offset) in enumerate(zip(tokens, offsets, strict=False)):
        if place + 1 >= len(offsets) or not isinstance(token, str) or not isinstance(offset, int):
            continue
        plain = token.isascii() and token.isprintable() and not token.startswith(("bytes:", "<"))
        if plain and offsets[place + 1] != offset + len(token):
            return place + 1
    return None


@requirement("completions.logprobs.offsets")
def test_each_token_begins_where_the_last_one_ends(streamed_logprobs: Exchange, with_logprobs: Exchange) -> None:
    judged = 0
    whole = choices_of(with_logprobs)[0]
    streamed = streamed_arrays(streamed_logprobs) if accepts_stream(streamed_logprobs) else {}
    for exchange, text, arrays in (
        (with_logprobs, text_of(whole), arrays_of(whole)),
        (streamed_logprobs, streamed_text(streamed_logprobs) if streamed else "", streamed),
    ):
        tokens, offsets = arrays.get("tokens", []), arrays.get("text_offset", [])
        # Tokens that lost their leading space do not spell the text, so their lengths say nothing about offsets.
        spelled = "".join(map(str, tokens)).startswith(text)
        if len(tokens) != len(offsets) or len(tokens) < 2 or not spelled:
            continue
        judged += 1
        gap = first_gap(tokens, offsets)
        expect(
            gap is None,
            "each offset is the offset before it plus the length of the token before it",
            got=list(zip(tokens, offsets, strict=True)),
            where=f"{WHERE}/text_offset/{gap}",
            on=exchange,
        )
    premise(judged, "no completion has tokens that spell its text, with as many offsets", see="completions.logprobs")


def accepts_stream(exchange: Exchange) -> bool:
    """Return whether a request was answered with a stream of chunks."""
    try:
        return bool(chunks(exchange))
    except NotAnswered:
        return False
