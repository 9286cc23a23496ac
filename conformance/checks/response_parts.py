"""Checks the events of one output item in a Responses stream: their order, and whether deltas match the final text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class StreamRule(StrEnum):
    """A rule of the grammar for the events of a Responses stream.

    Each detected fault of a stream violates exactly one rule of the stream grammar.
    """

    CREATED = "created"
    IN_PROGRESS = "in-progress"
    TERMINAL = "terminal"
    ORDER = "order"
    OUTPUT_INDEX = "output-index"
    CONTENT_INDEX = "content-index"
    ITEM_ID = "item-id"
    DELTAS = "deltas"
    FINAL = "final"

    @property
    def requirement(self) -> str:
        """The id of the requirement that a fault against the grammar rule violates."""
        return f"responses.stream.{self}"


@dataclass(frozen=True, slots=True)
class StreamFault:
    """One fault in a stream: the violated rule, the expected and actual values, and the location.

    `where` is the number of an event, followed by a JSON pointer into the data of that event.
    """

    rule: StreamRule
    expected: str
    got: Any
    where: str


@dataclass(frozen=True, slots=True)
class Channel:
    """A kind of text that arrives in deltas, such as output text or function arguments.

    `done` is the event type that ends the text, `whole` is its field with the complete text, and `index` is the index
    field.
    """

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

PART_ADDED, PART_DONE = "response.content_part.added", "response.content_part.done"


@dataclass(slots=True)
class Text:
    """A text that arrives in deltas: the deltas so far, and whether the text has ended."""

    deltas: list[str] = field(default_factory=list)
    ended: bool = False

    @property
    def said(self) -> str:
        """The text joined from the deltas received so far."""
        if len(self.deltas) != 1:
            self.deltas = ["".join(self.deltas)]
        return self.deltas[0]


@dataclass(slots=True)
class Item:
    """An output item of a stream between its `added` event and its `done` event."""

    id: Any
    type: Any
    open: bool = True
    parts: set[int] = field(default_factory=set)  # content_index of each part that was added
    opened: dict[int, None] = field(default_factory=dict)  # of those that are still open, the oldest first
    texts: dict[tuple[str, int], Text] = field(default_factory=dict)
    whole: dict[str, Any] | None = None
    called: dict[str, str] = field(default_factory=dict)  # call_id and name, as the call was added


def part_added(item: Item, data: dict[str, Any], at: str) -> Iterator[StreamFault]:
    """Record that an event begins a content part."""
    index = data.get("content_index")
    if not isinstance(index, int):
        return
    if index in item.opened:
        yield StreamFault(StreamRule.ORDER, f"{PART_DONE} for part {index} first", PART_ADDED, f"{at} /type")
    elif index != len(item.parts):
        yield StreamFault(StreamRule.CONTENT_INDEX, f"{len(item.parts)}, the next part", index, f"{at} /content_index")
    item.parts.add(index)
    item.opened.setdefault(index)


def part_done(item: Item, data: dict[str, Any], at: str) -> Iterator[StreamFault]:
    """Record that an event ends a content part."""
    index = data.get("content_index")
    if not isinstance(index, int):
        return
    if index not in item.opened:
        yield from _no_such_part(item, index, PART_DONE, at)
        return
    del item.opened[index]
    part = as_object(data.get("part"))
    for name, channel in CHANNELS.items():
        text = item.texts.get((name, index))
        if channel.part and text is not None:
            if not text.ended:
                yield StreamFault(StreamRule.ORDER, f"{channel.done} first", PART_DONE, f"{at} /type")
            said = part.get(channel.part)
            if isinstance(said, str) and said != text.said:
                yield StreamFault(StreamRule.DELTAS, text.said, said, f"{at} /part/{channel.part}")


def _no_such_part(item: Item, index: int, kind: str, at: str) -> Iterator[StreamFault]:
    if index not in item.parts and item.opened:
        expected = f"the index of the part that is open, {next(iter(item.opened))}"
        yield StreamFault(StreamRule.CONTENT_INDEX, expected, index, f"{at} /content_index")
    else:
        yield StreamFault(StreamRule.ORDER, f"{PART_ADDED} for part {index} first", kind, f"{at} /type")


def text_delta(item: Item, name: str, data: dict[str, Any], at: str) -> Iterator[StreamFault]:
    """Append a delta to the text of its item; yield a fault if the order or the index of the delta is wrong."""
    channel = CHANNELS[name]
    index = data.get(channel.index) if channel.index else 0
    delta = data.get("delta")
    if not isinstance(index, int) or not isinstance(delta, str):
        return
    if channel.part and index not in item.opened:
        yield from _no_such_part(item, index, name, at)
        index = next(iter(item.opened), index)  # read on as if it were right: one fault is one failure
    text = item.texts.setdefault((name, index), Text())
    if text.ended:
        yield StreamFault(StreamRule.ORDER, f"no delta after {channel.done}", name, f"{at} /type")
    text.deltas.append(delta)


def text_done(item: Item, name: str, data: dict[str, Any], at: str) -> Iterator[StreamFault]:
    """End a text, and compare the complete text in the final event with the joined deltas."""
    channel = CHANNELS[name]
    index = data.get(channel.index) if channel.index else 0
    whole = data.get(channel.whole)
    if not isinstance(index, int):
        return
    if channel.part and index not in item.opened:
        yield from _no_such_part(item, index, channel.done, at)
        return
    text = item.texts.setdefault((name, index), Text())
    if text.ended:
        yield StreamFault(StreamRule.ORDER, f"{channel.done} once", channel.done, f"{at} /type")
    text.ended = True
    if isinstance(whole, str) and whole != text.said:
        yield StreamFault(StreamRule.DELTAS, text.said, whole, f"{at} /{channel.whole}")


def item_text(known: Item, item: dict[str, Any], at: str) -> Iterator[StreamFault]:
    """Compare the joined deltas with the text in the finished output item."""
    content = item.get("content")
    for (name, index), text in known.texts.items():
        channel, said = CHANNELS[name], text.said
        if channel.part and isinstance(content, list):
            part = as_object(content[index]) if 0 <= index < len(content) else {}
            where, value = f"{at} /item/content/{index}/{channel.part}", part.get(channel.part)
        elif not channel.index and channel.whole in item:
            where, value = f"{at} /item/{channel.whole}", item.get(channel.whole)
        else:
            continue
        if value != said:
            yield StreamFault(StreamRule.DELTAS, said, value, where)


def as_object(value: Any) -> dict[str, Any]:
    """Return the value if it is a JSON object, otherwise {}."""
    return value if isinstance(value, dict) else {}
