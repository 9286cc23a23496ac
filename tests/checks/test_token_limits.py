"""What shows that a token limit is kept or ignored, on targets that count no tokens and on streams that never end."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.checks.language import Broken, Inconclusive
from conformance.checks.scenarios.chat.test_parameters import expect_at_most
from conformance.checks.scenarios.chat.test_parameters import (
    test_max_completion_tokens_bounds_the_answer as judge_newer_limit,
)
from conformance.reply import ChatReply
from conformance.wire import Exchange, Request, decode
from tests.checks.replies import said


def uncounted(text: str, reason: str) -> ChatReply:
    """A response without usage."""
    whole = said(text, reason, 1).exchange
    body = {name: value for name, value in json.loads(whole.body).items() if name != "usage"}
    return ChatReply(replace(whole, body=json.dumps(body).encode()))


def test_without_counts_a_short_truncated_text_is_right() -> None:
    """It says that the limit truncated it."""
    expect_at_most(uncounted("Once upon a time, in a", "length"), 8)


def test_without_counts_a_long_text_is_wrong() -> None:
    """No eight tokens have so many characters."""
    with pytest.raises(Broken, match="no longer than 8 tokens"):
        expect_at_most(uncounted("Once upon a time. " * 100, "stop"), 8)


@pytest.mark.parametrize(("text", "reason"), [("Once upon a time.", "stop"), ("Once upon a time. " * 20, "length")])
def test_without_counts_other_texts_prove_nothing(text: str, reason: str) -> None:
    """The model may have stopped by itself, or its tokens may be long."""
    with pytest.raises(Inconclusive, match="does not count"):
        expect_at_most(uncounted(text, reason), 8)


def endless(pieces: int) -> ChatReply:
    """A stream from which the suite disconnected after so many pieces of text."""
    chunk = {"choices": [{"index": 0, "delta": {"content": "a b"}, "finish_reason": None}]}
    body = b"data: " + json.dumps(chunk).encode() + b"\n\n"
    headers = (("content-type", "text/event-stream"),)
    events = decode(body * pieces, [1.0] * pieces)
    request = Request("POST", "https://a.test/v1/chat/completions")
    return ChatReply(
        Exchange("x1", request, status=200, headers=headers, body=body * pieces, events=events, stopped=True)
    )


def test_a_stream_that_goes_on_and_on_ignores_its_limit() -> None:
    """Although it has no end, and so no count of tokens."""
    with pytest.raises(Broken, match="no longer than 8 tokens"):
        judge_newer_limit(endless(2048))
