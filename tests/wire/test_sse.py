"""The decoder of server-sent events: the WHATWG rules, whatever the reads look like."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.wire.exchange import Event
from conformance.wire.sse import MAX_EVENT_BYTES, Block, EventTooLargeError, SSEDecoder, decode, decode_blocks


def bare(events: tuple[Event, ...] | list[Event]) -> list[tuple[str, str | None, str | None, int | None, bool]]:
    return [(e.data, e.event, e.id, e.retry, e.complete) for e in events]


def whole(data: str, event: str | None = None, id_: str | None = None, retry: int | None = None) -> tuple[object, ...]:
    return (data, event, id_, retry, True)


TABLE = {
    "three events": (
        b"data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\n"
        b"data: This is the third message.\n\n",
        [
            whole("This is the first message."),
            whole("This is the second message, it\nhas two lines."),
            whole("This is the third message."),
        ],
    ),
    "typed events": (
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
        [whole("73857293", "add"), whole("2153", "remove")],
    ),
    "stock ticker": (b"data: YHOO\ndata: +2\ndata: 10\n\n", [whole("YHOO\n+2\n10")]),
    "four blocks, one a comment, one without the space": (
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [whole("first event", None, "1"), whole("second event", None, ""), whole(" third event")],
    ),
    "empty data is an event, an unfinished block is not whole": (
        b"data\n\ndata\ndata\n\ndata:",
        [whole(""), whole("\n"), ("", None, None, None, False)],
    ),
    "one space after the colon is optional": (b"data:test\n\ndata: test\n\n", [whole("test"), whole("test")]),
    "CRLF": (b"data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", [whole("a\nb"), whole("c")]),
    "CR": (b"data: a\rdata: b\r\rdata: c\r\r", [whole("a\nb"), whole("c")]),
    "mixed line ends": (b"data: a\rdata: b\r\ndata: c\n\r\ndata: d\n\n", [whole("a\nb\nc"), whole("d")]),
    "one BOM is dropped": (b"\xef\xbb\xbfdata: a\n\n", [whole("a")]),
    "a second BOM is part of the field name": (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
    "a BOM later is text": (b"data: \xef\xbb\xbfa\n\n\xef\xbb\xbfdata: b\n\n", [whole("\ufeffa")]),
    "a BOM after an empty line is text": (b"\n\xef\xbb\xbfdata: a\n\n", []),
    "no data, no event": (b"event: ping\n\nid: 7\n\nretry: 5\n\n", []),
    "the type does not reach into the next block": (b"event: x\n\ndata: a\n\n", [whole("a")]),
    "an empty type is the default": (b"event:\ndata: a\n\n", [whole("a")]),
    "an id with NUL is ignored": (b"id: a\0b\ndata: x\n\n", [whole("x")]),
    "the last id of the block counts": (b"id: 1\nid: 2\ndata: x\n\n", [whole("x", None, "2")]),
    "retry takes ASCII digits only": (
        b"retry: 10\ndata: a\n\nretry: 1s\ndata: b\n\nretry: -1\ndata: c\n\n"
        + "retry: \u0661\ndata: d\n\nretry:\ndata: e\n\n".encode(),
        [whole("a", None, None, 10), whole("b"), whole("c"), whole("d"), whole("e")],
    ),
    "an absurd retry is ignored": (b"retry: " + b"9" * 5000 + b"\ndata: a\n\n", [whole("a")]),
    "unknown fields and wrong case are ignored": (b"foo: 1\nData: 2\n data: 3\ndata: 4\n\n", [whole("4")]),
    "colons in the value stay": (b'data: {"a": "b:c"}\n\n', [whole('{"a": "b:c"}')]),
    "invalid UTF-8 is replaced": (b"data: \xff\xc3\n\n", [whole("\ufffd\ufffd")]),
    "U+2028 and VT end no line": ("data: a\u2028b\x0bc\x85\n\n".encode(), [whole("a\u2028b\x0bc\x85")]),
    "cut off in the line": (b'data: {"a', [('{"a', None, None, None, False)]),
    "cut off after the line": (b"event: x\ndata: a\n", [("a", "x", None, None, False)]),
    "cut off without data": (b"event: x\n: c", []),
    "nothing": (b"", []),
    "only line ends": (b"\n\r\n\r\n\n", []),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_standard_is_followed(name: str) -> None:
    """Every row of the table, taken from the standard's examples and rules, decodes as the standard says."""
    body, expected = TABLE[name]
    assert bare(decode(body)) == expected


@pytest.mark.parametrize("name", TABLE)
def test_byte_by_byte_is_the_same(name: str) -> None:
    """A stream that arrives one byte at a time gives the same events as one that arrives at once."""
    body, _ = TABLE[name]
    decoder = SSEDecoder()
    events = [event for n in range(len(body)) for event in decoder.feed(body[n : n + 1], 0.0)]
    events += decoder.close(0.0)
    assert tuple(events) == decode(body)


FIELDS = st.sampled_from(["data", "event", "id", "retry", "", "Data", "foo", "\ufeffdata", "dat"])
VALUES = st.text(st.sampled_from(list("ab 1:0\0é漢😀\u2028\ufeff")), max_size=6)
LINES = st.one_of(
    st.tuples(FIELDS, st.sampled_from([":", ": ", "", ":  "]), VALUES).map(lambda parts: "".join(parts).encode()),
    st.just(b""),
    st.binary(max_size=4),
)
STREAMS = st.tuples(
    st.sampled_from([b"", b"\xef\xbb\xbf", b"\xef\xbb", b"\xef\xbb\xbf\xef\xbb\xbf"]),
    st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b"\r\r", b"\r\n\r\n"])), max_size=12),
    LINES,
).map(lambda parts: parts[0] + b"".join(line + end for line, end in parts[1]) + parts[2])


