"""What the grammar of Responses streams says of the end: the last event, and whether its output is what was done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.checks.response_examples import (
    CALL,
    Events,
    appended,
    both,
    changed,
    faults,
    numbered,
    right,
    without,
)

ADDED, DONE = "response.output_item.added", "response.output_item.done"

ENDS: dict[str, tuple[Callable[[Events], Events], list[str]]] = {
    "no terminal event": (
        without(14),
        [
            "terminal at event 13: response.completed, response.incomplete or response.failed at the end; "
            "got the stream ends without it"
        ],
    ),
    "a delta after the end": (
        appended({"type": "response.output_text.delta", "output_index": 9, "delta": "!"}),
        ["terminal at event 15 /type: nothing after response.completed; got response.output_text.delta"],
    ),
    "an error at the end": (
        lambda events: numbered([*events[:14], {"type": "error"}, {"type": "error"}]),
        ["terminal at event 15 /type: nothing after error; got error"],
    ),
    "an error alone": (lambda _: numbered([{"type": "error"}]), []),
    "an error after created": (lambda events: numbered([events[0], {"type": "error"}]), []),
    "a failure after created": (lambda events: numbered([events[0], {"type": "response.failed"}]), []),
    "a failure in an item": (lambda events: numbered([*events[:5], {"type": "response.failed", "response": {"output": []}}]), []),
    "cut in a call": (
        lambda events: numbered(
            [*events[:11], {"type": "response.incomplete", "response": {"output": [events[8]["item"], {}]}}]
        ),
        [],
    ),
    "completed in a call": (
        without(13),
        [f"order at event 13 /type: {DONE} for item 1 first; got response.completed"],
    ),
    "completed in an item of another kind": (
        both(
            changed(9, "item/type", "web_search_call"),
            without(10, 11, 12, 13),
        ),
        [],
    ),
    "completed in a call of a custom tool": (
        both(changed(9, "item/type", "custom_tool_call"), changed(13, "item/type", "custom_tool_call"), without(13)),
        [f"order at event 13 /type: {DONE} for item 1 first; got response.completed"],
    ),
    "the final output is a text": (changed(14, "response/output", "none"), []),
    "the final output is shorter": (
        lambda events: [*events[:-1], {**events[-1], "response": {"output": [events[8]["item"]]}}],
        ["final at event 14 /response/output: the 2 items that were added; got ['message']"],
    ),
    "the final items are none": (
        lambda events: [*events[:-1], {**events[-1], "response": {"output": [1, 2]}}],
        [
            f"final at event 14 /response/output/0/id: 'msg_1', as in {DONE}; got None",
            f"final at event 14 /response/output/1/id: 'fc_1', as in {DONE}; got None",
        ],
    ),
    "the final name differs": (
        changed(14, "response/output/1/name", "set"),
        [f"final at event 14 /response/output/1/name: 'get', as in {DONE}; got set"],
    ),
    "the final arguments differ": (
        changed(14, "response/output/1/arguments", "{}"),
        [f"final at event 14 /response/output/1/arguments: '{CALL}', as in {DONE}; got {{}}"],
    ),
    "the items are swapped in the end": (
        lambda events: [
            *events[:-1],
            {**events[-1], "response": {"output": [events[13]["item"], events[8]["item"]]}},
        ],
        [
            f"final at event 14 /response/output/0/id: 'msg_1', as in {DONE}; got fc_1",
            f"final at event 14 /response/output/1/id: 'fc_1', as in {DONE}; got msg_1",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", ENDS)
def test_a_damaged_end_is_said_where_it_is(damage: str) -> None:
    """Every fault that the grammar finds in a damaged stream, in its order."""
    apply, wanted = ENDS[damage]
    assert faults(apply(right())) == wanted
