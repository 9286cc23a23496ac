"""A check that stumbles over an answer of another shape than the contract's is not to blame; over a right one it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.judging.malformed import first_malformed, is_malformed
from conformance.wire import Exchange, Failure, FailureKind, Request, decode

ASK = Request("POST", "http://h/v1/chat/completions")
RIGHT: dict[str, Any] = {
    "id": "c1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {"index": 0, "finish_reason": "stop", "logprobs": None, "message": {"role": "assistant", "content": "Hi", "refusal": None}}
    ],
}  # fmt: skip


def answer(body: Any, status: int = 200, request: Request = ASK) -> Exchange:
    """An exchange with that JSON body."""
    headers = (("content-type", "application/json"),)
    return Exchange("x1", request, status=status, headers=headers, body=json.dumps(body).encode())


def test_a_right_answer_is_no_excuse() -> None:
    """A completion, an error envelope, and an object of an operation that no schema is known for."""
    error = {"error": {"message": "no", "type": "x", "param": None, "code": None}}
    assert not is_malformed(answer(RIGHT))
    assert not is_malformed(answer(error, 400))
    assert not is_malformed(answer({}, request=Request("GET", "http://h/v1/whatever")))
    assert first_malformed([answer(RIGHT)]) is None


@pytest.mark.parametrize(
    "body", [None, [], {}, RIGHT | {"choices": {}}, RIGHT | {"created": "now"}, {"error": "text"}, "x"]
)
def test_an_answer_of_another_shape_is_an_excuse(body: Any) -> None:
    """No object, a part of the wrong type, a part that is missing."""
    assert is_malformed(answer(body))
    assert first_malformed([answer(RIGHT), answer(body)]) is not None


@pytest.mark.parametrize("status", [400, 401, 500])
def test_an_error_without_its_envelope_is_an_excuse(status: int) -> None:
    """Also of an operation that no schema is known for."""
    assert is_malformed(answer({}, status))
    assert is_malformed(answer({}, status, Request("GET", "http://h/v1/whatever")))


def test_a_stream_is_judged_event_by_event() -> None:
    """One chunk of the wrong shape is enough, and so is one that is not JSON."""
    chunk = {
        "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": None}],
    }  # fmt: skip
    headers = (("content-type", "text/event-stream"),)

    def stream(*datas: str) -> Exchange:
        body = "".join(f"data: {data}\n\n" for data in datas).encode()
        return Exchange("x1", ASK, status=200, headers=headers, body=body, events=decode(body))

    right = json.dumps(chunk)
    assert not is_malformed(stream(right, right, "[DONE]"))
    assert is_malformed(stream(right, json.dumps(chunk | {"choices": 1}), "[DONE]"))
    assert is_malformed(stream(right, "{", "[DONE]"))


def test_an_answer_that_broke_off_is_an_excuse() -> None:
    """What did not come cannot be read."""
    assert is_malformed(Exchange("x1", ASK))
    assert is_malformed(Exchange("x1", ASK, status=200, failure=Failure(FailureKind.CUT_OFF, "lost")))
