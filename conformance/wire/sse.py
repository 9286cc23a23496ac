"""Decodes server-sent events incrementally, exactly by the WHATWG rules.

Source: HTML Living Standard, 9.2.5 "Parsing an event stream" and 9.2.6 "Interpreting an event stream".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.wire.exchange import Event

MAX_EVENT_BYTES = 16 * 1024 * 1024
"""The default maximum size of one block in bytes."""

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")
_TEXT_LINE_END = re.compile(r"\r\n|\n|\r")
_MAX_RETRY_DIGITS = 18  # the standard sets no bound; int() refuses thousands of digits, and no one waits that long


class EventTooLargeError(ValueError):
    """An event of the stream is larger than the decoder's limit."""


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines of an event stream up to an empty line, whether or not they form an event.

    `lines` are the lines of the block, without line ends. `event` is None if the block has no `data` field, for example
    if it has only comments or `retry`. `complete` is false if the stream ended before the empty line that ends the
    block.
    """

    lines: tuple[str, ...]
    event: Event | None
    complete: bool = True


class SSEDecoder:
    """Decodes bytes into server-sent events as they arrive.

    The decoded events do not depend on how the bytes are split between reads; only their `at_ms` depends on it.

    If the empty line after an event ends with `CR LF`, the event is complete at the `CR`: the decoder does not wait for
    the `LF`. `max_event_bytes` limits the memory for one event; a larger event raises `EventTooLargeError`.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max = max_event_bytes
        self._partial = bytearray()  # the line that has not ended yet
        self._lines: list[bytes] = []
        self._size = 0  # bytes in _lines
        self._first_line = True
        self._after_cr = False  # the last byte was CR: a LF that follows belongs to it

    def feed(self, data: bytes, at_ms: float) -> list[Event]:
        """Decode the bytes `data`, which arrived at `at_ms`, and yield the events that are complete now.

        Raises `EventTooLargeError`.
        """
        return [block.event for block in self.feed_blocks(data, at_ms) if block.event is not None]

    def close(self, at_ms: float) -> list[Event]:
        """Return the event that the end of the stream truncated, marked as incomplete.

        Return None if the truncated event has no data.

        A truncated event is marked as incomplete, because a browser would discard it.
        """
        return [block.event for block in self.close_blocks(at_ms) if block.event is not None]

    def feed_blocks(self, data: bytes, at_ms: float) -> list[Block]:
        """Decode more bytes of the stream, and return the server-sent event blocks that end in these bytes.

        The result also contains blocks without an event, such as comments and `retry`.

        Raises `EventTooLargeError`.
        """
        return list(self._feed(data, at_ms))

    def close_blocks(self, at_ms: float) -> list[Block]:
        """Reset the decoder and return the block that the end of the stream truncated, if any, marked as incomplete."""
        if self._partial:
            self._end_line()
        block = self._end_block(at_ms, complete=False)
        self._first_line, self._after_cr = True, False
        return [block] if block else []

    def _feed(self, data: bytes, at_ms: float) -> Iterator[Block]:
        if not data:
            return
        start = 1 if self._after_cr and data.startswith(b"\n") else 0
        self._after_cr = data.endswith(b"\r")
        for match in _LINE_END.finditer(data, start):
            self._partial += data[start : match.start()]
            start = match.end()
            if self._end_line():
                self._check_size()
            elif block := self._end_block(at_ms, complete=True):
                yield block
        self._partial += data[start:]
        self._check_size()

    def _end_line(self) -> bool:
        """Move the partial line to the block; return false if it was empty, which ends the block."""
        line = bytes(self._partial)
        self._partial.clear()
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BOM)
        if line:
            self._lines.append(line)
            self._size += len(line)
        return bool(line)

    def _end_block(self, at_ms: float, *, complete: bool) -> Block | None:
        if not self._lines:
            return None
        # No UTF-8 sequence contains CR or LF, so lines decode one by one as the whole stream would.
        lines = tuple(line.decode("utf-8", errors="replace") for line in self._lines)
        self._lines.clear()
        self._size = 0
        return Block(lines, _interpret(lines, at_ms, complete), complete)

    def _check_size(self) -> None:
        if self._size + len(self._partial) > self._max:
            raise EventTooLargeError(f"one event of the stream has more than {self._max} bytes")


def _interpret(lines: tuple[str, ...], at_ms: float, complete: bool) -> Event | None:
    """Return the event of a block of lines, or None if it has no data."""
    if len(lines) == 1 and lines[0].startswith("data: "):  # nearly all events of nearly all streams
        return Event(lines[0][6:], None, None, None, lines, at_ms, complete)
    data: list[str] = []
    event = event_id = retry = None
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                data.append(value)
            case "event":
                event = value or None  # an empty type is the default type
            case "id" if "\0" not in value:
                event_id = value
            case "retry" if value.isascii() and value.isdigit() and len(value) <= _MAX_RETRY_DIGITS:
                retry = int(value)
    if not data:
        return None
    return Event("\n".join(data), event, event_id, retry, lines, at_ms, complete)


def decode_blocks(body: bytes) -> tuple[Block, ...]:
    """Yield all blocks of a complete event stream, including a truncated last block. `at_ms` is 0.

    The function `decode_blocks` yields the same blocks as the incremental decoder, about three times as fast.
    """
    return tuple(Block(lines, _interpret(lines, 0.0, complete), complete) for lines, complete in _blocks_of_lines(body))


def _blocks_of_lines(body: bytes) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield the lines of each block of a complete body, and whether the block was ended."""
    # Decoding before splitting is safe: no UTF-8 sequence, right or wrong, takes a CR or LF with it.
    text = body.removeprefix(_BOM).decode("utf-8", errors="replace")
    if "\r" in text:
        text = _TEXT_LINE_END.sub("\n", text)
    parts = text.split("\n\n")  # of more empty lines than one, the rest stand at the edges of a part
    last = len(parts) - 1
    for number, part in enumerate(parts):
        lines = tuple(filter(None, part.split("\n"))) if "\n" in part else (part,) if part else ()
        if lines:
            yield lines, number < last


def decode(body: bytes, at_ms: Sequence[float] = ()) -> tuple[Event, ...]:
    """Return all events of a complete body, including a truncated last event.

    `at_ms` lists the arrival times of the events in order, as far as they are known.
    """
    found = (_interpret(lines, 0.0, complete) for lines, complete in _blocks_of_lines(body))
    events = [event for event in found if event is not None]
    known = len(at_ms)
    if not known:
        return tuple(events)
    return tuple(event._replace(at_ms=at_ms[n]) if n < known else event for n, event in enumerate(events))
