"""Text completions: their form, their token limit, their usage, stop sequences and prompts of token ids."""

from __future__ import annotations

from typing import Any

from conformance.checks import Broken, expect, premise, probe, requirement
from conformance.checks.bodies import json_of
from conformance.checks.language import answer, shown
from conformance.checks.refusal import BUSY
from conformance.checks.schema import breaches
from conformance.engine.clients import Http
from conformance.reply import NotAnswered, refuses_the_body
from conformance.verdict import Finding
from conformance.wire import Exchange

COUNT = "Count from 1 to 10: 1, 2, 3,"
OTHER = "The capital of France is"
LIMIT = 12
ENDS = (".", "!", "?", "10")
"""Endings of a complete response to that prompt."""
UNKNOWN = "conformance-no-such-model"


async def complete(http: Http, after: Exchange | None = None, prompt: Any = COUNT, /, **params: Any) -> Exchange:
    """Request a text completion of at most twelve tokens at temperature 0.

    Raises `NotAnswered` if the earlier plain request `after` was rejected: the target then lacks the operation, and no
    request is sent.
    """
    if after is not None:
        choices_of(after)
    body = {"model": http.target.model, "prompt": prompt, "max_tokens": LIMIT, "temperature": 0} | params
    headers = {"accept": "text/event-stream"} if params.get("stream") else {}
    return await http("POST", "completions", body, headers=headers)


def choices_of(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the choices of a text completion. Raises `NotAnswered` if the text completion has no choices."""
    data = json_of(exchange)
    choices = data.get("choices") if isinstance(data, dict) else None
    found = [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []
    if not found:
        raise NotAnswered(exchange, "the completion has no choices")
    return found


def text_of(choice: dict[str, Any]) -> str:
    """Return the text of a choice; "" if it has none."""
    text = choice.get("text")
    return text if isinstance(text, str) else ""


def usage_of(exchange: Exchange) -> dict[str, Any]:
    """Return the `usage` object of a text completion; {} if it has none."""
    usage = json_of(exchange).get("usage")
    return usage if isinstance(usage, dict) else {}


@probe
async def completed(http: Http) -> Exchange:
    """Request a text completion. The prompt is a sequence of numbers that the model should continue."""
    return await complete(http)


@requirement("completions.schema")
def test_a_completion_has_the_documented_shape(completed: Exchange) -> None:
    found = [b for b in breaches("CreateCompletionResponse", json_of(completed)) if not b.null]
    # A finish reason or a usage that is missing is a requirement of its own.
    found = [b for b in found if "finish_reason" not in f"{b.pointer}{b.got}" and "/usage" not in b.pointer]
    if found:
        raise Broken([Finding(b.expected, shown(b.got), b.pointer, completed.id) for b in found])


@requirement("completions.max-tokens")
def test_max_tokens_bounds_a_completion(completed: Exchange) -> None:
    choices_of(completed)
    count = usage_of(completed).get("completion_tokens")
    premise(isinstance(count, int), "the target does not count completion tokens")
    expect(
        isinstance(count, int) and count <= LIMIT,
        f"at most {LIMIT} tokens",
        got=count,
        where="/usage/completion_tokens",
        on=completed,
    )


@requirement("completions.finish-reason")
def test_a_cut_completion_says_length(completed: Exchange) -> None:
    reason = choices_of(completed)[0].get("finish_reason")
    count = usage_of(completed).get("completion_tokens")
    cut = isinstance(count, int) and count >= LIMIT
    where = "/choices/0/finish_reason"
    expect(
        reason in ("stop", "length", "content_filter"), "a known finish_reason", got=reason, where=where, on=completed
    )
    # Some count the end token, so a text may end by itself with the last token that was allowed.
    whole = text_of(choices_of(completed)[0]).rstrip().endswith(ENDS) and count in (LIMIT, LIMIT + 1)
    premise(reason == "length" or not whole, "the model may have stopped by itself at the last token")
    premise(cut or reason == "length", f"the model may have stopped by itself (completion_tokens: {count})")
    ignored = isinstance(count, int) and count > LIMIT + 1
    premise(reason == "length" or not ignored, f"the limit is ignored ({count} tokens)", see="completions.max-tokens")
    expect(reason == "length", "length", got=reason, where=where, on=completed)


@requirement("completions.usage")
def test_the_usage_adds_up(completed: Exchange) -> None:
    silent = not any(map(text_of, choices_of(completed)))
    usage = usage_of(completed)
    # The live API leaves `completion_tokens` out where nothing was generated.
    counts = {"completion_tokens": 0, **usage} if silent else usage
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    prompt, completion, total = parts = [value if isinstance(value := counts.get(name), int) else -1 for name in names]
    good = min(parts) >= 0 and prompt > 0 and prompt + completion == total
    expect(good, "prompt and completion tokens, and their sum", got=usage or None, where="/usage", on=completed)


@probe
async def token_prompt(http: Http, completed: Exchange) -> Exchange:
    """Send a prompt that consists of five token ids, which are so low that every model has them.

    The request also asks for log probabilities with zero alternatives, unless the target rejects them.
    """
    tokens = [300, 301, 302, 303, 304]
    reply = await complete(http, completed, tokens, max_tokens=4, logprobs=0)
    return await complete(http, completed, tokens, max_tokens=4) if refuses_the_body(reply.status) else reply


@requirement("completions.prompt-tokens", acceptance=True)
def test_a_prompt_may_be_tokens(completed: Exchange, token_prompt: Exchange) -> None:
    choices_of(completed)
    if token_prompt.status is None or token_prompt.status in BUSY:
        raise NotAnswered(token_prompt, "no answer")
    expect(token_prompt.status == 200, "token ids accepted", got=answer(token_prompt), where="status", on=token_prompt)
    count = usage_of(token_prompt).get("prompt_tokens")
    # Some engines add a token that begins every text.
    good = not isinstance(count, int) or 5 <= count <= 7
    expect(good, "five prompt tokens", got=count, where="/usage/prompt_tokens", on=token_prompt)


@probe
async def completed_to_a_stop(http: Http, completed: Exchange) -> tuple[Exchange, str]:
    """Send the same prompt again, with a word of the earlier completion as the stop sequence."""
    free = text_of(choices_of(completed)[0])
    word = next((word for word in free.split()[2:] if free.find(word) > 0 and word not in free.split()[0]), "5")
    return await complete(http, completed, stop=[word]), word


@requirement("completions.stop")
def test_a_stop_sequence_ends_a_completion(completed: Exchange, completed_to_a_stop: tuple[Exchange, str]) -> None:
    stopped, word = completed_to_a_stop
    free, text = text_of(choices_of(completed)[0]), text_of(choices_of(stopped)[0])
    premise(word in free, f"the response without `stop` lacks {word!r}")
    expect(word not in text, f"text without {word!r}", got=text, where="/choices/0/text", on=stopped)


@probe
async def completed_by_nobody(http: Http, completed: Exchange) -> Exchange:
    """Request a text completion from a model that does not exist.

    Raises `NotAnswered` if the target lacks the text completion operation.
    """
    return await complete(http, completed, model=UNKNOWN)


@requirement("completions.unknown-model")
def test_an_unknown_model_does_not_complete(completed_by_nobody: Exchange) -> None:
    exchange = completed_by_nobody
    if exchange.status in BUSY:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    expect(exchange.status == 404, "404", got=answer(exchange), where="status", on=exchange)
