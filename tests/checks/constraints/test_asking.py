"""Which text of an answer a constraint is held against, and whether the limit cut it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks import Broken, Inconclusive
from conformance.checks.constraints import JsonSchema
from conformance.checks.scenarios.guided.asking import Asked, arguments, contents, expect_obeyed
from conformance.checks.scenarios.guided.conftest import PLAIN, schemas_count
from conformance.reply import ChatReply, ResponseReply
from conformance.wire import Exchange, Request, Timing

CALLED = JsonSchema.of({"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]})


def exchange(body: Any, asked: Any = None) -> Exchange:
    """A 200 answer with a JSON body."""
    request = Request("POST", "http://127.0.0.1/v1/x", (), json.dumps(asked or {}).encode())
    return Exchange(
        id="x1",
        probe="",
        request=request,
        status=200,
        http_version="",
        headers=(("content-type", "application/json"),),
        body=json.dumps(body).encode(),
        timing=Timing(1.0, 1.0, 1.0),
    )


def response(text: str, *, tokens: int, status: str = "completed") -> ResponseReply:
    """A response of one message, asked for with a limit of 48 tokens."""
    content = [{"type": "output_text", "text": text, "annotations": []}]
    body = {
        "id": "resp_1",
        "object": "response",
        "status": status,
        "output": [{"type": "message", "id": "m", "role": "assistant", "content": content}],
        "usage": {"output_tokens": tokens},
    }
    return ResponseReply(exchange(body, {"max_output_tokens": 48}))


def chat(message: dict[str, Any], finish_reason: str = "stop") -> ChatReply:
    """A completion of one choice."""
    return ChatReply(exchange({"choices": [{"index": 0, "finish_reason": finish_reason, "message": message}]}))


def call(text: Any) -> dict[str, Any]:
    """A message with one call."""
    calls = [{"id": "c", "type": "function", "function": {"name": "record", "arguments": text}}]
    return {"role": "assistant", "content": None, "tool_calls": calls}


@pytest.mark.parametrize(("tokens", "status", "cut"), [(48, "completed", True), (47, "completed", False), (9, "incomplete", True)])  # fmt: skip
def test_a_response_that_filled_its_limit_was_cut(tokens: int, status: str, cut: bool) -> None:
    """Also where the server calls it completed: half a document proves nothing against a constraint."""
    (said,) = contents(response('{"colour": "verm', tokens=tokens, status=status))
    assert said.cut is cut


def test_a_cut_response_is_no_broken_one() -> None:
    """It is inconclusive while it may become right, and broken once it cannot."""
    with pytest.raises(Inconclusive):
        expect_obeyed(Asked(PLAIN, (), (response('{"colour": "verm', tokens=48),)))
    with pytest.raises(Broken):
        expect_obeyed(Asked(PLAIN, (), (response('{"colour": "sea', tokens=48),)))


def test_arguments_are_held_to_the_parameters() -> None:
    """Of the call, not of the content next to it."""
    expect_obeyed(Asked(CALLED, (), (chat(call('{"a": 1}'), "tool_calls"),), arguments))
    with pytest.raises(Broken) as broken:
        expect_obeyed(Asked(CALLED, (), (chat(call('{"a": "sea"}'), "tool_calls"),), arguments))
    assert broken.value.findings[0].where == "/choices/0/message/tool_calls/0/function/arguments"


@pytest.mark.parametrize("message", [{"role": "assistant", "content": "sea"}, call({"a": 1})])
def test_without_a_call_nothing_is_said_of_parameters(message: dict[str, Any]) -> None:
    """A call that did not come, or whose arguments are no text, has requirements of its own."""
    with pytest.raises(Inconclusive):
        expect_obeyed(Asked(CALLED, (), (chat(message),), arguments))
    assert not schemas_count(Asked(PLAIN, (), (chat(message),), arguments))
