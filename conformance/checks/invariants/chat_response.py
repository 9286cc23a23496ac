"""Invariants (checks of every exchange) about chat completions that are not streamed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.checks.language import Phrase
from conformance.checks.language import answer as in_short
from conformance.checks.schema import Breach, breaches
from conformance.reply.views import AnyChatAnswer, ChatAnswer, Completion, once
from conformance.wire import Fact

FINISH_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})

# The last two are newer than the document: openai-python 3.57, ChatCompletion and Response.
SERVICE_TIERS = ("auto", "default", "flex", "scale", "priority", "fast", "ultrafast")

# Places that a requirement of its own looks at: the schema is about all others.
LOOKED_AT = re.compile(
    r"/(object|id|created|model|usage|choices|service_tier)"
    r"|/usage/(prompt|completion|total)_tokens"
    r"|/choices/\d+/(index|finish_reason|message/role)"
    r"|/choices/\d+/message/tool_calls/\d+/(id|type|function/arguments)"
    r"|/choices/\d+/message/function_call/arguments"
)

# 2020-01-01 and 2100-01-01: outside of these, `created` is not in seconds.
EPOCH = range(1_577_836_800, 4_102_444_800)


@once
def breaches_of(completion: Completion) -> list[Breach]:
    """Return the schema violations in a chat completion, except in fields that other requirements judge."""
    return list(breaches("CreateChatCompletionResponse", completion.body, LOOKED_AT))


@invariant("chat.response.schema", on=Completion)
def schema(completion: Completion) -> Iterator[Judgement]:
    if "choices" not in completion.body and completion.body.get("error"):
        return  # an error in disguise is its own requirement
    yield OK
    for breach in breaches_of(completion):
        if not breach.null:
            yield broken(breach.expected, got=breach.got, where=breach.pointer)


@invariant("chat.response.absent-not-null", on=Completion)
def absent_not_null(completion: Completion) -> Iterator[Judgement]:
    nulls = [breach for breach in breaches_of(completion) if breach.null]
    if nulls:
        places = ", ".join(breach.pointer for breach in nulls)
        yield broken(
            "the field omitted, not null",
            got=Phrase(f"null at {places}"),
            where=nulls[0].pointer,
            cause="null for absent",
        )
    elif completion.choices:
        yield OK


@invariant("chat.error-in-success", on=AnyChatAnswer)
def error_in_success(answer: AnyChatAnswer) -> Iterator[Judgement]:
    completion = Completion.whole(answer.reading)
    if completion is None:
        return
    disguised = bool(completion.body.get("error")) or (not completion.choices and not answer.reading.faulty)
    yield (
        OK
        if not disguised
        else broken(
            "a completion with choices",
            got=in_short(answer.exchange),
            where="/choices",
            cause="no completion in a 200",
        )
    )


@invariant("chat.response.object", on=Completion)
def object_name(completion: Completion) -> Iterator[Judgement]:
    value = completion.body.get("object")
    if completion.choices:
        yield OK if value == "chat.completion" else broken("chat.completion", got=value, where="/object")


def heads(answer: ChatAnswer, name: str, kind: type) -> Iterator[tuple[Any, str]]:
    """Yield the value of a top-level field with its location.

    If the response is a stream, the field's value is taken from the first chunk that has choices. If a field in a chunk
    has a wrong type, the requirement chat.stream.chunk-schema fails. Fields that change between chunks are judged by
    other requirements.
    """
    completion = Completion.of(answer.reading)
    if completion is not None:
        if completion.choices:
            yield completion.body.get(name), f"/{name}"
    elif answer.reading.is_stream:
        first = next((chunk for chunk in answer.reading.chunks if chunk.choices), None)
        value = first.data.get(name) if first is not None else None
        if first is not None and isinstance(value, kind) and not isinstance(value, bool):
            yield value, f"event {first.number} /{name}"


@invariant("chat.response.id", on=ChatAnswer)
def id_(answer: ChatAnswer) -> Iterator[Judgement]:
    for value, where in heads(answer, "id", str):
        yield OK if isinstance(value, str) and value else broken("a non-empty string", got=value, where=where)


@invariant("chat.response.created", on=ChatAnswer, needs={Fact.TIMES})
def created(answer: ChatAnswer) -> Iterator[Judgement]:
    for value, where in heads(answer, "created", int):
        good = isinstance(value, int) and not isinstance(value, bool) and value in EPOCH
        yield OK if good else broken("whole seconds since 1970", got=value, where=where)


@invariant("chat.response.model", on=ChatAnswer)
def model(answer: ChatAnswer) -> Iterator[Judgement]:
    for value, where in heads(answer, "model", str):
        yield OK if isinstance(value, str) and value else broken("the model's name", got=value, where=where)


@invariant("chat.response.service-tier", on=ChatAnswer, needs={Fact.VALUES})
def service_tier(answer: ChatAnswer) -> Iterator[Judgement]:
    for where, value in answer.values_of("service_tier"):
        good = isinstance(value, str) and value in SERVICE_TIERS
        yield OK if good else broken(f"one of {', '.join(SERVICE_TIERS)}", got=value, where=where)


@invariant("chat.choices.index", on=Completion)
def index(completion: Completion) -> Iterator[Judgement]:
    if completion.choices:
        found = [choice.get("index") for choice in completion.choices]
        wanted = list(range(len(found)))
        yield (
            OK if found == wanted else broken(f"indexes {wanted}", got=found, where="/choices", cause="choice index")
        )


@invariant("chat.message.role", on=Completion)
def role(completion: Completion) -> Iterator[Judgement]:
    for place, message in completion.messages:
        value = message.get("role")
        yield OK if value == "assistant" else broken("assistant", got=value, where=f"/choices/{place}/message/role")


@invariant("chat.finish-reason.enum", on=Completion)
def finish_reason(completion: Completion) -> Iterator[Judgement]:
    for place, choice in enumerate(completion.choices):
        value = choice.get("finish_reason")
        good = isinstance(value, str) and value in FINISH_REASONS
        yield (
            OK
            if good
            else broken(
                "stop, length, tool_calls, content_filter or function_call",
                got=value,
                where=f"/choices/{place}/finish_reason",
            )
        )
