"""Streamed text completions: all chunks have one id, the stream ends once, and the text equals the JSON completion."""

from __future__ import annotations

from typing import Any

from conformance.checks import expect, premise, probe, requirement
from conformance.engine.clients import Http
from conformance.reply import NotAnswered, refuses_the_body
from conformance.reply.stream import Chunk, chunks_of, is_done
from conformance.wire import Exchange

from ..chat.test_stop import comes_to
from .test_completions import choices_of, complete, text_of


@probe
async def completed_in_stream(http: Http, completed: Exchange) -> Exchange:
    """Send the text completion request of another probe as a stream, with log probabilities and `usage`.

    If the target rejects the log probabilities or `usage` in a stream, they are left out.
    """
    ask: dict[str, Any] = {"stream": True}
    usage = ask | {"stream_options": {"include_usage": True}}
    exchange = await complete(http, completed, **usage, logprobs=1)
    if refuses_the_body(exchange.status):
        exchange = await complete(http, completed, **usage)
    return await complete(http, completed, **ask) if refuses_the_body(exchange.status) else exchange


@probe
async def completed_whole(completed: Exchange) -> Exchange:
    """Send the text completion request of another probe without streaming."""
    return completed


def chunks(exchange: Exchange) -> tuple[Chunk, ...]:
    """Return the chunks of a streamed text completion. Raises `NotAnswered` if the response is not a stream."""
    if exchange.status != 200 or exchange.failure is not None:
        raise NotAnswered(exchange, f"the target answered {exchange.status}")
    found = chunks_of(exchange)
    if not exchange.is_sse or not found:
        raise NotAnswered(exchange, "the response is not a stream")
    return found


@requirement("completions.stream.done")
def test_the_stream_ends_with_done(completed_in_stream: Exchange, completed_whole: Exchange) -> None:
    choices_of(completed_whole)
    exchange = completed_in_stream
    if exchange.status == 200 and exchange.failure is None:
        got = exchange.header("content-type")
        expect(exchange.is_sse, "text/event-stream", got=got, where="content-type", on=exchange)
    numbers = {chunk.number for chunk in chunks(exchange)}
    last = len(exchange.events) - 1
    for number, event in enumerate(exchange.events[:-1]):
        good = number in numbers and not is_done(event)
        expect(good, "one JSON object before the end", got=event.data, where=f"event {number}", on=exchange)
    got = exchange.events[-1].data
    expect(is_done(exchange.events[-1]), "data: [DONE]", got=got, where=f"event {last}", on=exchange)


@requirement("completions.stream.id-stable")
def test_all_chunks_have_one_id(completed_in_stream: Exchange) -> None:
    found = chunks(completed_in_stream)
    first = found[0].data.get("id")
    premise(first, "the chunks have no id")
    for chunk in found:
        name, where = chunk.data.get("id"), f"event {chunk.number} /id"
        expect(name == first, f"{first!r} as in the first chunk", got=name, where=where, on=completed_in_stream)


def streamed_choices(exchange: Exchange) -> list[dict[str, Any]]:
    """Return the first choice of every chunk; chunks without choices are skipped."""
    return [choice for chunk in chunks(exchange) for choice in chunk.choices if choice.get("index") in (0, None)]


@requirement("completions.stream.finish-once")
def test_a_streamed_choice_ends_once(completed_in_stream: Exchange) -> None:
    reasons = [choice.get("finish_reason") for choice in streamed_choices(completed_in_stream)]
    found = [reason for reason in reasons if reason is not None]
    good = len(found) == 1 and found[0] in ("stop", "length", "content_filter")
    where = "/choices/0/finish_reason"
    expect(good, "one of stop, length, content_filter", got=found, where=where, on=completed_in_stream)


@requirement("completions.stream.equals-json")
def test_the_streamed_text_is_the_text(completed_in_stream: Exchange, completed_whole: Exchange) -> None:
    whole = text_of(choices_of(completed_whole)[0])
    streamed = "".join(text_of(choice) for choice in streamed_choices(completed_in_stream))
    # Engines may compute the same prompt a second time with other roundings: what parts ways early is another answer.
    premise(whole[:4] == streamed[:4] or not streamed, "the two responses begin differently")
    ended = [choice.get("finish_reason") for choice in streamed_choices(completed_in_stream)][-1:]
    premise(streamed or ended != ["stop"], "the second response ended before its first token")
    # With other roundings the end may come earlier, too, and some servers draw it.
    reasons = [choices_of(completed_whole)[0].get("finish_reason"), *ended]
    shorter = reasons[0] if len(whole) < len(streamed) else reasons[-1]
    premise(whole == streamed or shorter != "stop", "the model may have stopped the shorter response by itself")
    expect(
        whole == streamed or not (whole.startswith(streamed) or streamed.startswith(whole)),
        f"the text of the JSON response, {whole!r}",
        got=streamed,
        where="/choices/0/text",
        on=completed_in_stream,
    )
    premise(whole == streamed, "the two responses differ in wording")


@probe
async def stopped_in_stream(http: Http, completed: Exchange) -> tuple[Exchange, str]:
    """Request the text completion as a stream; the stop sequence is a part of the JSON completion."""
    text = text_of(choices_of(completed)[0])
    middle = len(text) // 2
    sequence = text[middle : middle + 6] if len(text) >= 16 else "5, 6"
    return await complete(http, completed, stream=True, stop=[sequence]), sequence


@requirement("completions.stream.stop")
def test_no_part_of_the_stop_sequence_is_streamed(
    stopped_in_stream: tuple[Exchange, str], completed_whole: Exchange
) -> None:
    exchange, sequence = stopped_in_stream
    whole = text_of(choices_of(completed_whole)[0])
    streamed = "".join(text_of(choice) for choice in streamed_choices(exchange))
    place = whole.find(sequence)
    premise(place > 0, f"the response without `stop` lacks {sequence!r}")
    premise(comes_to(streamed, whole[:place], sequence), "the two responses differ")
    expected = f"{whole[:place]!r}, the text before the stop sequence"
    expect(len(streamed) <= place, expected, got=streamed, where="/choices/0/text", on=exchange)


@requirement("completions.stream.usage")
def test_the_usage_comes_in_a_chunk_of_its_own(completed_in_stream: Exchange) -> None:
    exchange = completed_in_stream
    found = chunks(exchange)
    asked = exchange.request.json
    premise(isinstance(asked, dict) and "stream_options" in asked, "`include_usage` is rejected")
    last = found[-1]
    usage = last.data.get("usage")
    good = last.data.get("choices") == [] and isinstance(usage, dict) and isinstance(usage.get("total_tokens"), int)
    expect(good, "usage and no choices in the last chunk", got=last.data, where=f"event {last.number}", on=exchange)
