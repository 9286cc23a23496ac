"""Each invariant of a Responses stream beside its grammar: one damage breaks what it should, there, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from conformance.wire import Exchange, Fact, Failure, FailureKind
from tests.checks.examples import DATE, SSE, answered, broken_by, finding, seen, tallies
from tests.checks.response_examples import Events, both, changed, framed, numbered, right, without
from tests.checks.test_response_objects import RESPONSE

URL = "https://api.example.com/v1/responses"
REQUEST = {"model": "m", "input": "Hi", "stream": True}
STATUSES = {"response.incomplete": "incomplete", "response.failed": "failed", "response.completed": "completed"}


def whole_objects(events: Events) -> Events:
    """The events with all that a response object has, of the same identity and status."""
    for event in events:
        if "response" in event:
            given = event["response"]
            event["response"] = {**RESPONSE, **given}
            if given["status"] == "in_progress":
                event["response"] |= {"usage": None}
    return events


def streamed(events: Events | None = None, request: Any = None, **more: Any) -> Exchange:
    found = whole_objects(right() if events is None else events)
    return answered(framed(found), request or REQUEST, url=URL, headers=SSE, **more)


def test_a_right_stream_breaks_nothing_of_any_kind() -> None:
    """Neither of streams nor of the object in its last event, and each of both had something to judge."""
    assert broken_by(streamed()) == {}
    unseen = {
        name
        for name, tally in tallies(streamed()).items()
        if name.startswith("responses.") and not tally.seen and not name.startswith("responses.socket")
    }
    assert unseen == {"responses.incomplete.reason", "responses.stream.only-asked"}


@pytest.mark.parametrize(
    ("request_body", "accept", "found"),
    [
        ({"model": "m", "input": "Hi"}, "application/json", {"responses.stream.only-asked"}),
        ({"model": "m", "input": "Hi", "stream": False}, "application/json", {"responses.stream.only-asked"}),
        ({"model": "m", "input": "Hi", "stream": None}, "*/*", {"responses.stream.only-asked"}),
        (REQUEST, "application/json", set()),
        ({"model": "m", "input": "Hi"}, "text/event-stream", set()),
    ],
)
def test_a_stream_comes_only_where_it_was_asked_for(request_body: Any, accept: str, found: set[str]) -> None:
    """By `stream`, or by the media type that the client accepts."""
    exchange = streamed(request=request_body)
    asked = replace(exchange.request, headers=(("accept", accept),))
    assert set(broken_by(replace(exchange, request=asked))) == found


def ended_by(kind: str, status: str) -> Events:
    """The right stream with another end."""
    events = right()
    events[-1] = {**events[-1], "type": kind}
    events[-1]["response"]["status"] = status
    if status == "incomplete":
        events[-1]["response"]["incomplete_details"] = {"reason": "max_output_tokens"}
    return events


@pytest.mark.parametrize("kind", STATUSES)
@pytest.mark.parametrize("status", STATUSES.values())
def test_the_last_event_says_the_status(kind: str, status: str) -> None:
    """Each of the three ends has its own status, and no other."""
    found = broken_by(streamed(ended_by(kind, status)))
    assert ("responses.stream.status" in found) == (STATUSES[kind] != status)
    if STATUSES[kind] != status:
        assert found["responses.stream.status"] == "event 14 /response/status"
    assert found.get("responses.stream.no-error") == ("event 14" if kind == "response.failed" else None)


@pytest.mark.parametrize("status", ["in_progress", "queued"])
@pytest.mark.parametrize("place", [0, 1])
def test_what_began_is_in_progress_or_queued(place: int, status: str) -> None:
    """Both words are right in the first events."""
    assert broken_by(streamed(changed(place, "response/status", status)(right()))) == {}


DAMAGES: dict[str, tuple[Any, dict[str, str]]] = {
    "created is completed": (
        changed(0, "response/status", "completed"),
        {"responses.stream.status": "event 0 /response/status"},
    ),
    "in_progress is completed": (
        changed(1, "response/status", "completed"),
        {"responses.stream.status": "event 1 /response/status"},
    ),
    "output is null": (changed(1, "response/output", None), {"responses.stream.object": "event 1 /response/output"}),
    "output that is there at once": (
        changed(0, "response/output", right()[-1]["response"]["output"]),
        {"responses.stream.object": "event 0 /response/output"},
    ),
    "a message is added without its content": (
        changed(2, "item/content", ...),
        {"responses.stream.schema": "event 2 /item"},
    ),
    "an item is added without an id": (changed(2, "item/id", ...), {"responses.stream.schema": "event 2 /item"}),
    "a call is added without its name": (changed(9, "item/name", ...), {"responses.stream.schema": "event 9 /item"}),
    "a call is added with another name": (
        changed(9, "item/name", "set"),
        {"responses.stream.item-id": "event 13 /item/name"},
    ),
    "a call is added with another call_id": (
        changed(9, "item/call_id", "call_2"),
        {"responses.stream.item-id": "event 13 /item/call_id"},
    ),
    "a call is added whose status is null": (changed(9, "item/status", None), {}),
    "a call is added and done without a status": (
        both(changed(9, "item/status", ...), changed(13, "item/status", ...)),
        {},
    ),
    "a message is added whose status is null": (
        changed(2, "item/status", None),
        {"responses.stream.item-status": "event 2 /item/status"},
    ),
    "a message is done without a status": (
        changed(8, "item/status", ...),
        {"responses.stream.item-status": "event 8 /item/status"},
    ),
    "a call is added and done without its name": (
        both(changed(9, "item/name", ...), changed(13, "item/name", ...), changed(14, "response/output/1/name", ...)),
        {"responses.items": "event 14 /response/output/1"},
    ),
    "a call is added without its name, and done without something else": (
        both(
            changed(9, "item/name", ...),
            changed(13, "item/call_id", ...),
            changed(14, "response/output/1/call_id", ...),
        ),
        {
            "responses.items": "event 14 /response/output/1",
            "responses.items.ids": "event 14 /response/output",
            "responses.stream.item-id": "event 13 /item/call_id",
            "responses.stream.schema": "event 9 /item",
        },
    ),
    "a call is added with the status that a message is done with": (
        both(changed(8, "item/status", "x"), changed(9, "item/status", "x")),
        {
            "responses.stream.item-status": "event 8 /item/status",
            "responses.stream.schema": "event 9 /item/status",
        },
    ),
    "another id": (changed(1, "response/id", "resp_2"), {"responses.stream.id-stable": "event 1 /response/id"}),
    "a place that is a text": (
        changed(4, "content_index", "0"),
        {"responses.stream.schema": "event 4 /content_index", "responses.stream.deltas": "event 6 /text"},
    ),
    "a delta without logprobs": (changed(4, "logprobs", ...), {}),
    "a number is true": (
        changed(0, "sequence_number", True),
        {"responses.stream.sequence": "event 0 /sequence_number"},
    ),
    "the first number is a text": (
        changed(0, "sequence_number", "0"),
        {"responses.stream.sequence": "event 0 /sequence_number"},
    ),
    "numbers from another start": (
        lambda events: [{**event, "sequence_number": n + 7} for n, event in enumerate(events)],
        {},
    ),
    "a number is skipped behind a vendor's event without any": (
        lambda events: [
            *events[:5],
            {"type": "vendor.ping"},
            *events[5:-1],
            {**events[-1], "sequence_number": 99},
        ],
        {"responses.stream.sequence": "event 15 /sequence_number"},
    ),
    "one number is a text": (
        changed(5, "sequence_number", "5"),
        {"responses.stream.sequence": "event 5 /sequence_number"},
    ),
    "an event without a type": (
        lambda events: numbered([*events[:5], {**events[5], "type": ""}, *events[6:]]),
        {"responses.stream.schema": "event 5 /type", "responses.stream.deltas": "event 6 /text"},
    ),
    "an error without a type": (
        lambda events: numbered([*events[:5], {"type": "", "error": {"message": "Oops."}}, *events[5:]]),
        {"responses.stream.schema": "event 5 /type", "responses.stream.no-error": "event 5"},
    ),
    "an event of its own that has an error": (
        lambda events: numbered([*events[:5], {"type": "response.x", "error": {"message": "Oops."}}, *events[5:]]),
        {},
    ),
    "the last object has no model": (
        lambda events: [*events[:-1], {**events[-1], "response": {**events[-1]["response"], "model": 5}}],
        {"responses.object": "event 14 /response/model"},
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_stream(damage: str) -> None:
    """One damage to a stream's events breaks what is named, there."""
    apply, wanted = DAMAGES[damage]
    assert broken_by(streamed(apply(right()))) == wanted


