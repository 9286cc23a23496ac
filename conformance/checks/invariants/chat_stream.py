"""Invariants (checks of every exchange) about the chunks of a chat stream: their content and their order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.invariants.chat_response import FINISH_REASONS
from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.checks.language import Phrase
from conformance.checks.schema import Breach, breaches, invalid, one_of_each_shape
from conformance.reply import Chunk
from conformance.reply.views import Stream, once
from conformance.wire import Fact
from conformance.wire.json_data import hashable

# Places that a requirement of its own looks at: the schema is about all others.
LOOKED_AT = re.compile(
    r"/(object|service_tier)"
    r"|/usage/(prompt|completion|total)_tokens"
    r"|/choices/\d+/(index|finish_reason|delta|delta/role)"
    r"|/choices/\d+/delta/tool_calls/\d+/(index|id|type|function/arguments)"
)


# More shapes of broken chunks than this are not looked into.
MAX_BROKEN_CHUNKS = 20


@once
def choices_of(stream: Stream) -> list[tuple[Chunk, int, dict[str, Any]]]:
    """Return each choice of each chunk, with its position in the chunk."""
    return [(chunk, place, choice) for chunk in stream.chunks for place, choice in enumerate(chunk.choices)]


@once
def deltas_of(stream: Stream) -> list[tuple[Chunk, int, int, dict[str, Any]]]:
    """Return each delta object with its chunk, its position in the chunk and its choice index.

    The result is empty if it is unclear which choice a delta belongs to.
    """
    found: list[tuple[Chunk, int, int, dict[str, Any]]] = []
    if stream.reading.reply.mixed_up:
        return found
    for chunk, place, choice in choices_of(stream):
        delta, index = choice.get("delta"), choice.get("index")
        if isinstance(delta, dict) and isinstance(index, int):
            found.append((chunk, place, index, delta))
    return found


# A stream has thousands of chunks and nearly all are right, so what looks at each says once that it held.


@once
def breaches_of(stream: Stream) -> list[tuple[Chunk, Breach]]:
    """Return the places where chunks violate the schema of a chunk.

    If several invalid chunks have the same structure, only the violations in the first of them are returned.
    """
    schema = "CreateChatCompletionStreamResponse"
    wrong = [stream.chunks[number] for number in invalid(schema, [chunk.data for chunk in stream.chunks])]
    chunks = [wrong[place] for place in one_of_each_shape([chunk.data for chunk in wrong], MAX_BROKEN_CHUNKS)]
    return [(chunk, breach) for chunk in chunks for breach in breaches(schema, chunk.data, LOOKED_AT)]


@invariant("chat.stream.chunk-schema", on=Stream)
def chunk_schema(stream: Stream) -> Iterator[Judgement]:
    if stream.chunks:
        yield OK
    replaced = Fact.TIMES in stream.exchange.lost
    for chunk, breach in breaches_of(stream):
        if not breach.null and not (replaced and breach.pointer == "/created"):
            yield broken(breach.expected, got=breach.got, where=f"event {chunk.number} {breach.pointer}")


@invariant("chat.stream.absent-not-null", on=Stream)
def absent_not_null(stream: Stream) -> Iterator[Judgement]:
    if stream.chunks:
        yield OK
    nulls: dict[int, list[str]] = {}
    for chunk, breach in breaches_of(stream):
        if breach.null:
            nulls.setdefault(chunk.number, []).append(breach.pointer)
    for number, pointers in nulls.items():
        where = f"event {number} {pointers[0]}"
        got = Phrase(f"null at {', '.join(pointers)}")
        yield broken("the field omitted, not null", got=got, where=where, cause="null for absent")


@invariant("chat.stream.object", on=Stream)
def object_name(stream: Stream) -> Iterator[Judgement]:
    if stream.chunks:
        yield OK
    for chunk in stream.chunks:
        value = chunk.data.get("object")
        if value != "chat.completion.chunk":
            yield broken("chat.completion.chunk", got=value, where=f"event {chunk.number} /object")


def stable(stream: Stream, name: str) -> Iterator[Judgement]:
    """Judge whether a field has the same value in every chunk."""
    if not stream.chunks:
        return
    yield OK
    values = [chunk.data.get(name) for chunk in stream.chunks]
    first = values[0]
    if values.count(first) == len(values):
        return
    for chunk in stream.chunks:
        value = chunk.data.get(name)
        if value != first:
            yield broken(f"{json.dumps(first)} as in event 0", got=value, where=f"event {chunk.number} /{name}")


@invariant("chat.stream.id-stable", on=Stream, needs={Fact.IDS})
def id_stable(stream: Stream) -> Iterator[Judgement]:
    yield from stable(stream, "id")


@invariant("chat.stream.created-stable", on=Stream, needs={Fact.TIMES})
def created_stable(stream: Stream) -> Iterator[Judgement]:
    yield from stable(stream, "created")


@invariant("chat.stream.model-stable", on=Stream)
def model_stable(stream: Stream) -> Iterator[Judgement]:
    yield from stable(stream, "model")


@invariant("chat.stream.index", on=Stream, needs={Fact.REQUEST})
def index(stream: Stream) -> Iterator[Judgement]:
    asked = stream.asked.get("n")
    below = asked if isinstance(asked, int) and asked > 0 else 1
    if choices_of(stream):
        yield OK
    for chunk, place, choice in choices_of(stream):
        value = choice.get("index")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < below:
            where = f"event {chunk.number} /choices/{place}/index"
            yield broken(f"an index from 0 to {below - 1}", got=value, where=where)


@invariant("chat.stream.delta", on=Stream)
def delta(stream: Stream) -> Iterator[Judgement]:
    if choices_of(stream):
        yield OK
    for chunk, place, choice in choices_of(stream):
        value = choice.get("delta")
        if not isinstance(value, dict):
            yield broken("a delta object", got=value, where=f"event {chunk.number} /choices/{place}/delta")


@invariant("chat.stream.no-message", on=Stream)
def no_message(stream: Stream) -> Iterator[Judgement]:
    # A message in place of the delta is chat.stream.delta's matter.
    if any(isinstance(choice.get("delta"), dict) for _, _, choice in choices_of(stream)):
        yield OK
    for chunk, place, choice in choices_of(stream):
        if (message := choice.get("message")) and isinstance(choice.get("delta"), dict):
            yield broken("a delta and no message", got=message, where=f"event {chunk.number} /choices/{place}/message")


@invariant("chat.stream.role-first", on=Stream)
def role_first(stream: Stream) -> Iterator[Judgement]:
    met: set[int] = set()
    waiting: dict[int, str] = {}
    for chunk, place, number, delta in deltas_of(stream):
        if number in met:
            continue
        role = delta.get("role")
        where = f"event {chunk.number} /choices/{place}/delta/role"
        if role is None and not any(delta.values()):
            waiting.setdefault(number, where)  # a delta that adds nothing may stand before it
            continue
        met.add(number)
        yield OK if role == "assistant" else broken("assistant", got=role, where=where)
    for number, where in waiting.items():
        if number not in met:
            yield broken("assistant", got=None, where=where)


@invariant("chat.stream.role-once", on=Stream)
def role_once(stream: Stream) -> Iterator[Judgement]:
    said: set[int] = set()
    for chunk, place, number, delta in deltas_of(stream):
        role = delta.get("role")
        if role:
            where = f"event {chunk.number} /choices/{place}/delta/role"
            again = number in said
            said.add(number)
            yield broken("the role once", got=role, where=where) if again else OK
        elif role == "" and number in said:
            where = f"event {chunk.number} /choices/{place}/delta/role"
            yield broken("no role after the first delta", got="", where=where)


@invariant("chat.stream.finish-once", on=Stream)
def finish_once(stream: Stream) -> Iterator[Judgement]:
    if stream.reading.reply.mixed_up:
        return
    reasons: dict[int, list[Any]] = {}
    places: dict[int, int] = {}
    for chunk, place, choice in choices_of(stream):
        number = choice.get("index")
        number = number if isinstance(number, int) else place
        places[number] = chunk.number
        found = reasons.setdefault(number, [])
        if choice.get("finish_reason") is not None:
            found.append(choice["finish_reason"])
    for number, found in reasons.items():
        good = len(found) == 1 and isinstance(found[0], str) and found[0] in FINISH_REASONS
        yield (
            OK
            if good
            else broken(
                "exactly one finish_reason: stop, length, tool_calls, content_filter or function_call",
                got=found,
                where=f"event {places[number]} /choices (index {number})",
                cause="finish_reason in a stream",
            )
        )


@invariant("chat.stream.finish-null", on=Stream)
def finish_null(stream: Stream) -> Iterator[Judgement]:
    if choices_of(stream):
        yield OK
    for chunk, place, choice in choices_of(stream):
        if "finish_reason" not in choice:
            where = f"event {chunk.number} /choices/{place}"
            yield broken("the field finish_reason, null or a reason", got=sorted(choice), where=where)


@invariant("chat.stream.finish-last", on=Stream)
def finish_last(stream: Stream) -> Iterator[Judgement]:
    finished: set[Any] = set()
    if choices_of(stream):
        yield OK
    for chunk, place, choice in choices_of(stream):
        delta = choice.get("delta")
        if finished and isinstance(delta, dict) and hashable(choice.get("index")) in finished:
            fresh = {name: delta[name] for name in ("content", "tool_calls", "refusal") if delta.get(name)}
            if fresh:
                where = f"event {chunk.number} /choices/{place}/delta"
                yield broken("nothing after the finish reason", got=fresh, where=where)
        if choice.get("finish_reason"):  # "" ends nothing: it is no known reason, which is finish-once's matter
            finished.add(hashable(choice.get("index")))


@invariant("chat.stream.finish-empty", on=Stream)
def finish_empty(stream: Stream) -> Iterator[Judgement]:
    for chunk, place, choice in choices_of(stream):
        if not choice.get("finish_reason"):
            continue
        delta = choice.get("delta")
        if isinstance(delta, dict) and len(stream.chunks) > 1:
            carried = {name: delta[name] for name in ("content", "tool_calls") if delta.get(name)}
            where = f"event {chunk.number} /choices/{place}/delta"
            yield (
                OK
                if not carried
                else broken("an empty delta in the chunk with finish_reason", got=carried, where=where)
            )
