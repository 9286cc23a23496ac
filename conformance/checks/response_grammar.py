"""Checks the order of events in a Responses stream: a state machine reads the events and reports misplaced ones.

The grammar is based on the stream example and the `Response…Event` schemas in OpenAI's document, and on 124 recorded
streams. Events of unknown types are allowed, because OpenAI and other vendors add event types, and clients must ignore
unknown types. A stream may report a failure twice, as OpenAI's live API does: by the event `error`, then by
`response.failed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from conformance.checks.response_parts import (
    CHANNELS,
    ENDINGS,
    PART_ADDED,
    PART_DONE,
    Item,
    StreamFault,
    StreamRule,
    as_object,
    item_text,
    part_added,
    part_done,
    text_delta,
    text_done,
)
from conformance.reply import Chunk
from conformance.reply.responses import TERMINAL
from conformance.wire.json_data import hashable

_ADDED, _DONE = "response.output_item.added", "response.output_item.done"
_CREATED, _STARTED = "response.created", ("response.queued", "response.in_progress")

# Types of items that are made of deltas, so that a whole item without an opening event is a fault for clients.
_MADE_OF_DELTAS = ("message", "function_call", "custom_tool_call")


class Grammar:
    """A state machine that reads the events of one stream."""

    def __init__(self) -> None:
        self._items: dict[int, Item] = {}
        self._places: dict[Any, int] = {}  # the first place of each id
        self._ended = ""
        self._events = 0

    def read(self, events: Iterable[Chunk]) -> Iterator[StreamFault]:
        """Yield the faults in a stream's events, in the order of the events."""
        last = 0
        for event in events:
            last = event.number
            yield from self._event(event)
            # What comes between that is no event of the API (a keepalive) takes no place; at the very beginning clients trip.
            self._events += of_the_api(event.data.get("type")) or not self._events
        if not self._ended:
            expected = "response.completed, response.incomplete or response.failed at the end"
            yield StreamFault(StreamRule.TERMINAL, expected, "the stream ends without it", f"event {last}")

    def _event(self, event: Chunk) -> Iterator[StreamFault]:
        kind, data, at = event.data.get("type"), event.data, f"event {event.number}"
        yield from self._beginning(kind, at)
        if self._ended == "error" and kind == "response.failed":
            self._ended = kind  # the live API tells a failure twice: as an error, and as the response that failed
            return
        if self._ended:
            if of_the_api(kind):
                yield StreamFault(StreamRule.TERMINAL, f"nothing after {self._ended}", kind, f"{at} /type")
            return
        match kind:
            case "error":
                self._ended = "error"
            case _ if kind in TERMINAL:
                self._ended = str(kind)
                yield from self._end(str(kind), data, at)
            case "response.output_item.added":
                yield from self._item_added(data, at)
            case "response.output_item.done":
                yield from self._item_done(data, at)
            case _ if "output_index" in data or "item_id" in data:
                yield from self._inside(str(kind), data, at)

    def _beginning(self, kind: Any, at: str) -> Iterator[StreamFault]:
        if self._events == 0 and kind not in (_CREATED, "error"):
            yield StreamFault(StreamRule.CREATED, f"{_CREATED} first", kind, f"{at} /type")
        if self._events > 0 and kind == _CREATED:
            yield StreamFault(StreamRule.CREATED, f"{_CREATED} once", kind, f"{at} /type")
        first = self._events == 1 and of_the_api(kind)
        if first and kind not in (*_STARTED, _CREATED, "error", "response.failed"):
            yield StreamFault(
                StreamRule.IN_PROGRESS, "response.in_progress (or response.queued) second", kind, f"{at} /type"
            )

    # Items

    def _item_added(self, data: dict[str, Any], at: str) -> Iterator[StreamFault]:
        item = as_object(data.get("item"))
        index = data.get("output_index", len(self._items))  # that it is missing is the schema's matter
        if not isinstance(index, int):
            return
        if index in self._items and self._items[index].open:
            yield StreamFault(
                StreamRule.ORDER, f"item {index} done before one is added in its place", _ADDED, f"{at} /type"
            )
        elif index != len(self._items):
            yield StreamFault(
                StreamRule.OUTPUT_INDEX, f"{len(self._items)}, the next free place", index, f"{at} /output_index"
            )
        self._put(index, Item(item.get("id"), item.get("type"), called=_called(item)))

    def _put(self, index: int, item: Item) -> Item:
        self._items[index] = item
        self._places.setdefault(hashable(item.id), index)
        return item

    def _item_done(self, data: dict[str, Any], at: str) -> Iterator[StreamFault]:
        item = as_object(data.get("item"))
        index = self._place(data, item.get("id"))
        if index is None:
            return
        known = self._items.get(index)
        if known is None or not known.open:
            yield from self._not_open(known, index, _DONE, at)
            if known is None:
                known = self._put(index, Item(item.get("id"), item.get("type")))
            known.open = False
            return
        known.open = False
        known.whole = item
        yield from self._same_id(known, item.get("id"), f"{at} /item/id")
        for name, value in known.called.items():
            if item.get(name) != value:
                yield StreamFault(StreamRule.ITEM_ID, f"{value}, as in {_ADDED}", item.get(name), f"{at} /item/{name}")
        if item.get("type") != known.type:
            added = known.type if isinstance(known.type, str) else "no type"
            yield StreamFault(StreamRule.ORDER, f"{added}, as in {_ADDED}", item.get("type"), f"{at} /item/type")
        unfinished = list(known.opened)
        if unfinished:
            yield StreamFault(StreamRule.ORDER, f"{PART_DONE} for part {unfinished[0]} first", _DONE, f"{at} /type")
        running = [name for (name, _), text in known.texts.items() if not text.ended]
        if running and not unfinished:
            yield StreamFault(StreamRule.ORDER, f"{CHANNELS[running[0]].done} first", _DONE, f"{at} /type")
        yield from item_text(known, item, at)

    def _not_open(self, known: Item | None, index: int, kind: str, at: str) -> Iterator[StreamFault]:
        if known is not None:
            yield StreamFault(StreamRule.ORDER, f"nothing more of item {index}, which is done", kind, f"{at} /type")
        elif self._items and index != len(self._items):
            some = ", ".join(map(str, islice(self._items, 10))) + (", …" if len(self._items) > 10 else "")
            expected = f"the place of an item that was added: [{some}]"
            yield StreamFault(StreamRule.OUTPUT_INDEX, expected, index, f"{at} /output_index")
        else:
            yield StreamFault(StreamRule.ORDER, f"{_ADDED} for item {index} first", kind, f"{at} /type")

    def _same_id(self, known: Item, identifier: Any, where: str) -> Iterator[StreamFault]:
        if isinstance(known.id, str) and isinstance(identifier, str) and identifier != known.id:
            yield StreamFault(StreamRule.ITEM_ID, f"{known.id}, as in {_ADDED}", identifier, where)

    def _place(self, data: dict[str, Any], identifier: Any) -> int | None:
        """Where an event belongs: by its index, or by its id where it has none. None when it has neither."""
        if "output_index" in data:
            index = data["output_index"]
            return index if isinstance(index, int) and not isinstance(index, bool) else None
        place = self._places.get(hashable(identifier))
        return place if place is not None and self._items[place].id == identifier else None

    # Inside an item

    def _inside(self, kind: str, data: dict[str, Any], at: str) -> Iterator[StreamFault]:
        index = self._place(data, data.get("item_id"))
        if index is None:
            return
        known = self._items.get(index)
        if known is None or not known.open:
            if kind.endswith((".delta", ".done", ".added")):
                yield from self._not_open(known, index, kind, at)
            return
        yield from self._same_id(known, data.get("item_id"), f"{at} /item_id")
        if kind == PART_ADDED:
            yield from part_added(known, data, at)
        elif kind == PART_DONE:
            yield from part_done(known, data, at)
        elif kind in CHANNELS:
            yield from text_delta(known, kind, data, at)
        elif kind in ENDINGS:
            yield from text_done(known, ENDINGS[kind], data, at)

    # The end

    def _end(self, kind: str, data: dict[str, Any], at: str) -> Iterator[StreamFault]:
        if kind == "response.failed":
            return
        still = [index for index, item in self._items.items() if item.open]
        # What the limit cut is left open by the API itself when it is a tool call that cannot be used.
        if still and kind == "response.completed" and self._items[still[0]].type in _MADE_OF_DELTAS:
            yield StreamFault(StreamRule.ORDER, f"{_DONE} for item {still[0]} first", kind, f"{at} /type")
        output = as_object(data.get("response")).get("output")
        if not isinstance(output, list):
            return  # the schema's matter
        if len(output) != len(self._items):
            expected = f"the {len(self._items)} items that were added"
            yield StreamFault(
                StreamRule.FINAL, expected, [as_object(item).get("type") for item in output], f"{at} /response/output"
            )
            return
        for index, item in sorted(self._items.items()):
            if item.whole is not None and index < len(output):
                yield from _final_item(item.whole, as_object(output[index]), f"{at} /response/output/{index}")


