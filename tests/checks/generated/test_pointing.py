"""A refusal points at a fault when it names a property on the way to it, wherever a person would read that."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from conformance.checks.generated.fault import Fault
from conformance.checks.generated.pointing import points
from conformance.contract import load_schemas
from conformance.recordings import Found, read_recording
from conformance.reply.operation import operation_of
from conformance.wire import Exchange, Request

SCHEMA = {
    "chat": "CreateChatCompletionRequest",
    "completions": "CreateCompletionRequest",
    "responses": "CreateResponse",
}


def refusal(body: Any) -> Exchange:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Exchange("x1", Request("POST", "http://h/v1/chat/completions"), status=400, body=content)


def openai(message: str, param: str | None = None) -> Exchange:
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": None}
    return refusal({"error": error})


def fault(pointer: str, keyword: str = "type") -> Fault:
    return Fault(pointer, keyword, "is wrong", {})


@pytest.mark.parametrize(
    ("pointer", "message", "param"),
    [
        ("/model", "you must provide a model parameter", None),
        ("/messages", "Missing required parameter: 'messages'.", "messages"),
        ("/messages", "Invalid 'messages': empty array.", "messages"),
        ("/messages/0", "Invalid type for 'messages[0]': expected an object, but got a string instead.", "messages[0]"),
        ("/messages/0/role", "Missing required parameter: 'messages[0].role'.", "messages[0].role"),
        ("/messages/0/content", "Invalid type for 'messages[0].content'.", "messages[0].content"),
        ("/temperature", "Invalid 'temperature': decimal above maximum value.", "temperature"),
        ("/response_format/type", "Missing required parameter: 'response_format.type'.", "response_format.type"),
        ("/tools/0/function/name", "Missing required parameter.", "tools[0].function.name"),
        ("/top_logprobs", "Invalid value for 'top_logprobs': must be less than or equal to 5.", "top_logprobs"),
    ],
)
def test_measured_refusals_of_openai_point_at_their_fault(pointer: str, message: str, param: str | None) -> None:
    """Each row of the measured error table, in the words of the live API."""
    assert points(openai(message, param), fault(pointer))


@pytest.mark.parametrize(
    ("pointer", "body"),
    [
        ("/temperature", {"detail": [{"loc": ["body", "temperature"], "msg": "not a number", "type": "float_parsing"}]}),
        ("/messages/0/role", {"error": "messages.0.role: field required"}),
        ("/messages", {"error": {"message": "Provide at least one message.", "param": None}}),
        ("/top_logprobs", {"error": {"message": "Requested sample logprobs of 21.", "param": "logprobs"}}),
        ("/messages/0/content", {"error": {"message": "4 errors\n0.ChatCompletionContentPartTextParam\n  not a dictionary"}}),
        ("/max_tokens", {"error": {"message": "maxTokens must be a number"}}),
        ("/max_tokens", {"message": "`max_new_tokens` must be strictly positive"}),
        ("/top_p", {"error": {"message": "failed", "metadata": {"raw": '{"message":"top_p is too large"}'}}}),
        ("/stop", "stop: invalid type: map, expected a string or sequence"),
    ],
)  # fmt: skip
def test_other_envelopes_and_spellings_point_too(pointer: str, body: Any) -> None:
    """FastAPI's `loc`, plain text, what a gateway passes on, camel case, an engine's own name for the parameter."""
    assert points(refusal(body), fault(pointer))


@pytest.mark.parametrize(("word", "told"), [("usr", "usr"), ("", "")])
def test_a_word_that_is_quoted_as_it_was_sent_points_too(word: str, told: str) -> None:
    """OpenAI's message of a bad role has the word alone, its `param` the field; either will do."""
    body = {"messages": [{"role": word, "content": "Hi"}]}
    said = openai(f"Invalid value: '{told}'. Supported values are: 'system', 'assistant'.")
    assert points(said, Fault("/messages/0/role", "enum", "is wrong", body))
    assert not points(said, Fault("/messages/0/role", "type", "is wrong", body))


@pytest.mark.parametrize(
    ("pointer", "message"),
    [
        ("/messages", "'bool' object is not iterable"),
        ("/messages/0/role", "Bad Request"),
        ("/stop", "The request was stopped."),
        ("/model", "invalid remodelling"),
        ("/model", "Modelling failed"),
        ("/response_format/type", "the response is not valid"),
        ("/n", "1 validation error"),
    ],
)
def test_a_refusal_that_names_nothing_does_not_point(pointer: str, message: str) -> None:
    """Not even where a key of the error itself, or a part of a word, is spelled like the field."""
    assert not points(openai(message), fault(pointer))


@pytest.mark.skipif("CONFORMANCE_SHARED" not in os.environ, reason="CONFORMANCE_SHARED is not set")
def test_every_recorded_refusal_of_openai_points_at_what_breaks_the_schema() -> None:
    """Wherever a recorded body that was refused with 400 breaks the request schema."""
    schemas = load_schemas("openai")
    seen = 0
    corpus = Path(os.environ["CONFORMANCE_SHARED"]) / "corpus" / "openai.jsonl.gz"
    for exchange in (item.exchange for item in read_recording(corpus) if isinstance(item, Found)):
        if exchange.status != 400 or (asked := SCHEMA.get(operation_of(exchange.request) or "")) is None:
            continue
        broken = schemas.errors(asked, exchange.request.json) if exchange.request.json is not None else []
        if broken:
            seen += 1
            assert any(points(exchange, fault(each.pointer)) for each in broken), exchange.text
    assert seen >= 2