def whole(**more: Any) -> Exchange:
    """A response that did not come as a stream."""
    facts = {"url": URL, **more}
    return answered(json.dumps(RESPONSE).encode(), facts.pop("request", REQUEST), **facts)


def test_a_stream_is_what_was_asked_for() -> None:
    """A whole response to a request for a stream has not the media type that was asked for."""
    found = finding(whole(), "responses.stream.media-type")
    assert (found.where, found.observed) == ("content-type", '"application/json"')
    assert broken_by(whole()) == {"responses.stream.media-type": "content-type"}
    assert broken_by(whole(request={**REQUEST, "stream": False})) == {}
    assert seen(streamed(), "responses.stream.media-type")


def test_what_is_not_known_is_not_judged() -> None:
    """A lost header, a broken connection and an error in disguise are no proof of a media type."""
    assert not seen(whole(headers=(DATE,), lost=frozenset({Fact.HEADERS})), "responses.stream.media-type")
    assert seen(whole(lost=frozenset({Fact.HEADERS})), "responses.stream.media-type")
    cut = whole(failure=Failure(FailureKind.CUT_OFF, "cut"))
    assert not seen(cut, "responses.stream.media-type")
    wrong = answered(b'{"error": {"message": "no"}}', REQUEST, url=URL)
    assert not seen(wrong, "responses.stream.media-type")


