"""What an invariant of the Responses API looks at in an exchange: the object, its items, the events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.reply import Chunk
from conformance.reply.reading import Reading
from conformance.reply.response_views import ResponseObject, ResponseStream, kind_of
from conformance.wire import Exchange
from tests.checks.examples import SSE, answered
from tests.checks.response_examples import framed, right


def responses(body: bytes, **more: Any) -> Exchange:
    return answered(body, {"model": "m"}, url="https://api.example.com/v1/responses", **more)


def test_the_object_of_a_stream_is_in_its_last_event() -> None:
    """The last of the three ends counts; without one there is none, nor in a body that is no object."""
    events = right()
    view = ResponseObject.of(Reading(responses(framed(events), headers=SSE)))
    assert view is not None
    assert view.found is not None
    assert (view.found[0], view.found[1]["status"]) == ("event 14 /response", "completed")
    assert [where for where, _ in view.items] == ["event 14 /response/output/0", "event 14 /response/output/1"]
    for left in (events[:-1], [*events[:-1], {**events[-1], "response": 5}]):
        none = ResponseObject.of(Reading(responses(framed(left), headers=SSE)))
        assert none is not None
        assert (none.found, none.items) == (None, [])
    two = [*events, {**events[-1], "response": {"output": [5, {}]}}]
    last = ResponseObject.of(Reading(responses(framed(two), headers=SSE)))
    assert last is not None
    assert last.items == [("event 15 /response/output/1", {})]
    for body in (b"[]", b"{"):
        bare = ResponseObject.of(Reading(responses(body)))
        assert bare is not None
        assert bare.found is None


def test_items_are_objects_in_a_list() -> None:
    """Each with its place."""
    body = json.dumps({"object": "response", "id": "r", "output": [1, {"a": 1}]}).encode()
    view = ResponseObject.of(Reading(responses(body)))
    assert view is not None
    assert view.items == [("/output/1", {"a": 1})]
    none = ResponseObject.of(Reading(responses(b'{"object": "response", "output": "x"}')))
    assert none is not None
    assert none.items == []


def test_events_of_a_response() -> None:
    """All of them, those that are JSON objects, and those that carry a response."""
    body = framed(right()) + b"data: [DONE]\n\n"
    view = ResponseStream.of(Reading(responses(body, headers=SSE)))
    assert view is not None
    assert (len(view.raw), len(view.events)) == (16, 15)
    assert [event.number for event, _ in view.responses] == [0, 1, 14]


def test_a_vendors_event_carries_no_response_of_the_api() -> None:
    """What it carries is its own; an event that does not say its type is held to what it carries."""
    carried = [{"type": kind, "response": {"id": "r"}} for kind in ("", "acme.log", "response.new")]
    view = ResponseStream.of(Reading(responses(framed(carried), headers=SSE)))
    assert view is not None
    assert [event.number for event, _ in view.responses] == [0, 2]


@pytest.mark.parametrize(
    ("end", "failed"),
    [
        ({"type": "response.completed"}, False),
        ({"type": "response.failed"}, True),
        ({"type": "error"}, True),
        ({"type": "x", "error": {"message": "no"}}, True),
        ({"type": "x", "error": None}, False),
    ],
)
def test_a_stream_that_ends_in_an_error_failed(end: dict[str, Any], failed: bool) -> None:
    """By its type, or by an error in it."""
    view = ResponseStream.of(Reading(responses(framed([*right()[:3], end]), headers=SSE)))
    assert view is not None
    assert view.failed == failed


@pytest.mark.parametrize(("data", "kind"), [({"type": "a"}, "a"), ({"type": 5}, ""), ({}, "")])
def test_the_kind_of_an_event(data: dict[str, Any], kind: str) -> None:
    """A text, or nothing."""
    body = f"data: {json.dumps(data)}\n\n".encode()
    events: tuple[Chunk, ...] = Reading(responses(body, headers=SSE)).chunks
    assert [kind_of(event) for event in events] == [kind]