def _called(item: dict[str, Any]) -> dict[str, str]:
    """What a client takes from a function call when it is added. The live API renames calls of its own tools."""
    names = ("call_id", "name") if item.get("type") == "function_call" else ()
    return {name: item[name] for name in names if isinstance(item.get(name), str)}


def of_the_api(kind: Any) -> bool:
    """Return whether an event type belongs to OpenAI's API, and not to another vendor.

    Event types that are newer than OpenAI's document are included.
    """
    return not isinstance(kind, str) or kind == "error" or kind.startswith("response.")


def _final_item(done: dict[str, Any], final: dict[str, Any], where: str) -> Iterator[StreamFault]:
    for name in ("id", "type", "call_id", "name", "arguments"):
        if name in done and final.get(name) != done[name]:
            yield StreamFault(StreamRule.FINAL, f"{done[name]!r}, as in {_DONE}", final.get(name), f"{where}/{name}")
            return
    if _texts(done) != _texts(final):
        yield StreamFault(StreamRule.FINAL, f"the text of {_DONE}, {_texts(done)!r}", _texts(final), f"{where}/content")


def _texts(item: dict[str, Any]) -> list[Any]:
    content = item.get("content")
    parts = [as_object(part) for part in content] if isinstance(content, list) else []
    return [part.get("text", part.get("refusal")) for part in parts]
