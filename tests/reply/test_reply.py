"""A reply is the same whichever way it travelled, and reading a refused one says so."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reply import ChatReply, NotAnswered, points_at, read_error
from conformance.reply.operation import operation_of
from conformance.wire import Exchange, Failure, FailureKind, Request, decode

REQUEST = Request("POST", "http://x/v1/chat/completions")
JSON = (("content-type", "application/json"),)
SSE = (("content-type", "text/event-stream"),)


def whole(*choices: dict[str, Any], status: int = 200, **fields: Any) -> ChatReply:
    body = json.dumps({"choices": list(choices), **fields}).encode()
    return ChatReply(Exchange("x1", REQUEST, status=status, headers=JSON, body=body))


def streamed(*chunks: dict[str, Any]) -> ChatReply:
    body = b"".join(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks) + b"data: [DONE]\n\n"
    return ChatReply(Exchange("x1", REQUEST, status=200, headers=SSE, body=body, events=decode(body)))


def chunk(index: int = 0, finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


def call(index: int, arguments: str | None = None, **first: Any) -> dict[str, Any]:
    name = first.pop("name", None)
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {"index": index, **first, "function": function}


@given(st.lists(st.text(max_size=6), min_size=1, max_size=8))
def test_deltas_add_up_to_the_text(pieces: list[str]) -> None:
    """The streamed text is the concatenation of its deltas."""
    reply = streamed(*(chunk(content=piece) for piece in pieces), chunk(finish="stop"))
    assert reply.text == "".join(pieces)
    assert (reply.finish_reason, reply.streamed) == ("stop", True)


def test_tool_call_fragments_add_up() -> None:
    """By index; id, type and name from the first fragment."""
    first = call(0, "", id="c0", type="function", name="add")
    second = call(1, '{"b"', id="c1", type="function", name="sub")
    reply = streamed(
        chunk(role="assistant", content=None, tool_calls=[first]),
        chunk(tool_calls=[call(0, '{"a":'), second]),
        chunk(tool_calls=[call(0, "1}"), call(1, ":2}")]),
        chunk(finish="tool_calls"),
    )
    assert [(c.id, c.name, c.parsed) for c in reply.tool_calls] == [("c0", "add", {"a": 1}), ("c1", "sub", {"b": 2})]


def test_whole_and_streamed_look_alike() -> None:
    """The same answer gives the same view."""
    message = {"role": "assistant", "content": "hi"}
    one = whole({"index": 0, "message": message, "finish_reason": "stop"}, usage={"completion_tokens": 1})
    two = streamed(
        chunk(role="assistant", content="hi"), chunk(finish="stop"), {"choices": [], "usage": {"completion_tokens": 1}}
    )
    assert one.choices == two.choices
    assert one.completion_tokens == two.completion_tokens == 1


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (whole(status=400), "answered 400"),
        (whole(), "no choices"),
        (whole({"index": 0, "message": {"content": [{"text": "hi"}]}, "finish_reason": "stop"}), "not text but list"),
        (ChatReply(Exchange("x1", REQUEST, status=200, headers=JSON, body=b"<html>")), "not JSON"),
        (ChatReply(Exchange("x1", REQUEST, status=200, headers=JSON, body=b"[]")), "not a JSON object"),
        (ChatReply(Exchange("x1", REQUEST, failure=Failure(FailureKind.CONNECT, "refused"))), "refused"),
        (streamed(), "no chunk"),
        (streamed(chunk(content="half")), "without a finish reason"),
        (streamed(chunk(content="a"), {"error": {"message": "boom"}}), "carries an error"),
    ],
)
def test_what_is_no_answer_says_why(reply: ChatReply, why: str) -> None:
    """Reading it raises, with the reason; `accepted` is simply false."""
    with pytest.raises(NotAnswered, match=why):
        reply.text  # noqa: B018 - reading is what raises
    assert not reply.accepted


@pytest.mark.parametrize(
    ("body", "envelope", "param"),
    [
        ({"error": {"message": "m", "param": "n", "code": None, "type": "t"}}, "openai", "n"),
        (
            {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "m", "type": "t"}]},
            "http-validation-error",
            "messages.0.role",
        ),
        ({"detail": "Not Found"}, "http-validation-error", None),
        ({"object": "error", "message": "m", "param": "n"}, "flat", "n"),
        ({"error": "a string"}, "string", None),
        (["x"], "other", None),
    ],
)
def test_error_envelopes(body: Any, envelope: str, param: str | None) -> None:
    """Whatever the shape, the message and the parameter are found."""
    error = read_error(Exchange("x1", REQUEST, status=400, headers=JSON, body=json.dumps(body).encode()))
    assert (error.envelope, error.param) == (envelope, param)
    assert error.message


@given(st.binary(max_size=200))
def test_no_error_body_breaks_the_reader(body: bytes) -> None:
    """Whatever came back is read, never raised over."""
    assert read_error(Exchange("x1", REQUEST, status=500, body=body)).envelope


@pytest.mark.parametrize(
    ("message", "names", "found"),
    [
        ("Invalid value for 'n'.", ("n",), True),
        ("Invalid temperature", ("temp",), False),
        ("messages[0].role is wrong", ("messages.role",), True),
        ("body.messages.0.role: bad", ("messages.role",), True),
        ("max_tokens must be positive", ("max_tokens", "n"), True),
        ("something else", ("stop",), False),
    ],
)
def test_an_error_points_at_a_fault_by_whole_words(message: str, names: tuple[str, ...], found: bool) -> None:
    """`n` is not found in `messages`."""
    body = json.dumps({"error": {"message": message}}).encode()
    assert points_at(read_error(Exchange("x1", REQUEST, status=400, body=body)), names) is found


@pytest.mark.parametrize(
    ("method", "url", "operation"),
    [
        ("POST", "https://api.openai.com/v1/chat/completions", "chat"),
        ("POST", "https://x/openai/deployments/d/chat/completions?api-version=1", "chat"),
        ("POST", "http://x/v1/completions", "completions"),
        ("GET", "http://x/v1/models/org/name", "model"),
        ("POST", "http://x/v1/responses/", "responses"),
        ("GET", "http://x/v1/chat/completions", None),
    ],
)
def test_operations_are_told_by_the_end_of_the_path(method: str, url: str, operation: str | None) -> None:
    """Gateways put their own prefixes before it."""
    assert operation_of(Request(method, url)) == operation
