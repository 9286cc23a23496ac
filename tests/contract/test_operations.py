"""Whole responses of operations: path, media types, statuses and bodies, at any base URL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Document, OperationValidator, load_document
from conformance.wire.exchange import Exchange, Request

BASE = "http://localhost:8000/api/v1"
HEADERS = (("content-type", "application/json"), ("authorization", "Bearer key"))
ASK = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
}


@pytest.fixture(scope="module")
def openai() -> OperationValidator:
    return OperationValidator(load_document("openai"))


def ask(body: Any = ASK, path: str = "/chat/completions", method: str = "POST", headers: Any = HEADERS) -> Request:
    return Request(method, BASE + path, headers, b"" if body is None else json.dumps(body).encode())


def answer(status: int | None, body: bytes, media_type: str = "application/json") -> Exchange:
    return Exchange("x1", ask(), status=status, headers=(("content-type", media_type),), body=body)


def test_a_right_response_has_no_errors(openai: OperationValidator) -> None:
    """A documented status, media type and body."""
    assert openai.response_errors(answer(200, json.dumps(CHAT).encode()), BASE) == []
    error = {"error": {"message": "m", "type": "invalid_request_error", "param": None, "code": None}}
    assert openai.response_errors(answer(404, json.dumps(error).encode()), BASE) == []


@pytest.mark.parametrize(
    ("exchange", "kind", "pointer", "message"),
    [
        (answer(302, b""), "status", "", "302"),
        (answer(200, b"<html>", "text/html"), "media-type", "", "text/html"),
        (answer(200, b"not json"), "body", "", "not json"),
        (answer(200, b""), "body", "", "Missing response data"),
        (answer(200, json.dumps({**CHAT, "id": 5}).encode()), "body", "/id", "5 is not a string"),
        (answer(400, b'{"error": "no"}'), "body", "/error", '"no" is not an object'),
        (answer(200, ("[" + "1," * 5000 + "1]").encode()), "body", "", "is not an object"),
        (answer(200, b"x" * 5000), "body", "", "Failed to deserialize"),
    ],
)
def test_a_wrong_response_is_told_why(
    openai: OperationValidator, exchange: Exchange, kind: str, pointer: str, message: str
) -> None:
    """One fault is one error of its kind, and no message quotes a whole body."""
    (error,) = openai.response_errors(exchange, BASE)
    assert (error.kind, error.pointer) == (kind, pointer)
    assert message in error.message
    assert len(error.message) <= 300


def test_the_events_of_a_stream_are_not_judged_here(openai: OperationValidator) -> None:
    """Its status and media type are: they are documented for a stream, and not where no stream is documented."""
    stream = answer(200, b'data: {"nonsense": 1}\n\n', "text/event-stream; charset=utf-8")
    assert openai.response_errors(stream, BASE) == []
    models = Exchange("x1", ask(None, "/models", "GET"), status=200, headers=stream.headers, body=stream.body)
    assert [error.kind for error in openai.response_errors(models, BASE)] == ["media-type"]


def test_nothing_is_said_of_a_response_that_never_came(openai: OperationValidator) -> None:
    """That is a failure of the wire."""
    assert openai.response_errors(answer(None, b""), BASE) == []


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/chat/completions", "post /chat/completions"),
        ("GET", "/models/org%2Fm", "get /models/{model}"),
        ("POST", "/responses/input_tokens", "post /responses/input_tokens"),
        ("GET", "/responses/input_tokens", "get /responses/{response_id}"),
        ("DELETE", "/conversations/c/items/i", "delete /conversations/{conversation_id}/items/{item_id}"),
        ("PATCH", "/chat/completions", None),
        ("GET", "/nope", None),
    ],
)
def test_a_request_leads_to_its_operation(
    openai: OperationValidator, method: str, path: str, operation: str | None
) -> None:
    """Fixed paths before those with parameters."""
    assert openai.operation(Request(method, BASE + path), BASE) == operation


def test_operations_beside_the_base_url_are_found() -> None:
    """Telnyx's conversations are not below the URL an SDK is given, but next to it."""
    telnyx = OperationValidator(load_document("telnyx"))
    for base in ("https://api.telnyx.com/v2/ai/openai", "http://localhost:9/ai/openai/"):
        beside = base.rstrip("/").removesuffix("/openai") + "/conversations"
        opened = Request("POST", beside, HEADERS, b'{"metadata": {"a": "b"}}')
        assert telnyx.operation(opened, base) == "post /ai/conversations"
        unknown = Exchange("x1", opened, status=302, headers=(("content-type", "application/json"),))
        assert [error.kind for error in telnyx.response_errors(unknown, base)] == ["status"]


def test_discriminators_of_a_users_document_do_no_harm() -> None:
    """openapi-core cannot resolve their mapping; a property of that name is kept."""
    part = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
    schema = {
        "oneOf": [{"$ref": "#/components/schemas/Part"}],
        "discriminator": {"propertyName": "kind"},
        "properties": {"discriminator": {"type": "string"}},
    }
    operation = {
        "operationId": "a",
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": schema}}}},
    }
    data: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/chat/completions": {"post": operation}},
        "components": {"schemas": {"Part": part}},
    }
    validator = OperationValidator(Document("user", Path("user.json"), data, ""))
    assert validator.response_errors(answer(200, b'{"kind": "x"}'), BASE) == []
    wrong = answer(200, b'{"kind": "x", "discriminator": 1}')
    assert [error.pointer for error in validator.response_errors(wrong, BASE)] == ["/discriminator"]
    assert (
        data["paths"]["/chat/completions"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
        is schema
    )
    assert "discriminator" in schema