def test_what_follows_done_is_not_read_as_json() -> None:
    """That [DONE] is there is a separate fault, and the only one."""
    body = framed(whole_objects(right())) + b"data: [DONE]\n\ndata: {\n\n"
    found = broken_by(answered(body, REQUEST, url=URL, headers=SSE))
    assert found == {"responses.stream.no-done": "event 15"}


def test_an_event_cut_off_is_no_json_object() -> None:
    """The last event lacks its empty line: it was not sent whole."""
    body = framed(whole_objects(right())).removesuffix(b"\n")
    found = broken_by(answered(body, REQUEST, url=URL, headers=SSE))
    assert found["responses.stream.json"] == "event 14"


@pytest.mark.parametrize("more", [{"stopped": True}, {"failure": Failure(FailureKind.CUT_OFF, "cut")}])
def test_a_stream_that_did_not_end_is_not_judged_as_one(more: dict[str, Any]) -> None:
    """We hung up, or the connection was lost: what is missing says nothing of the grammar."""
    found = broken_by(streamed(without(14)(right()), **more))
    assert not [name for name in found if name.startswith("responses.")]


def test_twenty_shapes_of_broken_events_are_looked_into() -> None:
    """An endless variety of what is wrong is not explained without end."""
    events = whole_objects(right())
    shapes = [{**events[4], "delta": "", "logprobs": None, f"x{n}": 1} for n in range(20)]
    wrong = {**events[4], "delta": "", "content_index": "0"}

    def found(number: int) -> dict[str, str]:
        return broken_by(streamed(numbered([*events[:5], *shapes[:number], wrong, *events[5:]])))

    assert found(19) == {"responses.stream.schema": "event 24 /content_index"}
    assert found(20) == {}


def test_findings_of_events_show_what_was_there() -> None:
    """The type that is none, the fields of an error wherever they stood; causes are shorter than what lacks something."""
    nameless = numbered([*right()[:5], {**right()[5], "type": ""}, *right()[6:]])
    assert finding(streamed(nameless), "responses.stream.schema").observed == '""'
    renamed = finding(streamed(changed(1, "response/id", "resp_2")(right())), "responses.stream.id-stable")
    assert (renamed.expected, renamed.observed) == ("resp_1, as before", '"resp_2"')
    lacking = finding(streamed(changed(4, "item_id", ...)(right())), "responses.stream.schema")
    assert lacking.cause.startswith('ResponseTextDeltaEvent required property "item_id" is missing')
    assert len(lacking.cause) == 120
    added = finding(streamed(changed(9, "item/name", ...)(right())), "responses.stream.schema")
    assert added.cause.startswith('added function_call required property "name" is missing')
    assert len(added.cause) == 120
    oops = numbered([*right()[:5], {"type": "error", "error": {"code": None, "param": None}}])
    nested = finding(streamed(oops), "responses.stream.schema")
    fields = '{"code": null, "param": null, "type": "error", "sequence_number": 5}'
    assert nested.observed == f'required property "message" is missing: {fields}'
    output = right()[-1]["response"]["output"]
    early = finding(streamed(changed(0, "response/output", output)(right())), "responses.stream.object")
    assert early.expected == "an empty list"
    later = finding(streamed(changed(1, "response/output", None)(right())), "responses.stream.object")
    assert later.expected == "a list"
