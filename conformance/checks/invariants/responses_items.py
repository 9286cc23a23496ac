"""Invariants (checks of every exchange) about the items that a stream of the Responses API announces and finishes."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.judgement import OK, Judgement, broken, invariant
from conformance.reply.response_views import ResponseStream, kind_of

EVENTS = {"response.output_item.added": "in_progress", "response.output_item.done": "completed"}


@invariant("responses.stream.item-status", on=ResponseStream)
def item_status(stream: ResponseStream) -> Iterator[Judgement]:
    for event in stream.events:
        item = event.data.get("item")
        if kind_of(event) not in EVENTS or not isinstance(item, dict) or item.get("type") != "message":
            continue  # the status of function calls and reasoning items is optional
        value = item.get("status")
        good = value in ("in_progress", "completed", "incomplete")
        expected = f"a status, such as {EVENTS[kind_of(event)]}"
        yield OK if good else broken(expected, got=value, where=f"event {event.number} /item/status")
