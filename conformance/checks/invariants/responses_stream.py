"""Invariants of streams of the Responses API; `conformance.checks.response_grammar` checks the order of events."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

from conformance.checks.invariants.responses_object import LOGPROBS, MAX_BROKEN_ITEMS, breaches_of_item, newer
from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.checks.response_grammar import Grammar
from conformance.checks.response_parts import StreamFault, StreamRule
from conformance.checks.schema import Breach, breaches, invalid, one_of_each_shape
from conformance.contract import load_document, load_schemas
from conformance.reply import Chunk
from conformance.reply.response_views import ResponseAnswer, ResponseStream, kind_of
from conformance.reply.responses import TERMINAL, says_not_now
from conformance.reply.stream import is_done
from conformance.reply.views import once
from conformance.wire import Fact

# Places that a requirement of its own looks at: objects and items, and the number.
LOOKED_AT = re.compile(r"/(sequence_number|response|item)(/.*)?")
MAX_BROKEN_EVENTS = 20
MAX_FAULTS = 20
"""The most faults per rule that are kept of one stream."""
STATUS_OF = {"response.completed": "completed", "response.incomplete": "incomplete", "response.failed": "failed"}


@cache
def schema_names() -> dict[str, str]:
    """Return the name of the schema for each documented event type."""
    schemas = load_document("openai").data["components"]["schemas"]
    names = [option["$ref"].rpartition("/")[2] for option in schemas["ResponseStreamEvent"]["anyOf"]]
    return {schemas[name]["properties"]["type"]["enum"][0]: name for name in names}


@once
def faults_of(stream: ResponseStream) -> list[StreamFault]:
    """Return the faults that the state machine of the stream grammar detects in a stream."""
    counts: Counter[StreamRule] = Counter()
    found = []
    for fault in Grammar().read(stream.events):
        counts[fault.rule] += 1
        if counts[fault.rule] <= MAX_FAULTS:
            found.append(fault)
    return found


def by_rule(stream: ResponseStream, rule: StreamRule) -> Iterator[Judgement]:
    """If the stream has events, yield an `OK` and then the violations of one rule of the stream grammar."""
    if not stream.events:
        return
    yield OK
    for fault in faults_of(stream):
        if fault.rule is rule:
            yield broken(fault.expected, got=fault.got, where=fault.where)


@invariant("responses.stream.created", on=ResponseStream)
def created(stream: ResponseStream) -> Iterator[Judgement]:
    yield from by_rule(stream, StreamRule.CREATED)


@invariant("responses.stream.in-progress", on=ResponseStream)
def in_progress(stream: ResponseStream) -> Iterator[Judgement]:
    yield from by_rule(stream, StreamRule.IN_PROGRESS)


@invariant("responses.stream.terminal", on=ResponseStream)
def terminal(stream: ResponseStream) -> Iterator[Judgement]:
    yield from by_rule(stream, StreamRule.TERMINAL)


@invariant("responses.stream.order", on=ResponseStream)
def order(stream: ResponseStream) -> Iterator[Judgement]:
    yield from by_rule(stream, StreamRule.ORDER)


@invariant("responses.stream.output-index", on=ResponseStream)
def output_index(stream: ResponseStream) -> Iterator[Judgement]:
    yield from by_rule(stream, StreamRule.OUTPUT_INDEX)


@invariant("responses.stream.content-index", on=ResponseStream)
def content_index(stream: ResponseStream) -> Iterator[Judgement]:
    yield from by_rule(stream, StreamRule.CONTENT_INDEX)


@invariant("responses.stream.item-id", on=ResponseStream, needs={Fact.IDS})
def item_id(stream: ResponseStream) -> Iterator[Judgement]:
    yield from by_rule(stream, StreamRule.ITEM_ID)


@invariant("responses.stream.deltas", on=ResponseStream, needs={Fact.TEXT, Fact.LONG_VALUES, Fact.VALUES})
def deltas(stream: ResponseStream) -> Iterator[Judgement]:
    yield from by_rule(stream, StreamRule.DELTAS)


@invariant("responses.stream.final", on=ResponseStream, needs={Fact.TEXT, Fact.LONG_VALUES, Fact.VALUES, Fact.IDS})
def final(stream: ResponseStream) -> Iterator[Judgement]:
    yield from by_rule(stream, StreamRule.FINAL)


@invariant("responses.stream.media-type", on=ResponseAnswer, needs={Fact.REQUEST})
def media_type(answer: ResponseAnswer) -> Iterator[Judgement]:
    exchange = answer.exchange
    if answer.asked.get("stream") is not True or exchange.failure or not exchange.knows("content-type"):
        return
    if answer.reading.body is not None and answer.reading.body.get("error"):
        return  # an error in disguise is another requirement's matter
    got = exchange.header("content-type")
    yield OK if exchange.is_sse else broken("text/event-stream", got=got, where="content-type")


@invariant("responses.stream.only-asked", on=ResponseAnswer, needs={Fact.REQUEST})
def only_asked(answer: ResponseAnswer) -> Iterator[Judgement]:
    exchange = answer.exchange
    created = answer.reading.operation == "responses" and bool(answer.asked)
    negotiated = "text/event-stream" in dict(exchange.request.headers).get("accept", "")
    if not created or answer.asked.get("stream") or negotiated or not exchange.knows("content-type"):
        return
    got, expected = exchange.header("content-type"), "one JSON object, as the request has no `stream: true`"
    yield broken(expected, got=got, where="content-type") if exchange.is_sse else OK


@invariant("responses.stream.json", on=ResponseStream)
def data_is_json(stream: ResponseStream) -> Iterator[Judgement]:
    read = {event.number for event in stream.events}
    for number, event in enumerate(stream.raw):
        if is_done(event):
            return  # what it means that it is there is a requirement of its own
        good = number in read and event.complete
        yield OK if good else broken("one JSON object", got=event.data, where=f"event {number}")


@invariant("responses.stream.no-error", on=ResponseStream)
def no_error(stream: ResponseStream) -> Iterator[Judgement]:
    if stream.asked and not load_schemas().is_valid("CreateResponse", stream.asked):
        return  # a fault that was made on purpose: that it is told in a stream is another requirement's matter
    for event in stream.events:
        bad = kind_of(event) in ("error", "response.failed") or (event.data.get("error") and not kind_of(event))
        if bad and (says_not_now(event.data) or says_not_now(event.data.get("response"))):
            return  # what a 429 says to a request that is not streamed
        yield broken("no error in the stream", got=event.data, where=f"event {event.number}") if bad else OK


@invariant("responses.stream.event-name", on=ResponseStream)
def event_name(stream: ResponseStream) -> Iterator[Judgement]:
    for event in stream.events:
        kind = kind_of(event)
        if kind:
            good = event.event.event == kind
            yield OK if good else broken(f"event: {kind}", got=event.event.event, where=f"event {event.number}")


@invariant("responses.stream.no-done", on=ResponseStream)
def no_done(stream: ResponseStream) -> Iterator[Judgement]:
    for number, event in enumerate(stream.raw):
        yield (
            broken("no [DONE], which only chat streams have", got=event.data, where=f"event {number}")
            if is_done(event)
            else OK
        )


@invariant("responses.stream.sequence", on=ResponseStream)
def sequence(stream: ResponseStream) -> Iterator[Judgement]:
    before: int | None = None
    for event in stream.events:
        if "sequence_number" not in event.data and kind_of(event) and kind_of(event) not in schema_names():
            continue  # a vendor's own event, of which the document says nothing
        number = event.data.get("sequence_number")
        whole = isinstance(number, int) and not isinstance(number, bool)
        wanted = "a whole number" if before is None else f"{before + 1}, one more than before"
        good = whole and (before is None or number == before + 1)
        yield OK if good else broken(wanted, got=number, where=f"event {event.number} /sequence_number")
        before = number if isinstance(number, int) and whole else before


@invariant("responses.stream.schema", on=ResponseStream)
def schema(stream: ResponseStream) -> Iterator[Judgement]:
    names = schema_names()
    by_schema: dict[str, list[Chunk]] = {}
    for event in stream.events:
        if kind_of(event) in names:
            by_schema.setdefault(names[kind_of(event)], []).append(event)
        elif not kind_of(event):
            got = event.data.get("type")
            yield broken("a type", got=got, where=f"event {event.number} /type")
    if by_schema:
        yield OK
    yield from _opened(stream)
    for name, events in by_schema.items():
        wrong = [events[place] for place in invalid(name, [flat(event) for event in events])]
        for place in one_of_each_shape([event.data for event in wrong], MAX_BROKEN_EVENTS):
            for breach in breaches(name, flat(wrong[place]), LOOKED_AT):
                if not breach.null and not LOGPROBS.search(breach.got) and not newer(breach):
                    where = f"event {wrong[place].number} {breach.pointer}"
                    cause = f"{name} {breach.pointer or breach.got}"
                    yield broken(breach.expected, got=breach.got, where=where, cause=cause[:120])


def _opened(stream: ResponseStream) -> Iterator[Judgement]:
    """What is wrong with items only as they are added: clients put the deltas into them.

    What is wrong with the finished ones, too, is told where they stand in the object.
    """
    items = [(event, event.data["item"]) for event in stream.events if isinstance(event.data.get("item"), dict)]
    done = [item for event, item in items if kind_of(event) == "response.output_item.done"]
    wrong = islice(((item, some) for item in done if (some := list(breaches_of_item(item)))), MAX_BROKEN_ITEMS)
    told = {_kind_of_breach(item, breach) for item, some in wrong for breach in some}
    left = MAX_BROKEN_ITEMS
    for event, item in items:
        if kind_of(event) == "response.output_item.added" and left:
            breaches_here = list(breaches_of_item(item))
            left -= bool(breaches_here)
            for breach in breaches_here:
                if not breach.null and _kind_of_breach(item, breach) not in told:
                    where = f"event {event.number} /item{breach.pointer}"
                    cause = f"added {item.get('type')} {breach.pointer or breach.got}"
                    yield broken(breach.expected, got=breach.got, where=where, cause=cause[:120])


def _kind_of_breach(item: dict[str, Any], breach: Breach) -> tuple[str, str, str]:
    """What is wrong where, whatever the values."""
    return str(item.get("type")), breach.pointer, breach.got.partition(":")[0]


def flat(event: Chunk) -> dict[str, Any]:
    """Return an `error` event with its fields at the top level, as its schema requires.

    OpenAI's live API nests the fields of an `error` event in an object named `error`.
    """
    nested = event.data.get("error")
    if kind_of(event) != "error" or not isinstance(nested, dict):
        return event.data
    return {**nested, **{key: value for key, value in event.data.items() if key != "error"}}


@invariant("responses.stream.object", on=ResponseStream)
def nested_object(stream: ResponseStream) -> Iterator[Judgement]:
    for event, response in stream.responses:
        where = f"event {event.number} /response"
        output = response.get("output")
        first = kind_of(event) == "response.created"
        good = isinstance(output, list) and not (first and output)
        expected = "an empty list" if first else "a list"
        yield OK if good else broken(expected, got=output, where=f"{where}/output")


@invariant("responses.stream.status", on=ResponseStream)
def status(stream: ResponseStream) -> Iterator[Judgement]:
    for event, response in stream.responses:
        kind, value = kind_of(event), response.get("status")
        wanted = (STATUS_OF[kind],) if kind in TERMINAL else ("in_progress", "queued")
        if kind in (*TERMINAL, "response.created", "response.in_progress"):
            good = value in wanted
            where = f"event {event.number} /response/status"
            yield OK if good else broken(" or ".join(wanted), got=value, where=where)


@invariant("responses.stream.id-stable", on=ResponseStream, needs={Fact.IDS})
def id_stable(stream: ResponseStream) -> Iterator[Judgement]:
    first: object = None
    for event, response in stream.responses:
        first = response.get("id") if first is None else first
        good = response.get("id") == first
        where = f"event {event.number} /response/id"
        yield OK if good else broken(f"{first}, as before", got=response.get("id"), where=where)
