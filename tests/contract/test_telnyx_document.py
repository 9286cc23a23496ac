"""Telnyx's document: valid OpenAPI, right requests and answers keep it, each broken constraint is found."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import OpenAPIV31SpecValidator

from conformance.contract import Schemas, load_document

UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
ASK = {"messages": [{"role": "user", "content": "hi"}]}
CONVERSATION = {
    "id": UUID,
    "created_at": "2026-01-31T12:00:00Z",
    "last_message_at": "2026-01-31T12:00:00Z",
    "metadata": {"channel": "test"},
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
META = {"total_pages": 1, "total_results": 0, "page_number": 1, "page_size": 20}


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return Schemas(load_document("telnyx"))


@pytest.fixture(scope="module")
def seeds() -> list[dict[str, Any]]:
    """The OpenAPI parts of Telnyx's two reference pages; not part of the project."""
    shared = os.environ.get("CONFORMANCE_SHARED")
    if not shared:
        pytest.skip("CONFORMANCE_SHARED is not set: no reference pages to compare with")
    pages = [file.read_text(encoding="utf-8") for file in sorted((Path(shared) / "seeds").glob("*.txt"))]
    found = [re.search(r"````yaml [^\n]*\n(.*?)````", page, re.DOTALL) for page in pages]
    return [yaml.safe_load(match[1]) for match in found if match]


def test_it_is_valid_openapi(schemas: Schemas) -> None:
    """The OpenAPI 3.1 meta-schema and the validator's own rules find nothing."""
    assert [error.message for error in OpenAPIV31SpecValidator(dict(schemas.document.data)).iter_errors()] == []


def test_its_own_examples_are_valid(schemas: Schemas) -> None:
    """Every example of a request keeps the schema it stands beside."""
    seen = 0
    for path, item in schemas.document.data["paths"].items():
        for method, operation in item.items():
            if not isinstance(operation, dict) or "requestBody" not in operation:
                continue
            seen += 1
            schema = schemas.request(f"{method} {path}")
            assert schema is not None
            assert schemas.errors(schema, operation["requestBody"]["content"]["application/json"]["example"]) == []
    assert seen == 5


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"stop": "a"},
        {"stop": ["a", "b", "c", "d"]},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}], "tool_choice": "required"},
        {"tools": [{"type": "retrieval", "retrieval": {"bucket_ids": ["b"], "max_num_results": 3}}]},
        {"response_format": {"type": "json_object"}},
        {"guided_json": {"type": "object"}, "guided_regex": "a+", "guided_choice": ["a", "b"]},
        {"min_p": 0, "n": 2, "logprobs": True, "top_logprobs": 20, "seed": 1, "enable_thinking": False},
        {"use_beam_search": True, "best_of": 3, "length_penalty": 0.5, "early_stopping": True},
        {
            "messages": [
                {"role": "tool", "content": [{"type": "text", "text": "x"}, {"type": "image_url", "image_url": "u"}]}
            ]
        },
        {"messages": []},
        {"something_new": 1},
    ],
)
def test_a_right_chat_request_is_valid(schemas: Schemas, more: dict[str, Any]) -> None:
    """What the reference allows."""
    assert schemas.errors("ChatCompletionRequest", {**ASK, **more}) == []


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"messages": None}, "/messages"),
        ({"messages": [{"role": "developer", "content": "x"}]}, "/messages/0/role"),
        ({"messages": [{"role": "user"}]}, "/messages/0"),
        ({"messages": [{"role": "user", "content": None}]}, "/messages/0/content"),
        ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, "/messages/0/content/0/type"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "x": 1}]}]}, "/messages/0/content/0"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "/stop"),
        ({"stop": [1]}, "/stop/0"),
        ({"tool_choice": "any"}, "/tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "/tool_choice"),
        ({"tools": [{"type": "function", "function": {}}]}, "/tools/0/function"),
        ({"tools": [{"type": "retrieval", "retrieval": {}}]}, "/tools/0/retrieval"),
        ({"tools": [{"type": "web"}]}, "/tools/0/type"),
        ({"response_format": {"type": "json_schema"}}, "/response_format/type"),
        ({"response_format": {}}, "/response_format"),
        ({"guided_choice": [1]}, "/guided_choice/0"),
        ({"guided_json": "x"}, "/guided_json"),
        ({"min_p": 1.5}, "/min_p"),
        ({"top_logprobs": 21}, "/top_logprobs"),
        ({"max_tokens": 1.5}, "/max_tokens"),
        ({"stream": "yes"}, "/stream"),
        ({"seed": "1"}, "/seed"),
    ],
)
def test_a_wrong_chat_request_is_told_where(schemas: Schemas, more: dict[str, Any], pointer: str) -> None:
    """Every constraint of the reference is in the document."""
    assert [error.pointer for error in schemas.errors("ChatCompletionRequest", {**ASK, **more})] == [pointer]


