"""The messages of a WebSocket as a body, and a body as events again."""

from __future__ import annotations

from conformance.wire import Request
from conformance.wire.messages import body_of, events_in

SOCKET = Request("GET", "ws://a.test/v1")


def test_messages_are_a_json_text_sequence() -> None:
    """RFC 7464: each begins with the separator and ends with a line feed."""
    assert body_of(["{}", "1"]) == b"\x1e{}\n\x1e1\n"
    assert body_of([]) == b""


def test_what_has_no_utf_8_is_written_and_read_with_a_mark() -> None:
    """Half of a pair of surrogates, and a byte that begins nothing."""
    assert body_of(["a\ud800"]) == b"\x1ea?\n"
    assert [event.data for event in events_in(SOCKET, b"\x1ea\xff\n", [])] == ["a\ufffd"]


def test_each_message_has_its_time_as_far_as_they_are_known() -> None:
    """Those behind the last known time came at 0."""
    events = events_in(SOCKET, b"\x1ea\n\x1eb\n\x1ec\n", [1.5, 2.5])
    assert [(event.data, event.at_ms) for event in events] == [("a", 1.5), ("b", 2.5), ("c", 0.0)]


def test_any_other_body_is_of_server_sent_events() -> None:
    """The URL of the request tells."""
    events = events_in(Request("POST", "http://a.test/v1"), b"data: a\n\ndata: b\n\n", [3.0, 4.0])
    assert [(event.data, event.at_ms) for event in events] == [("a", 3.0), ("b", 4.0)]
