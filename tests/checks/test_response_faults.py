"""What the grammar of Responses streams says against a damaged stream: the rule, the place, what was expected, what came."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.response_examples import (
    CALL,
    TEXT,
    Events,
    both,
    changed,
    faults,
    numbered,
    repeated,
    right,
    swapped,
    without,
)


def same(events: Events) -> Events:
    return events


ADDED, DONE = "response.output_item.added", "response.output_item.done"
PART_ADDED, PART_DONE = "response.content_part.added", "response.content_part.done"
SECOND_PART = {"type": PART_ADDED, "item_id": "msg_1", "output_index": 0, "content_index": 1, "part": {}}

FAULTS: dict[str, tuple[Callable[[Events], Events], list[str]]] = {
    "nothing": (same, []),
    "queued in place of in_progress": (changed(1, "type", "response.queued"), []),
    "no created": (
        without(0),
        [
            "created at event 0 /type: response.created first; got response.in_progress",
            f"in-progress at event 1 /type: response.in_progress (or response.queued) second; got {ADDED}",
        ],
    ),
    "created twice": (repeated(0), ["created at event 1 /type: response.created once; got response.created"]),
    "an event of no API in place of in_progress": (
        lambda events: numbered([events[0], {"type": "keepalive"}, *events[2:]]),
        [f"in-progress at event 2 /type: response.in_progress (or response.queued) second; got {ADDED}"],
    ),
    "no events": (
        lambda _: [],
        [
            "terminal at event 0: response.completed, response.incomplete or response.failed at the end; "
            "got the stream ends without it"
        ],
    ),
    "no item added": (
        without(2, 3, 4, 5, 6),
        [
            f"order at event 2 /type: {ADDED} for item 0 first; got {PART_DONE}",
            f"order at event 3 /type: {ADDED} for item 0 first; got {DONE}",
        ],
    ),
    "a delta, by its id, of an item that was only done": (
        lambda events: numbered(
            [*events[:2], events[8], {"type": "response.output_text.delta", "item_id": "msg_1", "delta": "a"}, *events[9:]]
        ),
        [
            f"order at event 2 /type: {ADDED} for item 0 first; got {DONE}",
            "order at event 3 /type: nothing more of item 0, which is done; got response.output_text.delta",
        ],
    ),
    "the second item not added": (
        without(9, 10, 11, 12),
        [
            f"order at event 9 /type: {ADDED} for item 1 first; got {DONE}",
        ],
    ),
    "the first item not added, but its part": (
        without(2, 4, 5, 6, 7, 8),
        [
            f"order at event 2 /type: {ADDED} for item 0 first; got {PART_ADDED}",
            "output-index at event 3 /output_index: 0, the next free place; got 1",
            "final at event 8 /response/output: the 1 items that were added; got ['message', 'function_call']",
        ],
    ),
    "item added twice": (
        repeated(2),
        [f"order at event 3 /type: item 0 done before one is added in its place; got {ADDED}"],
    ),
    "item done twice": (
        repeated(8),
        [f"order at event 9 /type: nothing more of item 0, which is done; got {DONE}"],
    ),
    "an item leaves a place free": (
        lambda events: [
            {**event, "output_index": 2} if event.get("output_index") == 1 else event for event in events
        ],
        ["output-index at event 9 /output_index: 1, the next free place; got 2"],
    ),
    "a delta of an item that nobody added": (
        changed(4, "output_index", 7),
        [
            "output-index at event 4 /output_index: the place of an item that was added: [0]; got 7",
            "deltas at event 6 /text: there.; got Hello there.",
            "deltas at event 7 /part/text: there.; got Hello there.",
            "deltas at event 8 /item/content/0/text: there.; got Hello there.",
        ],
    ),
    "an event of its own on an item that is done": (
        lambda events: numbered([*events[:9], {"type": "response.x", "output_index": 0}, *events[9:]]),
        [],
    ),
    "indexes that are texts": (
        lambda events: [{**event, "output_index": "0"} if event.get("output_index") == 0 else event for event in events],
        [
            "output-index at event 9 /output_index: 0, the next free place; got 1",
            "final at event 14 /response/output: the 1 items that were added; got ['message', 'function_call']",
        ],
    ),
    "a delta whose index is true": (
        changed(10, "output_index", True),
        [
            'deltas at event 12 /arguments: "Paris"}; got ' + CALL,
            'deltas at event 13 /item/arguments: "Paris"}; got ' + CALL,
        ],
    ),
    "no indexes but ids": (
        lambda events: [
            {name: value for name, value in event.items() if name != "output_index"} for event in events
        ],
        [],
    ),
    "an item of another type is done": (
        changed(13, "item/type", "custom_tool_call"),
        [
            "order at event 13 /item/type: function_call, as in response.output_item.added; got custom_tool_call",
            f"final at event 14 /response/output/1/type: 'custom_tool_call', as in {DONE}; got function_call",
        ],
    ),
    "an item has another id when done": (
        changed(13, "item/id", "fc_2"),
        [
            f"item-id at event 13 /item/id: fc_1, as in {ADDED}; got fc_2",
            f"final at event 14 /response/output/1/id: 'fc_2', as in {DONE}; got fc_1",
        ],
    ),
    "a delta has another id": (
        changed(10, "item_id", "fc_2"),
        [f"item-id at event 10 /item_id: fc_1, as in {ADDED}; got fc_2"],
    ),
    "a delta without an id": (changed(10, "item_id", None), []),
    "an item without an id": (changed(9, "item/id", None), []),
    "a part added twice": (
        repeated(3),
        [f"order at event 4 /type: {PART_DONE} for part 0 first; got {PART_ADDED}"],
    ),
    "a part leaves a place free": (
        both(changed(3, "content_index", 1), changed(4, "content_index", 1), changed(5, "content_index", 1),
             changed(6, "content_index", 1), changed(7, "content_index", 1)),
        [
            "content-index at event 3 /content_index: 0, the next part; got 1",
            f"deltas at event 8 /item/content/1/text: {TEXT}; got None",
        ],
    ),
    "no part added": (
        without(3, 4, 5),
        [
            f"order at event 3 /type: {PART_ADDED} for part 0 first; got response.output_text.done",
            f"order at event 4 /type: {PART_ADDED} for part 0 first; got {PART_DONE}",
        ],
    ),
    "the text goes on in a part that is not open": (
        changed(5, "content_index", 1),
        ["content-index at event 5 /content_index: the index of the part that is open, 0; got 1"],
    ),
    "a part done that is not open": (
        changed(7, "content_index", 1),
        [
            "content-index at event 7 /content_index: the index of the part that is open, 0; got 1",
            f"order at event 8 /type: {PART_DONE} for part 0 first; got {DONE}",
        ],
    ),
    "a part done while its text runs": (
        without(6),
        [
            f"order at event 6 /type: response.output_text.done first; got {PART_DONE}",
            f"order at event 7 /type: response.output_text.done first; got {DONE}",
        ],
    ),
    "a second part that stays open": (
        lambda events: numbered([*events[:8], SECOND_PART, *events[8:]]),
        [f"order at event 9 /type: {PART_DONE} for part 1 first; got {DONE}"],
    ),
    "places of parts that are texts": (
        lambda events: [
            {**event, "content_index": "0"} if "content_index" in event else event for event in events
        ],
        [],
    ),
    "a delta that is a number": (
        changed(11, "delta", 5),
        [
            'deltas at event 12 /arguments: {"city":; got ' + CALL,
            'deltas at event 13 /item/arguments: {"city":; got ' + CALL,
        ],
    ),
    "ends without their texts": (
        both(changed(6, "text", ...), changed(7, "part/text", ...), changed(12, "arguments", ...)),
        [],
    ),
    "the part's text differs": (
        changed(7, "part/text", "Hello."),
        [f"deltas at event 7 /part/text: {TEXT}; got Hello."],
    ),
    "a part that is none": (changed(7, "part", None), []),
    "the item's text differs": (
        changed(8, "item/content/0/text", "Hi."),
        [
            f"deltas at event 8 /item/content/0/text: {TEXT}; got Hi.",
            f"final at event 14 /response/output/0/content: the text of {DONE}, ['Hi.']; got ['{TEXT}']",
        ],
    ),
    "the item has no content": (
        both(changed(8, "item/content", []), changed(14, "response/output/0/content", [])),
        [f"deltas at event 8 /item/content/0/text: {TEXT}; got None"],
    ),
    "the item does not say its content": (
        both(changed(8, "item/content", ...), changed(14, "response/output/0/content", ...)),
        [],
    ),
    "the item does not say its arguments": (changed(13, "item/arguments", ...), []),
    "the text comes after its end": (
        swapped(5, 6),
        [
            f"deltas at event 5 /text: Hello ; got {TEXT}",
            "order at event 6 /type: no delta after response.output_text.done; got response.output_text.delta",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", FAULTS)
def test_a_damage_is_said_where_it_is(damage: str) -> None:
    """Every fault that the grammar finds in a damaged stream, in its order."""
    apply, wanted = FAULTS[damage]
    assert faults(apply(right())) == wanted
