"""Invariants of token usage in JSON responses and streams: the counts are integers, and their sum is correct."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.checks.language import Phrase, shown
from conformance.reply import Chunk
from conformance.reply.views import ChatAnswer, Completion, Stream, View, once
from conformance.wire import Fact

COUNTS = ("prompt_tokens", "completion_tokens", "total_tokens")


MARKS = 16
"""Tokens that a server may count although they are not in the text, such as the marks at its end."""
MORE_THAN_THE_TEXT = frozenset({
    "logit_bias", "reasoning_effort", "reasoning", "thinking", "enable_thinking", "include_reasoning", "reasoning_format",
    "chat_template_kwargs", "ignore_eos", "min_tokens", "best_of", "use_beam_search",
})  # fmt: skip
"""Parameters with which a server may generate tokens that are not in the text: thoughts, discarded texts or control tokens."""
TEXT_MEMBERS = frozenset({"role", "content", "annotations"})


def is_count(value: Any) -> bool:
    """Whether a value is a non-negative integer."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def adds_up(usage: dict[str, Any], where: str) -> Judgement:
    """Judge whether `total_tokens` is the sum of `prompt_tokens` and `completion_tokens`.

    All three token counts must be integers.
    """
    prompt, completion, total = (usage[name] for name in COUNTS)
    if total == prompt + completion:
        return OK
    return broken(f"total_tokens {prompt} + {completion} = {prompt + completion}", got=total, where=where)


@invariant("chat.usage.present", on=Completion)
def present(completion: Completion) -> Iterator[Judgement]:
    if completion.choices:
        usage = completion.body.get("usage")
        yield OK if isinstance(usage, dict) else broken("a usage object", got=usage, where="/usage")


@once
def with_usage(answer: View) -> list[Chunk]:
    """Return the chunks of a stream that have a `usage` which is neither null nor empty."""
    return [chunk for chunk in answer.reading.chunks if chunk.data.get("usage")]


def usage_of(answer: ChatAnswer) -> tuple[str, dict[str, Any]] | None:
    """Return the `usage` object of a response with its location, or None if there is none.

    In a stream, the last `usage` object counts, because clients keep the last `usage` object that they receive.
    """
    if answer.exchange.failure or answer.exchange.stopped:
        return None
    if answer.reading.is_sse:
        placed = [(f"event {chunk.number} /usage", chunk.data["usage"]) for chunk in reversed(with_usage(answer))]
    else:
        placed = list(answer.values_of("usage"))
    return next(((where, usage) for where, usage in placed if isinstance(usage, dict) and usage), None)


@invariant("chat.usage.counts", on=ChatAnswer)
def counts(answer: ChatAnswer) -> Iterator[Judgement]:
    found = usage_of(answer)
    if found is None:
        return
    where, usage = found
    for name in COUNTS:
        value = usage.get(name)
        yield OK if is_count(value) else broken("a non-negative integer", got=value, where=f"{where}/{name}")
    if usage.get("prompt_tokens") == 0:
        yield broken("at least one prompt token", got=0, where=f"{where}/prompt_tokens")


@invariant("embeddings.usage.counts", on=View)
def embeddings_counts(view: View) -> Iterator[Judgement]:
    exchange = view.exchange
    if exchange.status != 200 or view.reading.operation != "embeddings" or view.reading.faulty:
        return
    usage = (view.reading.body or {}).get("usage")
    if Fact.BODY in exchange.lost or not isinstance(usage, dict) or not view.asked.get("input"):
        return
    for name in ("prompt_tokens", "total_tokens"):
        value = usage.get(name)
        yield OK if is_count(value) and value else broken("at least one token", got=value, where=f"/usage/{name}")


@invariant("chat.usage.completion-counted", on=ChatAnswer)
def completion_counted(answer: ChatAnswer) -> Iterator[Judgement]:
    found = usage_of(answer)
    text = next((choice.text for choice in answer.choices if choice.text.strip()), "")
    if found is None or not text or any(choice.finish_reason == "content_filter" for choice in answer.choices):
        return  # text that a filter inserted is not generated
    where, usage = found
    count = usage.get("completion_tokens")
    if is_count(count):
        good = count != 0
        yield (
            OK
            if good
            else broken(f"tokens of the text {shown(text, 60)}", got=count, where=f"{where}/completion_tokens")
        )


