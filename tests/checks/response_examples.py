"""A right stream of the Responses API, and the ways to damage it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from conformance.checks.response_grammar import Grammar
from conformance.reply.stream import chunks_of
from conformance.wire import Exchange, Request, decode

Events = list[dict[str, Any]]

TEXT = "Hello there."
CALL = '{"city":"Paris"}'


def response(status: str, output: Events, **more: Any) -> dict[str, Any]:
    """A response object with what streams are judged by."""
    return {"id": "resp_1", "object": "response", "status": status, "output": output, **more}


def right() -> Events:
    """A right stream: a message of two deltas, then a function call of two."""
    part = {"type": "output_text", "text": TEXT, "annotations": [], "logprobs": []}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    call = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "get", "arguments": CALL, "status": "completed"}  # fmt: skip
    in_message = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    in_call = {"item_id": "fc_1", "output_index": 1}
    empty = {**part, "text": ""}
    events: Events = [
        {"type": "response.created", "response": response("in_progress", [])},
        {"type": "response.in_progress", "response": response("in_progress", [])},
        {"type": "response.output_item.added", "output_index": 0, "item": {**message, "content": [], "status": "in_progress"}},
        {"type": "response.content_part.added", **in_message, "part": empty},
        {"type": "response.output_text.delta", **in_message, "delta": "Hello ", "logprobs": []},
        {"type": "response.output_text.delta", **in_message, "delta": "there.", "logprobs": []},
        {"type": "response.output_text.done", **in_message, "text": TEXT, "logprobs": []},
        {"type": "response.content_part.done", **in_message, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": message},
        {"type": "response.output_item.added", "output_index": 1, "item": {**call, "arguments": "", "status": "in_progress"}},
        {"type": "response.function_call_arguments.delta", **in_call, "delta": '{"city":'},
        {"type": "response.function_call_arguments.delta", **in_call, "delta": '"Paris"}'},
        {"type": "response.function_call_arguments.done", **in_call, "arguments": CALL},
        {"type": "response.output_item.done", "output_index": 1, "item": call},
        {"type": "response.completed", "response": response("completed", [message, call])},
    ]  # fmt: skip
    return numbered(json.loads(json.dumps(events)))


def numbered(events: Events) -> Events:
    """Sequence numbers from 0, so that a damage elsewhere is no damage there."""
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def framed(events: Events) -> bytes:
    """The bytes of a stream."""
    frames = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return "".join(frames).encode()


def without(*places: int) -> Callable[[Events], Events]:
    """The stream without some events."""
    return lambda events: numbered([event for number, event in enumerate(events) if number not in places])


def swapped(one: int, other: int) -> Callable[[Events], Events]:
    """The stream with two events in each other's place."""

    def swap(events: Events) -> Events:
        events[one], events[other] = events[other], events[one]
        return numbered(events)

    return swap


def repeated(place: int) -> Callable[[Events], Events]:
    """The stream with one event twice."""
    return lambda events: numbered([*events[: place + 1], *events[place:]])


def changed(place: int, path: str, value: Any) -> Callable[[Events], Events]:
    """The stream with another value somewhere in one event; `...` takes the key out."""

    def change(events: Events) -> Events:
        holder: Any = events[place]
        *steps, last = path.split("/")
        for step in steps:
            holder = holder[int(step) if step.isdigit() else step]
        if value is ...:
            del holder[last]
        else:
            holder[last] = value
        return events

    return change


def appended(event: dict[str, Any]) -> Callable[[Events], Events]:
    """The stream with one event more at its end."""
    return lambda events: numbered([*events, event])


def faults(events: Events) -> list[str]:
    """Each fault of a stream as one line."""
    body = framed(events)
    request = Request("POST", "https://a.test/v1/responses")
    headers = (("content-type", "text/event-stream"),)
    exchange = Exchange("x1", request, status=200, headers=headers, body=body, events=decode(body))
    found = Grammar().read(chunks_of(exchange))
    return [f"{fault.rule} at {fault.where}: {fault.expected}; got {fault.got}" for fault in found]


def both(*damages: Callable[[Events], Events]) -> Callable[[Events], Events]:
    """One damage after the other."""

    def apply(events: Events) -> Events:
        for each in damages:
            events = each(events)
        return events

    return apply


def ended(*events: dict[str, Any]) -> Events:
    """A stream of these events between its beginning and its end, whose output are the items that were done."""
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    return numbered(
        [
            {"type": "response.created", "response": response("in_progress", [])},
            {"type": "response.in_progress", "response": response("in_progress", [])},
            *events,
            {"type": "response.completed", "response": response("completed", items)},
        ]
    )


def item_of(kind: str, place: int = 0, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The events that open and close an item of some kind."""
    item = {"id": f"it_{place}", "type": kind, **fields}
    return (
        {"type": "response.output_item.added", "output_index": place, "item": {"id": item["id"], "type": kind}},
        {"type": "response.output_item.done", "output_index": place, "item": item},
    )


def said(name: str, *deltas: str, whole: str = "", field: str = "text", **places: int) -> Events:
    """A text in deltas, and its end."""
    at = {"item_id": "it_0", "output_index": 0, **places}
    pieces = [{"type": f"response.{name}.delta", **at, "delta": delta} for delta in deltas]
    return [*pieces, {"type": f"response.{name}.done", **at, field: whole or "".join(deltas)}]
