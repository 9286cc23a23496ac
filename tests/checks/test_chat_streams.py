"""Each invariant of a chat stream: one damage breaks what it should, there, and nothing else."""

from __future__ import annotations

import pytest

from conformance.wire import Failure, FailureKind
from tests.checks.examples import (
    REFUSAL,
    STREAM,
    STREAM_REQUEST,
    USAGE,
    Damage,
    both,
    broken_by,
    insert,
    piece,
    put,
    streamed,
    whole,
    without,
)

CHUNKS: dict[str, tuple[Damage, dict[str, str]]] = {
    "another object": (put("2/object", "chat.completion"), {"chat.stream.object": "event 2 /object"}),
    "the id changes": (put("2/id", "chatcmpl-3"), {"chat.stream.id-stable": "event 2 /id"}),
    "created changes": (put("9/created", 1), {"chat.stream.created-stable": "event 9 /created"}),
    "the model changes": (put("4/model", "m"), {"chat.stream.model-stable": "event 4 /model"}),
    "a tier of its own": (put("4/service_tier", "gold"), {"chat.response.service-tier": "event 4 /service_tier"}),
    "an index that was not asked for": (
        put("3/choices/0/index", 2),
        {"chat.stream.index": "event 3 /choices/0/index"},
    ),
    "no delta": (put("6/choices/0/delta", ...), {"chat.stream.delta": "event 6 /choices/0/delta"}),
    "a message beside the delta": (
        put("6/choices/0/message", {"role": "assistant"}),
        {"chat.stream.no-message": "event 6 /choices/0/message"},
    ),
    "no role": (put("0/choices/0/delta/role", ...), {"chat.stream.role-first": "event 0 /choices/0/delta/role"}),
    "role user": (put("1/choices/0/delta/role", "user"), {"chat.stream.role-first": "event 1 /choices/0/delta/role"}),
    "the role again": (
        put("6/choices/0/delta/role", "assistant"),
        {"chat.stream.role-once": "event 6 /choices/0/delta/role"},
    ),
    "never finished": (put("7/choices/0/finish_reason", None), {"chat.stream.finish-once": "event 7 /choices (index 0)"}),
    "finished twice": (put("6/choices/0/finish_reason", "stop"), {"chat.stream.finish-once": "event 7 /choices (index 0)", "chat.stream.finish-empty": "event 6 /choices/0/delta"}),
    "finished for no known reason": (put("8/choices/0/finish_reason", "eos"), {"chat.stream.finish-once": "event 8 /choices (index 1)"}),
    "no finish_reason key": (put("2/choices/0/finish_reason", ...), {"chat.stream.finish-null": "event 2 /choices/0"}),
    "text after the end": (
        insert(8, piece({"content": "!"})),
        {"chat.stream.finish-last": "event 8 /choices/0/delta"},
    ),
    "text beside the end": (
        put("7/choices/0/delta", {"content": "!"}),
        {"chat.stream.finish-empty": "event 7 /choices/0/delta"},
    ),
    "an error among the chunks": (insert(4, REFUSAL), {"chat.stream.no-error": "event 4 /error"}),
    "content is a number": (
        put("2/choices/0/delta/content", 5),
        {"chat.stream.chunk-schema": "event 2 /choices/0/delta/content"},
    ),
    "tool_calls null": (
        put("2/choices/0/delta/tool_calls", None),
        {"chat.stream.absent-not-null": "event 2 /choices/0/delta/tool_calls"},
    ),
    "no usage": (without(9), {"chat.stream.usage-chunk": "event 9"}),
    "usage twice": (lambda items: [*items, items[-1]], {"chat.stream.usage-chunk": "event 10"}),
    "usage beside a choice": (
        both(put("7/usage", USAGE), without(9)),
        {"chat.stream.usage-null": "event 7 /usage"},
    ),
    "the sum is wrong": (
        put("9/usage", {**USAGE, "total_tokens": 1}),
        {"chat.stream.usage-sum": "event 9 /usage/total_tokens"},
    ),
    "a call without an index": (
        put("4/choices/0/delta/tool_calls/0/index", ...),
        {"chat.tools.delta-index": "event 4 /choices/0/delta/tool_calls/0/index"},
    ),
    "two calls with one index": (
        put("5/choices/0/delta/tool_calls/0/index", 0),
        {"chat.tools.delta-index": "event 5 /choices/0/delta/tool_calls/0/index"},
    ),
    "the call's id again": (
        put("4/choices/0/delta/tool_calls/0/id", "call_1"),
        {"chat.tools.delta-id-once": "event 4 /choices/0/delta/tool_calls/0/id"},
    ),
    "the call's name again": (
        put("4/choices/0/delta/tool_calls/0/function/name", ""),
        {"chat.tools.delta-name-once": "event 4 /choices/0/delta/tool_calls/0/function/name"},
    ),
    "the call's name late": (
        both(
            put("3/choices/0/delta/tool_calls/0/function/name", ...),
            put("4/choices/0/delta/tool_calls/0/function/name", "get"),
        ),
        {"chat.tools.delta-name-once": "event 3 /choices/0/delta/tool_calls/0/function/name"},
    ),
    "calls share an id": (
        put("5/choices/0/delta/tool_calls/0/id", "call_1"),
        {"chat.tools.call-id": "/choices/1/message/tool_calls/1/id"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", CHUNKS)
def test_a_damaged_stream(damage: str) -> None:
    """One damage to a stream's chunks breaks what is named, there."""
    apply, wanted = CHUNKS[damage]
    assert broken_by(streamed(apply)) == wanted


ENDS: dict[bytes, dict[str, str]] = {
    b"": {"chat.stream.done": "event 9"},
    b"data: [DONE]\n\ndata: [DONE]\n\n": {"chat.stream.done": "event 11"},
    b"data: [DONE]!\n\n": {"chat.stream.done": "event 10"},
    b"data: [DONE]\n\ndata: {}\n\n": {"chat.stream.done": "event 11"},
    b"data: {\n\ndata: [DONE]\n\n": {"chat.stream.json": "event 10"},
    b"data: []\n\ndata: [DONE]\n\n": {"chat.stream.json": "event 10"},
    b"event: message\ndata: [DONE]\n\n": {"chat.stream.data-only": "event 10"},
}


@pytest.mark.parametrize("end", ENDS)
def test_the_end_of_a_stream(end: bytes) -> None:
    """`[DONE]` comes once, last, and every event before it is a JSON object without a name."""
    assert broken_by(streamed(end=end)) == ENDS[end]


def test_usage_is_sent_where_it_was_asked_for() -> None:
    """A chunk with usage is a fault when nobody asked for it, and its absence none."""
    request = {**STREAM_REQUEST, "stream_options": {}}
    assert broken_by(streamed(request=request)) == {"chat.stream.usage-unasked": "event 9"}
    bare = [{key: value for key, value in chunk.items() if key != "usage"} for chunk in STREAM[:-1]]
    assert broken_by(streamed(lambda _: bare, request)) == {}


def test_a_stream_that_was_cut_says_nothing_of_usage() -> None:
    """Usage comes last: what ends before its finish reasons is another fault."""
    found = broken_by(streamed(lambda items: items[:5]))
    assert set(found) == {"chat.stream.finish-once"}


def test_a_stream_is_what_was_asked_for() -> None:
    """A whole completion to a request for a stream is not the media type that was asked for; an error in it is its own."""
    request = {**STREAM_REQUEST, "n": 2}
    assert broken_by(whole(request=request)) == {"chat.stream.media-type": "content-type"}
    assert "chat.stream.media-type" not in broken_by(whole(lambda _: REFUSAL, request))
    assert broken_by(whole(request=request, failure=Failure(FailureKind.TIMEOUT_TOTAL, "slow"))) == {}
