"""Answers that nobody expected: event streams, JSON and codings are read, and judged without a fault of our own."""

from __future__ import annotations

import gzip
import json
import zlib
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from conformance.contract import load_registry
from conformance.judging.tally import Judging
from conformance.reply import ChatReply, NotAnswered, ResponseReply, read_error
from conformance.verdict import Outcome
from conformance.wire import Exchange, Fact, Request, decode
from conformance.wire.decoding import BodyDecoder, BodyTooLargeError, DecodingError
from conformance.wire.json_data import parse_json
from conformance.wire.sse import EventTooLargeError, SSEDecoder
from tests.fuzz.inputs import ANYTHING, as_json, damaged, fuzz, near
from tests.recordings import samples

CHAT, RESPONSES = samples.URL, "https://api.example.com/v1/responses"
JSON, SSE = (("content-type", "application/json"),), (("content-type", "text/event-stream"),)
REGISTRY = load_registry()

CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLS: dict[str, Any] = {
    **samples.COMPLETION,
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": None, "tool_calls": [CALL]},
            "finish_reason": "tool_calls",
        }
    ],
}
TEXT = {"type": "output_text", "text": "Hi", "annotations": [], "logprobs": []}
MESSAGE = {"id": "m1", "type": "message", "role": "assistant", "status": "completed", "content": [TEXT]}
RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1_760_000_000,
    "status": "completed",
    "model": "m",
    "output": [MESSAGE, {"id": "f1", "type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}],
    "usage": {
        "input_tokens": 1,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 1,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 2,
    },
}
DELTAS: list[Any] = [
    {
        "choices": [
            {"index": 0, "delta": {"role": "assistant", "tool_calls": [{"index": 0, **CALL}]}, "finish_reason": None}
        ]
    },
    {"choices": [{"index": 0, "delta": {"content": "a"}, "logprobs": {"content": [{"token": "a", "logprob": -1.0}]}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {"choices": [], "usage": samples.COMPLETION["usage"]},
]
EVENTS: list[Any] = [
    {"type": "response.created", "response": {**RESPONSE, "status": "in_progress", "output": []}},
    {"type": "response.in_progress", "response": {**RESPONSE, "status": "in_progress", "output": []}},
    {"type": "response.output_item.added", "output_index": 0, "item": {**MESSAGE, "content": []}},
    {"type": "response.content_part.added", "output_index": 0, "content_index": 0, "item_id": "m1", "part": TEXT},
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "item_id": "m1", "delta": "Hi"},
    {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "item_id": "m1", "text": "Hi"},
    {"type": "response.content_part.done", "output_index": 0, "content_index": 0, "item_id": "m1", "part": TEXT},
    {"type": "response.output_item.done", "output_index": 0, "item": MESSAGE},
    {"type": "response.completed", "response": RESPONSE},
]
REQUESTS: list[Any] = [
    {**samples.REQUEST, "stream": True, "stream_options": {"include_usage": True}, "n": 1, "stop": ["x"]},
    {
        **samples.REQUEST,
        "tools": [{"type": "function", "function": {"name": "f"}}],
        "logprobs": True,
        "top_logprobs": 2,
    },
]


def as_events(items: Any) -> bytes:
    """A stream with one event for each item."""
    lines = [b"data: " + as_json(item) for item in items] if isinstance(items, list) else [as_json(items)]
    return b"".join(line + b"\n\n" for line in lines) + b"data: [DONE]\n\n"


def judged(
    url: str, request: Any, status: int, headers: Any, body: bytes, *, lost: frozenset[Fact] = frozenset()
) -> None:
    """Judge the exchange with every invariant, and read it in every way that checks do."""
    sse = headers == SSE
    exchange = Exchange(
        id="x1",
        request=Request("POST", url, JSON, as_json(request)),
        status=status,
        headers=headers,
        body=body,
        events=decode(body) if sse else (),
        lost=lost,
    )
    judging = Judging(REGISTRY)
    judging.add(exchange)
    faults = [verdict.detail for verdict in judging.verdicts() if verdict.outcome is Outcome.ERROR]
    assert not faults, faults
    read_error(exchange)
    for reply in (ChatReply(exchange), ResponseReply(exchange)):
        assert reply.accepted in (True, False)
        for name in ("text", "usage", "completion_tokens", "tool_calls", "message", "output", "function_calls", "id"):
            try:
                value = getattr(reply, name, None)
            except NotAnswered:
                continue
            for call in value if name in ("tool_calls", "function_calls") and value else ():
                assert call.parsed is None or call.arguments


@fuzz
@given(near(*REQUESTS), near(samples.COMPLETION, CALLS, samples.REFUSAL, RESPONSE), st.sampled_from([200, 200, 200, 400, 404, 500]), st.sampled_from([CHAT, RESPONSES]))  # fmt: skip
def test_whole_answers(request_body: Any, body: Any, status: int, url: str) -> None:
    """A completion, a response or a refusal with other values is judged; no check breaks."""
    judged(url, request_body, status, JSON, as_json(body))


@fuzz
@given(
    near(*REQUESTS), near([{**samples.COMPLETION, **delta} for delta in DELTAS]), st.sets(st.sampled_from(list(Fact)))
)
def test_chat_streams(request_body: Any, chunks: Any, lost: set[Fact]) -> None:
    """A chat stream whose chunks have other values is judged, live or with what a recording lost."""
    judged(CHAT, request_body, 200, SSE, as_events(chunks), lost=frozenset(lost))


@fuzz
@given(near(EVENTS))
def test_response_streams(events: Any) -> None:
    """A stream of the Responses API whose events have other values is judged."""
    body = as_events(events).removesuffix(b"data: [DONE]\n\n")
    judged(RESPONSES, {"model": "m", "input": "Hi", "stream": True}, 200, SSE, body)


@fuzz
@given(damaged(samples.STREAM.encode(), as_events(EVENTS)), st.sampled_from([CHAT, RESPONSES]))
def test_damaged_streams(body: bytes, url: str) -> None:
    """A stream with other bytes is judged."""
    judged(url, {"stream": True}, 200, SSE, body)


@fuzz
@given(
    damaged(samples.STREAM.encode(), b"\xef\xbb\xbfid: 1\r\nretry: 5\rdata:a\ndata: b\n\n: c\n\n"),
    st.lists(st.integers(0, 700)),
)
def test_streams_in_any_pieces(body: bytes, cuts: list[int]) -> None:
    """How the bytes arrive changes no event; a bound on an event is kept with its own error."""
    whole = decode(body)
    decoder, pieces = SSEDecoder(), [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    found = [event for a, b in pairwise(pieces) for event in decoder.feed(body[a:b], 0.0)]
    assert (*found, *decoder.close(0.0)) == whole
    small = SSEDecoder(max_event_bytes=40)
    try:
        small.feed(body, 0.0)
    except EventTooLargeError as error:
        assert "40 bytes" in str(error)  # noqa: PT017 - that it may also not be raised is the point


@fuzz
@given(st.one_of(ANYTHING.map(as_json), damaged(as_json(RESPONSE)), st.binary(max_size=30)))
def test_json(data: bytes) -> None:
    """Any bytes are the data that Python reads, or `ValueError`; a number of more than 64 bits is the nearest float."""
    try:
        found = parse_json(data)
    except ValueError:
        return
    assert _again(json.dumps(found)) == _again(data)


def _again(text: str | bytes) -> str:
    return json.dumps(json.loads(text, parse_int=_as_read))


def _as_read(digits: str) -> float:
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(digits)


@fuzz
@given(st.sampled_from(["gzip", "x-gzip", "deflate", "identity", "br", ""]), damaged(gzip.compress(b"a" * 900), zlib.compress(b"b" * 900), b"plain"), st.integers(1, 50))  # fmt: skip
def test_codings(coding: str, body: bytes, size: int) -> None:
    """A damaged or bomb-like body is decoded within the bound, or one of two errors."""
    try:
        decoder = BodyDecoder(coding, 500)
        whole = b"".join(part for at in range(0, len(body), size) for part in decoder.add(body[at : at + size]))
        decoder.end()
    except (DecodingError, BodyTooLargeError):
        return
    assert len(whole) <= 500
