"""A Responses reply reads the same whole or streamed, and says why there is nothing to read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.reply import NotAnswered, ResponseReply
from conformance.wire import Exchange, Failure, FailureKind, Request, decode

TEXT = {"type": "output_text", "text": "Hello"}
CALL = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "get", "arguments": '{"a": 1}'}
RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "status": "completed",
    "output": [
        {"type": "message", "content": [TEXT, {"type": "refusal", "refusal": "no"}, {**TEXT, "text": " there"}]},
        {"type": "message", "content": "no list"},
        CALL,
        "no item",
    ],
    "usage": {"total_tokens": 3},
}


def reply(body: Any, *, status: int | None = 200, failure: Failure | None = None) -> ResponseReply:
    """The reply with that JSON body; with that body as it is when it is bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request("POST", "https://a.test/v1/responses")
    return ResponseReply(Exchange("x1", request, status=status, body=data, failure=failure))


def streamed(*events: Any) -> ResponseReply:
    """The reply that came as these events."""
    body = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)
    headers = (("content-type", "text/event-stream"),)
    request = Request("POST", "https://a.test/v1/responses")
    return ResponseReply(Exchange("x1", request, status=200, headers=headers, body=body, events=decode(body)))


LAST = {"type": "response.completed", "response": RESPONSE}


@pytest.mark.parametrize("found", [reply(RESPONSE), streamed({"type": "response.created"}, LAST)])
def test_a_response_is_read_whole_or_streamed(found: ResponseReply) -> None:
    """Texts are joined, calls are found with their place, and what is no item is left out."""
    assert found.accepted
    assert found.id == "resp_1"
    assert found.status == "completed"
    assert not found.incomplete
    assert found.text == "Hello there"
    assert len(found.output) == 3
    (call,) = found.function_calls
    assert (call.place, call.id, call.call_id, call.name, call.parsed) == (2, "fc_1", "call_1", "get", {"a": 1})
    assert found.usage == {"total_tokens": 3}


@pytest.mark.parametrize("arguments", ["{", None, 5, {"a": 1}])
def test_arguments_that_are_no_json_text_are_none(arguments: Any) -> None:
    """Data in the place of text are not arguments that a client can read."""
    (call,) = reply({**RESPONSE, "output": [{**CALL, "arguments": arguments}]}).function_calls
    assert call.arguments == arguments
    assert call.parsed is None


@pytest.mark.parametrize("more", [{"status": "incomplete"}, {"incomplete_details": {"reason": "max_output_tokens"}}])
def test_either_field_says_that_it_is_not_finished(more: dict[str, Any]) -> None:
    """The status, or the details."""
    assert reply({**RESPONSE, **more}).incomplete


CUT = Failure(FailureKind.CUT_OFF, "the end is missing")
ERROR = {"type": "error", "message": "no"}
REFUSED: dict[str, tuple[ResponseReply, str]] = {
    "no answer": (reply(b"", status=None, failure=CUT), "no response: the end is missing"),
    "no answer, and nobody knows why": (reply(b"", status=None), "no response: unknown"),
    "another status": (reply(RESPONSE, status=400), "the target answered 400"),
    "cut off": (reply(RESPONSE, failure=CUT), "the response broke off: the end is missing"),
    "no JSON": (reply(b"<html>"), "the body of the 200 response is not JSON"),
    "no object": (reply([]), "the body of the 200 response is not a JSON object"),
    "an error in disguise": (reply({"error": {"message": "no"}}), "the 200 response is an error"),
    "an error event": (streamed(ERROR), "the stream carries an error (event 0)"),
    "an error without a type": (streamed({}, {"error": {"message": "no"}}), "the stream carries an error (event 1)"),
    "no last event": (streamed({"type": "response.created", "response": {}}), "the stream ends without the whole response"),
    "a last event without a response": (streamed({"type": "response.completed"}), "the stream ends without the whole response"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_reply_without_a_response_says_why(case: str) -> None:
    """Reading anything raises `NotAnswered` with one reason; `accepted` is false."""
    found, why = REFUSED[case]
    assert not found.accepted
    for read in ("object", "id", "text", "output", "function_calls", "usage", "status", "incomplete"):
        with pytest.raises(NotAnswered) as raised:
            getattr(found, read)
        assert raised.value.why == why
        assert raised.value.exchange is found.exchange


@pytest.mark.parametrize("body", [{}, {"id": "", "output": {}}, {"id": 5, "output": None}])
def test_a_response_without_id_or_output_is_not_accepted(body: dict[str, Any]) -> None:
    """The object is there, and what cannot be read from it is named."""
    found = reply(body)
    assert not found.accepted
    assert found.usage is None
    with pytest.raises(NotAnswered, match="the response has no id"):
        found.id  # noqa: B018 - reading raises
    with pytest.raises(NotAnswered, match="the response has no output"):
        found.text  # noqa: B018 - reading raises