def test_messages_are_required(schemas: Schemas) -> None:
    """And nothing else is: the model has a default."""
    assert [error.message for error in schemas.errors("ChatCompletionRequest", {})] == [
        'required property "messages" is missing'
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, None),
        ({"model": "m", "input": [{"role": "user"}], "conversation": UUID, "instructions": "i", "stream": True}, None),
        ({"input": "text", "anything": 1}, None),
        ({"conversation": "conv_123"}, "/conversation"),
        ({"model": 1}, "/model"),
        ({"stream": 1}, "/stream"),
        ({"instructions": []}, "/instructions"),
    ],
)
def test_requests_for_responses(schemas: Schemas, body: dict[str, Any], pointer: str | None) -> None:
    """A conversation is a UUID of Telnyx's; what the page does not name is free."""
    assert [error.pointer for error in schemas.errors("ResponseRequest", body)] == ([pointer] if pointer else [])


@pytest.mark.parametrize(
    ("operation", "status", "body", "pointer"),
    [
        ("post /ai/conversations", 200, CONVERSATION, None),
        ("post /ai/conversations", 200, {**CONVERSATION, "name": "n"}, None),
        ("post /ai/conversations", 200, {"data": CONVERSATION}, ""),
        ("post /ai/conversations", 200, {**CONVERSATION, "id": "conv_1"}, "/id"),
        ("post /ai/conversations", 200, {**CONVERSATION, "created_at": "now"}, "/created_at"),
        ("post /ai/conversations", 200, {**CONVERSATION, "metadata": {"a": 1}}, "/metadata/a"),
        ("get /ai/conversations", 200, {"data": [CONVERSATION]}, None),
        ("get /ai/conversations", 200, [CONVERSATION], ""),
        ("get /ai/conversations/{conversation_id}", 200, {"data": CONVERSATION}, None),
        ("get /ai/conversations/{conversation_id}", 200, CONVERSATION, ""),
        ("put /ai/conversations/{conversation_id}", 200, {"data": CONVERSATION}, None),
        (
            "get /ai/conversations/{conversation_id}/messages",
            200,
            {"data": [{"role": "assistant", "text": "", "tool_calls": [CALL]}], "meta": META},
            None,
        ),
        ("get /ai/conversations/{conversation_id}/messages", 200, {"data": []}, ""),
        (
            "get /ai/conversations/{conversation_id}/messages",
            200,
            {"data": [{"role": "system", "text": ""}], "meta": META},
            "/data/0/role",
        ),
        ("post /ai/conversations", 422, {"detail": [{"loc": ["body", 0], "msg": "m", "type": "t"}]}, None),
        ("post /ai/conversations", 422, {"detail": [{"loc": ["body"], "type": "t"}]}, "/detail/0"),
        ("post /ai/conversations", 422, {"detail": [{"loc": [1.5], "msg": "m", "type": "t"}]}, "/detail/0/loc/0"),
    ],
)
def test_answers(schemas: Schemas, operation: str, status: int, body: Any, pointer: str | None) -> None:
    """Only opening a conversation returns it bare; all else is wrapped in `data`."""
    schema = schemas.response(operation, status)
    assert schema is not None
    found = {error.pointer for error in schemas.errors(schema, body)}
    assert found == ({pointer} if pointer is not None else set())


def test_the_reference_pages_examples_are_valid(schemas: Schemas, seeds: list[dict[str, Any]]) -> None:
    """Each page's own example of a request keeps our document."""
    assert len(seeds) == 2
    for page in seeds:
        ((path, item),) = page["paths"].items()
        schema = schemas.request(f"post {path}")
        assert schema is not None
        example = item["post"]["requestBody"]["content"]["application/json"]["example"]
        assert schemas.errors(schema, example) == []


def constraints(schema: Any) -> Any:
    """A schema without what is said for people."""
    if isinstance(schema, list):
        return [constraints(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: (
            {name: constraints(value) for name, value in value.items()} if key == "properties" else constraints(value)
        )
        for key, value in schema.items()
        if key not in ("description", "title", "example")
    }


def test_the_reference_pages_constraints_are_kept(schemas: Schemas, seeds: list[dict[str, Any]]) -> None:
    """Each page's schemas are ours but for their prose, and for two bounds that the prose gives."""
    ours = constraints(schemas.document.data["components"]["schemas"])
    bounded = ours["ChatCompletionRequest"]["properties"]
    assert (bounded["min_p"].pop("minimum"), bounded["min_p"].pop("maximum")) == (0, 1)
    assert (bounded["top_logprobs"].pop("minimum"), bounded["top_logprobs"].pop("maximum")) == (0, 20)
    for page in seeds:
        for name, schema in page["components"]["schemas"].items():
            assert ours[name] == constraints(schema), name
    responses = seeds[1]["paths"]["/ai/openai/responses"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert ours["ResponseRequest"] == constraints(responses)
    assert {page["servers"][0]["url"] for page in seeds} == {schemas.document.data["servers"][0]["url"]}
