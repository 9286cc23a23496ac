"""The grammar of Responses streams takes what OpenAI sent, and refuses each damaged stream for its own reason."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.checks.invariants import all_invariants
from conformance.checks.judgement import Invariant
from conformance.recordings import Found, read_recording
from conformance.reply.reading import Reading
from conformance.reply.response_views import ResponseStream
from conformance.wire import Exchange, Request, decode
from tests.checks.response_examples import (
    Events,
    appended,
    changed,
    faults,
    framed,
    numbered,
    repeated,
    right,
    swapped,
    without,
)

PREFIX = "responses.stream."


def broken_by(body: bytes) -> set[str]:
    """The stream requirements that a stream breaks, without their prefix."""
    request = Request("POST", "https://example.org/v1/responses", (), b'{"stream": true}')
    headers = (("content-type", "text/event-stream"),)
    exchange = Exchange("x1", request, status=200, headers=headers, body=body, events=decode(body))
    return {item.requirement.removeprefix(PREFIX) for item in stream_invariants() if breaks(item, exchange)}


def stream_invariants() -> Iterator[Invariant]:
    """All invariants of streams."""
    return (item for item in all_invariants().values() if item.requirement.startswith(PREFIX))


def breaks(item: Invariant, exchange: Exchange) -> bool:
    """Whether an exchange breaks an invariant."""
    view = item.view.of(Reading(exchange))
    return view is not None and any(finding is not None for finding in item.function(view))


def test_a_right_stream_breaks_nothing() -> None:
    """The stream that is damaged below."""
    assert broken_by(framed(right())) == set()


def test_an_event_of_an_unknown_type_breaks_nothing() -> None:
    """The API adds event types; clients must ignore what they do not know."""
    events = right()
    events.insert(5, {"type": "response.something_new", "detail": 1})
    assert broken_by(framed(numbered(events))) == set()


def test_reasoning_without_parts_breaks_nothing() -> None:
    """Reasoning text and summaries come without content parts, in front of the message."""
    events = right()
    for event in events:
        if "output_index" in event:
            event["output_index"] += 1
    item = {"id": "rs_1", "type": "reasoning", "summary": []}
    place = {"item_id": "rs_1", "output_index": 0}
    events[2:2] = [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.reasoning_text.delta", **place, "content_index": 0, "delta": "Hm"},
        {"type": "response.reasoning_text.done", **place, "content_index": 0, "text": "Hm"},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    ]
    events[-1]["response"]["output"].insert(0, item)
    assert broken_by(framed(numbered(events))) == set()


ERROR = {"type": "error", "code": None, "message": "Oops.", "param": None}
DAMAGES: dict[str, tuple[Callable[[Events], Events], str]] = {
    "no created": (without(0), "created"),
    "created twice": (repeated(0), "created"),
    "created after in_progress": (swapped(0, 1), "created"),
    "no in_progress": (without(1), "in-progress"),
    "no terminal event": (without(14), "terminal"),
    "two terminal events": (repeated(14), "terminal"),
    "a delta after the end": (appended({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "!", "logprobs": []}), "terminal"),
    "no item added": (without(2), "order"),
    "no part added": (without(3), "order"),
    "no text done": (without(6), "order"),
    "no part done": (without(7), "order"),
    "no message done": (without(8), "order"),
    "no call done": (without(13), "order"),
    "no arguments done": (without(12), "order"),
    "a delta before its part": (swapped(3, 4), "order"),
    "text done before its last delta": (swapped(5, 6), "order"),
    "item done before its part": (swapped(7, 8), "order"),
    "item added twice": (repeated(2), "order"),
    "the first item is number one": (changed(2, "output_index", 1), "output-index"),
    "content_index counts deltas": (changed(5, "content_index", 1), "content-index"),
    "the part is number two": (changed(3, "content_index", 2), "content-index"),
    "item_id changes in a delta": (changed(4, "item_id", "msg_2"), "item-id"),
    "item_id changes in done": (changed(8, "item/id", "msg_2"), "item-id"),
    "the arguments are another's": (changed(10, "item_id", "fc_2"), "item-id"),
    "a delta is lost": (without(5), "deltas"),
    "a delta comes twice": (repeated(4), "deltas"),
    "the done text differs": (changed(6, "text", "Hello."), "deltas"),
    "the part's text differs": (changed(7, "part/text", "Hello."), "deltas"),
    "the done arguments differ": (changed(12, "arguments", "{}"), "deltas"),
    "the item's arguments differ": (changed(13, "item/arguments", "{}"), "deltas"),
    "the final output is empty": (changed(14, "response/output", []), "final"),
    "the final text differs": (changed(14, "response/output/0/content/0/text", "Hi."), "final"),
    "the final call differs": (changed(14, "response/output/1/call_id", "call_2"), "final"),
    "a sequence number is missing": (changed(5, "sequence_number", ...), "sequence"),
    "the sequence begins anew": (changed(14, "sequence_number", 0), "sequence"),
    "a sequence number is skipped": (changed(14, "sequence_number", 15), "sequence"),
    "a delta has no text": (changed(4, "delta", ...), "schema"),
    "a delta has no item": (changed(4, "item_id", ...), "schema"),
    "a delta has no index": (changed(10, "output_index", ...), "schema"),
    "created has no output": (changed(0, "response/output", ...), "object"),
    "created is completed": (changed(0, "response/status", "completed"), "status"),
    "completed is incomplete": (changed(14, "response/status", "incomplete"), "status"),
    "the id changes": (changed(14, "response/id", "resp_2"), "id-stable"),
    "an error": (lambda events: numbered([*events[:-1], ERROR]), "no-error"),
}  # fmt: skip
# One damage, seen from two sides.
BESIDES = {
    "a delta has no text": {"deltas"},
    "the first item is number one": {"order", "final"},
    "the part is number two": {"order", "deltas"},
    "item_id changes in done": {"final"},
    "the item's arguments differ": {"final"},
    "created after in_progress": {"in-progress"},
    "no created": {"in-progress"},
    "created twice": {"in-progress"},
    "text done before its last delta": {"deltas"},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_stream_is_refused_for_its_reason(damage: str) -> None:
    """The requirement that the damage breaks fails, and no other one but those that see the same damage."""
    apply, rule = DAMAGES[damage]
    found = broken_by(framed(apply(right())))
    assert rule in found
    assert found - {rule} <= BESIDES.get(damage, set())


def test_an_item_added_without_a_type_is_no_none() -> None:
    """The finding names the type that the added item lacks, in words that a report can show."""
    (found,) = faults(changed(2, "item/type", ...)(right()))
    assert found.startswith("order at event 8 /item/type: no type, as in response.output_item.added; got message")
    found, *_ = faults(changed(8, "item/type", "reasoning")(right()))
    assert found.startswith("order at event 8 /item/type: message, as in response.output_item.added; got reasoning")


def test_many_broken_events_hide_no_other_fault() -> None:
    """What is wrong in another way is looked into, behind however many events that are wrong in one."""
    events = right()
    many = [{**events[4], "logprobs": None, "delta": ""} for _ in range(50)]
    wrong = {**events[4], "content_index": "0", "delta": ""}
    found = broken_by(framed(numbered([*events[:6], *many, wrong, *events[6:]])))
    assert found == {"schema"}


BYTES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "[DONE] at the end": (lambda body: body + b"data: [DONE]\n\n", "no-done"),
    "an event without a name": (lambda body: body.replace(b"event: response.completed\n", b""), "event-name"),
    "an event with another name": (lambda body: body.replace(b"event: response.completed", b"event: message"), "event-name"),
    "an event that is no JSON": (lambda body: body.replace(b'data: {"type": "response.in_progress"', b"data: {"), "json"),
}  # fmt: skip


@pytest.mark.parametrize("damage", BYTES)
def test_damaged_bytes_are_refused_for_their_reason(damage: str) -> None:
    """What is wrong with the frames rather than with what is in them."""
    apply, rule = BYTES[damage]
    assert rule in broken_by(apply(framed(right())))


def test_all_that_openai_streamed_is_accepted() -> None:
    """Every recorded Responses stream of OpenAI breaks nothing, but for what the API did not send before July 2025."""
    shared = os.environ.get("CONFORMANCE_SHARED")
    if not shared:
        pytest.skip("CONFORMANCE_SHARED is not set: no recorded traffic to judge")
    seen: Counter[str] = Counter()
    failures = []
    streams = 0
    for found in read_recording(Path(shared) / "corpus" / "openai.jsonl.gz"):
        if not isinstance(found, Found) or ResponseStream.of(Reading(found.exchange)) is None:
            continue
        streams += 1
        for item in stream_invariants():
            if found.exchange.lost.isdisjoint(item.needs) and breaks(item, found.exchange):
                old = item.requirement == "responses.stream.sequence" and (found.recorded_at or "9999") < "2025-07"
                old = old or (
                    item.requirement == "responses.stream.sequence" and b"sequence_number" not in found.exchange.body
                )
                seen["before sequence numbers"] += old
                if not old:
                    failures.append(f"{found.exchange.probe}: {item.requirement}")
    assert failures == []
    assert streams > 120
    assert seen["before sequence numbers"] > 0, "a rule that excludes nothing must go"
