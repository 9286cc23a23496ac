"""An exchange: the words it is made of, and what it says of itself."""

from __future__ import annotations

import pytest

from conformance.wire import Event, Exchange, Fact, FailureKind, Request
from conformance.wire.exchange import header_pairs

REQUEST = Request("POST", "https://a.test/v1/chat/completions")
SSE = "text/event-stream"


def answered(*headers: tuple[str, str], **more: object) -> Exchange:
    return Exchange("x1", REQUEST, status=200, headers=headers, **more)  # type: ignore[arg-type] # facts of a test


def test_the_words_are_those_of_the_format() -> None:
    """Kinds of failure and lost facts, as they stand in run files."""
    assert [str(kind) for kind in FailureKind] == [
        "dns", "connect", "tls", "timeout-connect", "timeout-read", "timeout-total", "too-large", "protocol",
        "cut-off",
    ]  # fmt: skip
    assert [str(fact) for fact in Fact] == [
        "request",
        "headers",
        "body",
        "long-values",
        "text",
        "ids",
        "times",
        "values",
    ]


def test_what_did_not_happen_is_empty() -> None:
    """An exchange without more than its request has no text, times, events or tries."""
    bare = Exchange("x1", REQUEST)
    assert (bare.probe, bare.http_version, bare.body, bare.text, bare.identity) == ("", "", b"", "", "")
    assert (bare.status, bare.failure, bare.stopped, bare.headers, bare.attempts) == (None, None, False, (), ())
    assert (bare.timing.headers_ms, bare.timing.first_byte_ms, bare.timing.last_byte_ms) == (None, None, None)
    assert (bare.media_type, bare.is_sse, bare.lost) == ("", False, frozenset())
    assert (REQUEST.headers, REQUEST.body, REQUEST.json) == ((), b"", None)
    assert Event("a") == ("a", None, None, None, (), 0.0, True)


@pytest.mark.parametrize(
    ("body", "data"), [(b'{"a": [1]}', {"a": [1]}), (b"{", None), (b"\xff", None), (b"null", None), (b"0", 0)]
)
def test_the_body_of_a_request_as_data(body: bytes, data: object) -> None:
    """JSON of any kind; None for what is none."""
    assert Request("POST", "https://a.test/", (), body).json == data


@pytest.mark.parametrize(
    ("url", "on_socket"),
    [("ws://h/v1", True), ("wss://h/v1", True), ("http://h/ws://", False), ("https://h/v1", False), ("wss:h", False)],
)
def test_a_request_may_be_a_turn_on_a_websocket(url: str, on_socket: bool) -> None:
    """Its URL says so."""
    assert Request("GET", url).on_socket == on_socket


def test_a_header_is_found_by_any_spelling() -> None:
    """The first of its name counts; a name that is not there has no value."""
    exchange = answered(("content-type", "a/b"), ("x-a", "1"), ("x-a", "2"), ("x-empty", ""))
    assert (exchange.header("X-A"), exchange.header("x-empty"), exchange.header("x-b")) == ("1", "", None)


def test_a_lost_header_proves_nothing() -> None:
    """A header that is there is known; one that is not is known to be missing unless headers were lost."""
    whole, lossy = answered(("x-a", "")), answered(("x-a", ""), lost=frozenset({Fact.HEADERS}))
    assert (whole.knows("x-a"), whole.knows("x-b")) == (True, True)
    assert (lossy.knows("X-A"), lossy.knows("x-b")) == (True, False)


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("application/json", "application/json"),
        (" Text/Event-Stream ; charset=utf-8", SSE),
        ("text/plain;a=b;c=d", "text/plain"),
        ("", ""),
    ],
)
def test_the_media_type_is_bare(header: str, media_type: str) -> None:
    """Lower case, without parameters and space."""
    exchange = answered(("content-type", header))
    assert (exchange.media_type, exchange.is_sse) == (media_type, media_type == SSE)


def test_a_recording_that_kept_only_events_is_a_stream() -> None:
    """That holds where headers were lost and no other media type is known."""
    lost = frozenset({Fact.HEADERS})
    events = (Event("a"),)
    assert answered(events=events, lost=lost).is_sse
    assert not answered(events=events).is_sse
    assert not answered(lost=lost).is_sse
    assert not answered(("content-type", "application/json"), events=events, lost=lost).is_sse


def test_the_text_of_a_body() -> None:
    """UTF-8; what is none is replaced."""
    assert answered(body="h\u00e9".encode() + b"\xff").text == "h\u00e9\ufffd"


def test_given_headers_as_an_exchange_keeps_them() -> None:
    """Names in lower case, values as they are; no headers are none."""
    assert header_pairs({"X-A": "B", "y": "C"}) == (("x-a", "B"), ("y", "C"))
    assert header_pairs(None) == ()
