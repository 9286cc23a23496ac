"""The grammar of a Responses stream as a machine: it reads one event after the other and says what is out of place.

Source: the stream's example and the `Response…Event` schemas of OpenAI's document, and 124 recorded streams. An event
whose type is not known here passes: the API adds new ones, and clients must ignore what they do not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from conformance.reply import Chunk
from conformance.reply.responses import TERMINAL


class Rule(StrEnum):
    """What a fault breaks. One fault breaks one rule."""

    CREATED = "created"
    IN_PROGRESS = "in-progress"
    TERMINAL = "terminal"
    ORDER = "order"
    OUTPUT_INDEX = "output-index"
    CONTENT_INDEX = "content-index"
    ITEM_ID = "item-id"
    DELTAS = "deltas"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing out of place. `where` is an event number with a JSON pointer."""

    rule: Rule
    expected: str
    got: Any
    where: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A text that arrives in deltas: the event that ends it, where that has the whole, and which index it counts by."""

    done: str
    whole: str
    index: str = ""
    part: str = ""


CHANNELS = {
    "response.output_text.delta": Channel("response.output_text.done", "text", "content_index", "text"),
    "response.refusal.delta": Channel("response.refusal.done", "refusal", "content_index", "refusal"),
    "response.reasoning_text.delta": Channel("response.reasoning_text.done", "text", "content_index"),
    "response.reasoning_summary_text.delta": Channel("response.reasoning_summary_text.done", "text", "summary_index"),
    "response.function_call_arguments.delta": Channel("response.function_call_arguments.done", "arguments"),
    "response.custom_tool_call_input.delta": Channel("response.custom_tool_call_input.done", "input"),
    "response.mcp_call_arguments.delta": Channel("response.mcp_call_arguments.done", "arguments"),
    "response.code_interpreter_call_code.delta": Channel("response.code_interpreter_call_code.done", "code"),
}
ENDINGS = {channel.done: name for name, channel in CHANNELS.items()}

_ADDED, _DONE = "response.output_item.added", "response.output_item.done"
_PART_ADDED, _PART_DONE = "response.content_part.added", "response.content_part.done"
_CREATED, _STARTED = "response.created", ("response.queued", "response.in_progress")

# Types of items that are made of deltas, so that a whole item without an opening event is a fault for clients.
_FIELDS = {"function_call": "arguments", "custom_tool_call": "input"}


@dataclass(slots=True)
class _Text:
    """A text on its way: its deltas so far, and whether it was ended."""

    deltas: list[str] = field(default_factory=list)
    ended: bool = False


@dataclass(slots=True)
class _Item:
    """An output item between its `added` and its `done`."""

    id: Any
    type: Any
    open: bool = True
    parts: dict[int, bool] = field(default_factory=dict)  # content_index → still open
    texts: dict[tuple[str, int], _Text] = field(default_factory=dict)
    whole: dict[str, Any] | None = None


class Grammar:
    """Reads the events of one stream."""

    def __init__(self) -> None:
        self._items: dict[int, _Item] = {}
        self._ended = ""
        self._events = 0

    def read(self, events: Iterable[Chunk]) -> Iterator[Fault]:
        """The faults of a stream, in its order."""
        last = 0
        for event in events:
            last = event.number
            yield from self._event(event)
            self._events += 1
        if not self._ended:
            expected = "response.completed, response.incomplete or response.failed at the end"
            yield Fault(Rule.TERMINAL, expected, "the stream ends without it", f"event {last}")

    def _event(self, event: Chunk) -> Iterator[Fault]:
        kind, data, at = event.data.get("type"), event.data, f"event {event.number}"
        yield from self._beginning(kind, at)
        if self._ended:
            yield Fault(Rule.TERMINAL, f"nothing after {self._ended}", kind, f"{at} /type")
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

    def _beginning(self, kind: Any, at: str) -> Iterator[Fault]:
        if self._events == 0 and kind not in (_CREATED, "error"):
            yield Fault(Rule.CREATED, f"{_CREATED} first", kind, f"{at} /type")
        if self._events > 0 and kind == _CREATED:
            yield Fault(Rule.CREATED, f"{_CREATED} once", kind, f"{at} /type")
        if self._events == 1 and kind not in (*_STARTED, _CREATED, "error", "response.failed"):
            yield Fault(Rule.IN_PROGRESS, "response.in_progress (or response.queued) second", kind, f"{at} /type")

    # Items

    def _item_added(self, data: dict[str, Any], at: str) -> Iterator[Fault]:
        item = _dict(data.get("item"))
        index = data.get("output_index", len(self._items))  # that it is missing is the schema's matter
        if not isinstance(index, int):
            return
        if index in self._items and self._items[index].open:
            yield Fault(Rule.ORDER, f"item {index} done before one is added in its place", _ADDED, f"{at} /type")
        elif index != len(self._items):
            yield Fault(Rule.OUTPUT_INDEX, f"{len(self._items)}, the next free place", index, f"{at} /output_index")
        self._items[index] = _Item(item.get("id"), item.get("type"))

    def _item_done(self, data: dict[str, Any], at: str) -> Iterator[Fault]:
        item = _dict(data.get("item"))
        index = self._place(data, item.get("id"))
        if index is None:
            return
        known = self._items.get(index)
        if known is None or not known.open:
            yield from self._not_open(known, index, _DONE, at)
            self._items.setdefault(index, _Item(item.get("id"), item.get("type"))).open = False
            return
        known.open = False
        known.whole = item
        yield from self._same_id(known, item.get("id"), f"{at} /item/id")
        if item.get("type") != known.type:
            yield Fault(Rule.ORDER, f"the {known.type} that was added", item.get("type"), f"{at} /item/type")
        unfinished = [place for place, still in known.parts.items() if still]
        if unfinished:
            yield Fault(Rule.ORDER, f"{_PART_DONE} for part {unfinished[0]} first", _DONE, f"{at} /type")
        running = [name for (name, _), text in known.texts.items() if not text.ended]
        if running and not unfinished:
            yield Fault(Rule.ORDER, f"{CHANNELS[running[0]].done} first", _DONE, f"{at} /type")
        yield from _item_text(known, item, at)

    def _not_open(self, known: _Item | None, index: int, kind: str, at: str) -> Iterator[Fault]:
        if known is not None:
            yield Fault(Rule.ORDER, f"nothing more of item {index}, which is done", kind, f"{at} /type")
        elif self._items and index != len(self._items):
            expected = f"the place of an item that was added: {sorted(self._items)}"
            yield Fault(Rule.OUTPUT_INDEX, expected, index, f"{at} /output_index")
        else:
            yield Fault(Rule.ORDER, f"{_ADDED} for item {index} first", kind, f"{at} /type")

    def _same_id(self, known: _Item, identifier: Any, where: str) -> Iterator[Fault]:
        if isinstance(known.id, str) and isinstance(identifier, str) and identifier != known.id:
            yield Fault(Rule.ITEM_ID, f"{known.id}, as in {_ADDED}", identifier, where)

    def _place(self, data: dict[str, Any], identifier: Any) -> int | None:
        """Where an event belongs: by its index, or by its id where it has none. None when it has neither."""
        if "output_index" in data:
            index = data["output_index"]
            return index if isinstance(index, int) and not isinstance(index, bool) else None
        return next((place for place, item in self._items.items() if item.id == identifier), None)

    # Inside an item

    def _inside(self, kind: str, data: dict[str, Any], at: str) -> Iterator[Fault]:
        index = self._place(data, data.get("item_id"))
        if index is None:
            return
        known = self._items.get(index)
        if known is None or not known.open:
            if kind.endswith((".delta", ".done", ".added")):
                yield from self._not_open(known, index, kind, at)
            return
        yield from self._same_id(known, data.get("item_id"), f"{at} /item_id")
        if kind == _PART_ADDED:
            yield from _part_added(known, data, at)
        elif kind == _PART_DONE:
            yield from _part_done(known, data, at)
        elif kind in CHANNELS:
            yield from _delta(known, kind, data, at)
        elif kind in ENDINGS:
            yield from _text_done(known, ENDINGS[kind], data, at)

    # The end

    def _end(self, kind: str, data: dict[str, Any], at: str) -> Iterator[Fault]:
        if kind == "response.failed":
            return
        still = [index for index, item in self._items.items() if item.open]
        # What the limit cut is left open by the API itself when it is a tool call that cannot be used.
        if still and kind == "response.completed" and self._items[still[0]].type in ("message", *_FIELDS):
            yield Fault(Rule.ORDER, f"{_DONE} for item {still[0]} first", kind, f"{at} /type")
        output = _dict(data.get("response")).get("output")
        if not isinstance(output, list):
            return  # the schema's matter
        if len(output) != len(self._items):
            expected = f"the {len(self._items)} items that were added"
            yield Fault(Rule.FINAL, expected, [_dict(item).get("type") for item in output], f"{at} /response/output")
            return
        for index, item in sorted(self._items.items()):
            if item.whole is not None and index < len(output):
                yield from _final_item(item.whole, _dict(output[index]), f"{at} /response/output/{index}")


def _part_added(item: _Item, data: dict[str, Any], at: str) -> Iterator[Fault]:
    index = data.get("content_index")
    if not isinstance(index, int):
        return
    if item.parts.get(index):
        yield Fault(Rule.ORDER, f"{_PART_DONE} for part {index} first", _PART_ADDED, f"{at} /type")
    elif index != len(item.parts):
        yield Fault(Rule.CONTENT_INDEX, f"{len(item.parts)}, the next part", index, f"{at} /content_index")
    item.parts[index] = True


def _part_done(item: _Item, data: dict[str, Any], at: str) -> Iterator[Fault]:
    index = data.get("content_index")
    if not isinstance(index, int):
        return
    if not item.parts.get(index):
        yield from _no_such_part(item, index, _PART_DONE, at)
        return
    item.parts[index] = False
    part = _dict(data.get("part"))
    for name, channel in CHANNELS.items():
        text = item.texts.get((name, index))
        if channel.part and text is not None:
            if not text.ended:
                yield Fault(Rule.ORDER, f"{channel.done} first", _PART_DONE, f"{at} /type")
            said = part.get(channel.part)
            if isinstance(said, str) and said != "".join(text.deltas):
                yield Fault(Rule.DELTAS, "".join(text.deltas), said, f"{at} /part/{channel.part}")


def _no_such_part(item: _Item, index: int, kind: str, at: str) -> Iterator[Fault]:
    if index not in item.parts and any(item.parts.values()):
        opened = [place for place, still in item.parts.items() if still]
        expected = f"the index of the part that is open, {opened[0]}"
        yield Fault(Rule.CONTENT_INDEX, expected, index, f"{at} /content_index")
    else:
        yield Fault(Rule.ORDER, f"{_PART_ADDED} for part {index} first", kind, f"{at} /type")


def _delta(item: _Item, name: str, data: dict[str, Any], at: str) -> Iterator[Fault]:
    channel = CHANNELS[name]
    index = data.get(channel.index) if channel.index else 0
    delta = data.get("delta")
    if not isinstance(index, int) or not isinstance(delta, str):
        return
    if channel.part and not item.parts.get(index):
        yield from _no_such_part(item, index, name, at)
        opened = [place for place, still in item.parts.items() if still]
        index = opened[0] if opened else index  # read on as if it were right: one fault is one failure
    text = item.texts.setdefault((name, index), _Text())
    if text.ended:
        yield Fault(Rule.ORDER, f"no delta after {channel.done}", name, f"{at} /type")
    text.deltas.append(delta)


def _text_done(item: _Item, name: str, data: dict[str, Any], at: str) -> Iterator[Fault]:
    channel = CHANNELS[name]
    index = data.get(channel.index) if channel.index else 0
    whole = data.get(channel.whole)
    if not isinstance(index, int):
        return
    if channel.part and not item.parts.get(index):
        yield from _no_such_part(item, index, channel.done, at)
        return
    text = item.texts.setdefault((name, index), _Text())
    if text.ended:
        yield Fault(Rule.ORDER, f"{channel.done} once", channel.done, f"{at} /type")
    text.ended = True
    if isinstance(whole, str) and whole != "".join(text.deltas):
        yield Fault(Rule.DELTAS, "".join(text.deltas), whole, f"{at} /{channel.whole}")


def _item_text(known: _Item, item: dict[str, Any], at: str) -> Iterator[Fault]:
    """What the deltas said is what the finished item has."""
    content = item.get("content")
    for (name, index), text in known.texts.items():
        channel, said = CHANNELS[name], "".join(text.deltas)
        if channel.part and isinstance(content, list):
            part = _dict(content[index]) if 0 <= index < len(content) else {}
            where, value = f"{at} /item/content/{index}/{channel.part}", part.get(channel.part)
        elif not channel.index and channel.whole in item:
            where, value = f"{at} /item/{channel.whole}", item.get(channel.whole)
        else:
            continue
        if value != said:
            yield Fault(Rule.DELTAS, said, value, where)


def _final_item(done: dict[str, Any], final: dict[str, Any], where: str) -> Iterator[Fault]:
    for name in ("id", "type", "call_id", "name", "arguments"):
        if name in done and final.get(name) != done[name]:
            yield Fault(Rule.FINAL, f"{done[name]!r}, as in {_DONE}", final.get(name), f"{where}/{name}")
            return
    if _texts(done) != _texts(final):
        yield Fault(Rule.FINAL, f"the text of {_DONE}, {_texts(done)!r}", _texts(final), f"{where}/content")


def _texts(item: dict[str, Any]) -> list[Any]:
    content = item.get("content")
    parts = [_dict(part) for part in content] if isinstance(content, list) else []
    return [part.get("text", part.get("refusal")) for part in parts]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