@invariant("chat.usage.completion-bounded", on=Completion)
def completion_bounded(completion: Completion) -> Iterator[Judgement]:
    usage = completion.body.get("usage")
    count: Any = usage.get("completion_tokens") if isinstance(usage, dict) else None
    if not is_count(count) or len(completion.choices) != 1 or MORE_THAN_THE_TEXT & completion.asked.keys():
        return
    text = _only_text(completion.choices[0], usage)
    if text is None:
        return  # what a limit cut off, a call or a thought has tokens that the text does not show
    # A byte has at most one token. A server may count marks that end the text, and a stop sequence that it removed.
    stop = completion.asked.get("stop") or ""
    removed = max(map(_bytes, stop), default=0) if isinstance(stop, list) else _bytes(stop)
    size = _bytes(text)
    most = size + removed + MARKS
    yield (
        OK
        if count <= most
        else broken(f"at most {most} tokens for a text of {size} bytes", got=count, where="/usage/completion_tokens")
    )


def _bytes(text: Any) -> int:
    return len(text.encode("utf-8", "replace")) if isinstance(text, str) else 0


def _only_text(choice: Any, usage: Any) -> str | None:
    """Return the text of a finished choice, or None if it has, or counts, other output: tool calls, reasoning or audio."""
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict) or choice.get("finish_reason") != "stop":
        return None
    details = usage.get("completion_tokens_details")
    counted = isinstance(details, dict) and any(details.values())
    others = {name for name, value in message.items() if value} - TEXT_MEMBERS
    content = message.get("content")
    return content if isinstance(content, str) and not others and not counted else None


@invariant("chat.usage.sum", on=Completion)
def sum_(completion: Completion) -> Iterator[Judgement]:
    usage = completion.body.get("usage")
    if isinstance(usage, dict) and all(is_count(usage.get(name)) for name in COUNTS):
        yield adds_up(usage, "/usage/total_tokens")


@invariant("chat.usage.details", on=ChatAnswer)
def details(answer: ChatAnswer) -> Iterator[Judgement]:
    found = usage_of(answer)
    if found is None:
        return
    place, usage = found
    for whole, group, part in (
        ("prompt_tokens", "prompt_tokens_details", "cached_tokens"),
        ("completion_tokens", "completion_tokens_details", "reasoning_tokens"),
    ):
        detail = usage.get(group)
        value = detail.get(part) if isinstance(detail, dict) else None
        total = usage.get(whole)
        if isinstance(value, int) and isinstance(total, int) and is_count(value) and is_count(total):
            good = value <= total
            yield OK if good else broken(f"at most {total}", got=value, where=f"{place}/{group}/{part}")


@invariant("chat.stream.usage-chunk", on=Stream, needs={Fact.REQUEST})
def usage_chunk(stream: Stream) -> Iterator[Judgement]:
    if not stream.usage_asked:
        return
    found = with_usage(stream)
    if len(found) == 1:
        yield OK
        return
    if not found and not any(choice.get("finish_reason") for chunk in stream.chunks for choice in chunk.choices):
        return  # the stream was cut before its end: see chat.stream.finish-once and chat.stream.done
    yield broken(
        "usage in exactly one chunk",
        got=Phrase(f"usage in {len(found)} chunks"),
        where=f"event {found[-1].number if found else len(stream.events) - 1}",
        cause="no usage in a stream" if not found else "usage in several chunks",
    )


@invariant("chat.stream.usage-null", on=Stream, needs={Fact.REQUEST})
def usage_null(stream: Stream) -> Iterator[Judgement]:
    if not stream.usage_asked:
        return
    if any(chunk.data.get("choices") for chunk in stream.chunks):
        yield OK
    for chunk in with_usage(stream):
        if chunk.data.get("choices"):
            got = chunk.data["usage"]
            yield broken("usage only in a chunk with choices []", got=got, where=f"event {chunk.number} /usage")


@invariant("chat.stream.usage-unasked", on=Stream, needs={Fact.REQUEST})
def usage_unasked(stream: Stream) -> Iterator[Judgement]:
    if stream.usage_asked:
        return
    if stream.chunks:
        yield OK
    for chunk in stream.chunks:
        if "usage" in chunk.data and chunk.data.get("choices") == []:
            yield broken("no usage chunk", got=chunk.data, where=f"event {chunk.number}")


@invariant("chat.stream.usage-sum", on=Stream)
def stream_sum(stream: Stream) -> Iterator[Judgement]:
    for chunk in with_usage(stream):
        usage = chunk.data["usage"]
        if isinstance(usage, dict) and all(is_count(usage.get(name)) for name in COUNTS):
            yield adds_up(usage, f"event {chunk.number} /usage/total_tokens")
