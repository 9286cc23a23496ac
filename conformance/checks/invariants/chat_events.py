"""Invariants of the server-sent events in a chat stream: media type, JSON, event names, `[DONE]`, no errors."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.reply.stream import DONE
from conformance.reply.views import AnyChatAnswer, ChatAnswer, Stream, once
from conformance.wire import Fact


@once
def ends_of(stream: Stream) -> list[int]:
    """Return the indices of the `[DONE]` events in a stream."""
    return [number for number, event in enumerate(stream.events) if event.data.startswith(DONE)]


@invariant("chat.stream.media-type", on=ChatAnswer, needs={Fact.REQUEST})
def media_type(answer: ChatAnswer) -> Iterator[Judgement]:
    exchange = answer.exchange
    if answer.asked.get("stream") is not True or exchange.failure or not exchange.knows("content-type"):
        return
    if answer.reading.body is not None and answer.reading.body.get("error"):
        return  # an error in disguise is chat.error-in-success
    yield (
        OK
        if exchange.is_sse
        else broken("text/event-stream", got=exchange.header("content-type"), where="content-type")
    )


# As `chat.error-in-success`, also of a request that was wrong on purpose: a rejection that clients take for an answer.
@invariant("chat.stream.no-error", on=AnyChatAnswer)
def no_error(answer: AnyChatAnswer) -> Iterator[Judgement]:
    if not answer.exchange.is_sse or answer.exchange.failure:
        return
    if answer.reading.chunks:
        yield OK
    for chunk in answer.reading.reply.errors:
        yield broken("a chunk without an error", got=chunk.data["error"], where=f"event {chunk.number} /error")


@invariant("chat.stream.json", on=Stream)
def data_is_json(stream: Stream) -> Iterator[Judgement]:
    before_done = stream.events[: ends_of(stream)[0]] if ends_of(stream) else stream.events
    if before_done:
        yield OK
    numbers = {chunk.number for chunk in stream.chunks}
    for number, event in enumerate(before_done):
        if number not in numbers or not event.complete:
            yield broken("one JSON object, or [DONE]", got=event.data, where=f"event {number}")


@invariant("chat.stream.done", on=Stream)
def done(stream: Stream) -> Iterator[Judgement]:
    ends = ends_of(stream)
    last = len(stream.events) - 1
    if ends == [last] and stream.events[last].data == DONE:
        yield OK
    else:
        got = stream.events[-1].data[:200] if stream.events else "no event"
        yield broken("data: [DONE] once, as the last event", got=got, where=f"event {last}", cause="[DONE]")


@invariant("chat.stream.data-only", on=Stream)
def data_only(stream: Stream) -> Iterator[Judgement]:
    if stream.events:
        yield OK
    for number, event in enumerate(stream.events):
        if event.event is not None:
            yield broken("no event name", got=event.event, where=f"event {number}")
