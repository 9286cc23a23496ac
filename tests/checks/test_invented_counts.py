"""A token count that the text cannot have is found; what a server may lawfully count is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.invariants.usage import MARKS, completion_bounded
from conformance.checks.judgement import OK
from conformance.reply.reading import Reading
from conformance.reply.views import Completion
from conformance.wire import Exchange, Request

NAME = "chat.usage.completion-bounded"
TEXT = '{"value": [7]}'


def judged(count: Any, *, asked: Any = None, usage: Any = None, finish: str = "stop", **message: Any) -> list[str]:
    """What the invariant says about a completion with `TEXT` and this count: "ok" or "broken" for each judgement."""
    said = {"role": "assistant", "content": TEXT, **message}
    counts = {"prompt_tokens": 9, "completion_tokens": count, "total_tokens": 9, **(usage or {})}
    choice = {"index": 0, "message": said, "finish_reason": finish, "logprobs": None}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": counts}
    sent = {"model": "m", "messages": [{"role": "user", "content": "Hi."}], **(asked or {})}
    request = Request("POST", "http://x/v1/chat/completions", (), json.dumps(sent).encode())
    headers = (("content-type", "application/json"),)
    exchange = Exchange("x1", request, status=200, headers=headers, body=json.dumps(body).encode())
    view = Completion.of(Reading(exchange))
    assert view is not None
    return ["ok" if each is OK else "broken" for each in completion_bounded(view)]


MOST = len(TEXT) + MARKS


def test_a_byte_has_at_most_one_token() -> None:
    assert judged(MOST) == ["ok"]
    assert judged(MOST + 1) == ["broken"]


def test_a_removed_stop_sequence_may_be_counted() -> None:
    assert judged(MOST + 4, asked={"stop": ["END.", "."]}) == ["ok"]
    assert judged(MOST + 5, asked={"stop": "END."}) == ["broken"]


@pytest.mark.parametrize(
    "said",
    [
        {"finish": "length"},
        {"finish": "tool_calls", "content": None},
        {"reasoning_content": "Let me see."},
        {"usage": {"completion_tokens_details": {"reasoning_tokens": 80}}},
        {"asked": {"logit_bias": {"0": 100}}},
        {"asked": {"reasoning_effort": "low"}},
        {"content": None},
        {"refusal": "I cannot."},
    ],
    ids=["cut", "call", "thoughts", "counted thoughts", "biased tokens", "asked for thoughts", "no text", "refusal"],
)
def test_output_that_is_not_in_the_text_is_not_judged(said: dict[str, Any]) -> None:
    assert judged(400, **said) == []


@pytest.mark.parametrize("count", [None, -1, "90", True])
def test_what_is_no_count_belongs_to_another_requirement(count: Any) -> None:
    assert judged(count) == []