@given(STREAMS, st.lists(st.integers(0, 200), max_size=20))
def test_how_reads_are_split_changes_nothing(body: bytes, cuts: list[int]) -> None:
    """For any stream and any split, blocks and events are those of one read."""
    places = sorted({0, *(min(cut, len(body)) for cut in cuts), len(body)})
    decoder = SSEDecoder()
    blocks: list[Block] = []
    for start, end in pairwise(places):
        blocks += decoder.feed_blocks(body[start:end], 0.0)
    blocks += decoder.close_blocks(0.0)
    assert tuple(blocks) == decode_blocks(body)


@given(STREAMS)
def test_a_slow_and_simple_reading_agrees(body: bytes) -> None:
    """The events are those of a literal, whole-text transcription of the standard's algorithm."""
    text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    expected, data, kind = [], "", ""
    for line in text.split("\n")[:-1]:  # what follows the last line end is no line
        if line == "":
            if data:
                expected.append((data.removesuffix("\n"), kind or None))
            data = kind = ""
            continue
        field, _, value = line.partition(":")
        value = value[1:] if value[:1] == " " else value
        if field == "data":
            data += value + "\n"
        elif field == "event":
            kind = value
    assert [(e.data, e.event) for e in decode(body) if e.complete] == expected


def test_an_event_bears_the_time_of_its_last_byte() -> None:
    """`at_ms` is when the empty line arrived, not when the data did."""
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\n", 1.0) == []
    assert [e.at_ms for e in decoder.feed(b"\ndata: b\r\n\r", 2.0)] == [2.0, 2.0]
    assert decoder.feed(b"\ndata: c", 3.0) == []
    assert [(e.data, e.at_ms, e.complete) for e in decoder.close(4.0)] == [("c", 4.0, False)]


def test_comments_and_bare_fields_can_be_seen() -> None:
    """Blocks that are no events are kept with their lines, and comments inside an event's block too."""
    blocks = decode_blocks(b": OPENROUTER PROCESSING\n\nretry: 3\n\n:x\ndata: a\n\n:")
    assert [(b.lines, b.event is None, b.complete) for b in blocks] == [
        ((": OPENROUTER PROCESSING",), True, True),
        (("retry: 3",), True, True),
        ((":x", "data: a"), False, True),
        ((":",), True, False),
    ]


def test_known_arrival_times_are_put_back() -> None:
    """`decode` gives recorded times to the events in order, and 0 where none was recorded."""
    body = b"data: a\n\ndata: b\n\n"
    assert [e.at_ms for e in decode(body, [1.5])] == [1.5, 0.0]
    assert decode(body, [1.5, 2.5])[1] == decode(body)[1]._replace(at_ms=2.5)


@pytest.mark.parametrize("piece", [b"x", b"data: x\n"])
def test_memory_for_one_event_is_bounded(piece: bytes) -> None:
    """A line, or a block of lines, that never ends raises `EventTooLargeError` at the limit."""
    decoder = SSEDecoder(max_event_bytes=100)
    fitting = 100 // len(piece.rstrip())
    for _ in range(fitting):
        decoder.feed(piece, 0.0)
    with pytest.raises(EventTooLargeError, match="100 bytes"):
        decoder.feed(piece, 0.0)


def test_the_bound_is_for_one_event_not_for_the_stream() -> None:
    """A stream much longer than the bound is decoded when each event is small."""
    decoder = SSEDecoder(max_event_bytes=20)
    assert sum(len(decoder.feed(b"data: 0123456789\n\n", 0.0)) for _ in range(50)) == 50


@pytest.mark.parametrize(("digits", "kept"), [(18, True), (19, False)])
def test_a_retry_has_eighteen_digits_at_most(digits: int, kept: bool) -> None:
    """Nobody waits longer."""
    (event,) = decode(b"retry: " + b"1" * digits + b"\ndata: a\n\n")
    assert event.retry == (int("1" * digits) if kept else None)


def test_a_decoder_is_as_new_after_its_end() -> None:
    """A BOM is dropped again, and a LF does not belong to a CR of before."""
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\r", 0.0) == []
    assert [event.data for event in decoder.close(0.0)] == ["a"]
    (block,) = decoder.feed_blocks(b"\ndata: b\n\n", 0.0)
    assert block.lines == ("data: b",)
    decoder.close(0.0)
    assert decoder.feed(b"\n\xef\xbb\xbfdata: x\n\n", 0.0) == []
    decoder.close(0.0)
    assert bare(decoder.feed(b"\xef\xbb\xbfdata: c\n\n", 0.0)) == [whole("c")]


def test_a_block_is_whole_unless_it_was_cut() -> None:
    """Sixteen MiB are the most that it may have, unless told otherwise."""
    assert Block(("data: a",), None).complete
    assert MAX_EVENT_BYTES == 16_777_216
    assert SSEDecoder().feed(b"x" * MAX_EVENT_BYTES, 0.0) == []
    with pytest.raises(EventTooLargeError):
        SSEDecoder().feed(b"x" * (MAX_EVENT_BYTES + 1), 0.0)


def test_an_event_that_came_at_once_is_bounded_too() -> None:
    """Its end in the same read does not make it smaller."""
    with pytest.raises(EventTooLargeError, match="20 bytes"):
        SSEDecoder(max_event_bytes=20).feed(b"data: 0123456789\ndata: 0123456789\n\n", 0.0)


def test_every_event_may_have_as_much_as_the_first() -> None:
    """The count begins anew."""
    decoder = SSEDecoder(max_event_bytes=20)
    for _ in range(3):
        assert len(decoder.feed(b"data: 01234567890123\n\n", 0.0)) == 1
