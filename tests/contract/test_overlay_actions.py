"""Every correction of OpenAI's document is needed: without it, a case that the live API decides goes the other way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.contract.build_openai import OVERLAY
from conformance.contract.document import Document
from conformance.contract.openapi import Action, apply_overlay, load_overlay
from conformance.contract.schemas import Schemas

CHOICE = {"index": 0, "finish_reason": "stop", "logprobs": None}
MESSAGE = {"role": "assistant", "content": "hi", "refusal": None}
CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{**CHOICE, "message": MESSAGE}],
}
CHUNK = {**CHAT, "object": "chat.completion.chunk", "choices": [{**CHOICE, "delta": {}}]}
TEXT = {
    "id": "cmpl-1",
    "object": "text_completion",
    "created": 1,
    "model": "m",
    "choices": [{**CHOICE, "text": "", "finish_reason": None}],
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "model": "m",
    "tools": [],
    "output": [],
    "parallel_tool_calls": True,
    "metadata": {},
    "tool_choice": "auto",
    "temperature": 1,
    "top_p": 1,
}
REQUEST = {"model": "m", "input": "hi"}
SEARCH = {"type": "search", "query": "weather: Rome"}
MCP_TOOL = {"type": "mcp", "server_label": "calendar"}
MCP_CALL = {"type": "mcp_call", "id": "mcp_1", "server_label": "calendar", "name": "search", "arguments": "{}"}
ERROR = {"error": {"message": "No such response", "type": "invalid_request_error", "param": None, "code": None}}
ANY_ERROR = ("post /chat/completions", 400, "application/json")


@dataclass(frozen=True)
class Case:
    """What is judged by a schema, or by an operation's response schema, and how the live API decides it.

    `documented` cases ask only whether the response has a schema at all.
    """

    schema: str | tuple[str, int, str]
    instance: Any = None
    valid: bool = True
    documented: bool = False


CASES = {
    "unwrapped-404": Case(("post /responses/{response_id}/cancel", 404, "application/json"), ERROR),
    "errors": Case(ANY_ERROR, documented=True),
    "chat-fingerprint": Case("CreateChatCompletionResponse", {**CHAT, "system_fingerprint": None}),
    "chunk-fingerprint": Case("CreateChatCompletionStreamResponse", {**CHUNK, "system_fingerprint": None}),
    "chat-logprobs": Case(
        "CreateChatCompletionResponse",
        {**CHAT, "choices": [{"index": 0, "finish_reason": "stop", "message": MESSAGE}]},
    ),
    "chat-refusal": Case("ChatCompletionResponseMessage", {"role": "assistant", "content": "hi"}),
    "chat-logprobs-refusal": Case(
        "CreateChatCompletionResponse",
        {**CHAT, "choices": [{"index": 0, "finish_reason": "stop", "message": MESSAGE, "logprobs": {"content": []}}]},
    ),
    "chunk-logprobs-refusal": Case(
        "CreateChatCompletionStreamResponse",
        {
            **CHUNK,
            "choices": [{"index": 0, "finish_reason": None, "delta": {"content": "a"}, "logprobs": {"content": []}}],
        },
    ),
    "completions-stream": Case(("post /completions", 200, "text/event-stream"), TEXT),
    "completions-usage": Case(
        "CreateCompletionResponse", {**TEXT, "choices": [], "usage": {"prompt_tokens": 11, "total_tokens": 11}}
    ),
    "embedding-base64": Case("Embedding", {"object": "embedding", "index": 0, "embedding": "AACAPw=="}),
    "model-type": Case("Model", "gpt-4o", valid=False),
    "response-resumed": Case(("get /responses/{response_id}", 200, "text/event-stream"), documented=True),
    "response-echoes-null": Case(
        "Response", {**RESPONSE, "user": None, "safety_identifier": None, "prompt_cache_key": None}
    ),
    "request-user-is-text": Case("CreateResponse", {**REQUEST, "user": None}, valid=False),
    "response-usage": Case("Response", {**RESPONSE, "status": "queued", "usage": None}),
    "format-description": Case(
        "TextResponseFormatJsonSchema", {"type": "json_schema", "name": "n", "schema": {}, "description": None}
    ),
    "arguments-done-name": Case(
        "ResponseFunctionCallArgumentsDoneEvent",
        {
            "type": "response.function_call_arguments.done",
            "item_id": "fc_1",
            "output_index": 0,
            "arguments": "{}",
            "sequence_number": 3,
        },
    ),
    "web-search-action": Case("WebSearchToolCall", {"type": "web_search_call", "id": "ws_1", "status": "in_progress"}),
    "web-search-query": Case("WebSearchActionSearch", {"type": "search", "queries": ["weather"]}),
    "web-search-source": Case("WebSearchActionSearch", {**SEARCH, "sources": [{"type": "api", "name": "oai-weather"}]}),
    "mcp-description": Case("MCPTool", {**MCP_TOOL, "server_description": None}),
    "mcp-url": Case("MCPTool", {**MCP_TOOL, "server_url": None}),
    "mcp-error": Case("MCPToolCall", {**MCP_CALL, "error": {"type": "http_error", "code": 500, "message": "failed"}}),
    "response-deleted": Case(("delete /responses/{response_id}", 200, "application/json"), documented=True),
}


@pytest.fixture(scope="module")
def actions() -> tuple[Action, ...]:
    return load_overlay(OVERLAY)


def name_of(action: Action) -> str:
    """The case that an action's `x-test` names."""
    return action.test.partition("[")[2].rstrip("]")


def decide(case: Case, data: dict[str, Any]) -> bool:
    """How a document decides a case; a response without a schema refuses whatever it is given."""
    schemas = Schemas(Document("openai", Path("openapi.json"), data, ""))
    schema = case.schema if isinstance(case.schema, str) else schemas.response(*case.schema)
    if schema is None or case.documented:
        return schema is not None
    return schemas.is_valid(schema, case.instance)


def test_every_action_names_a_case(actions: tuple[Action, ...]) -> None:
    """`x-test` of each action is a case of this file, and no case is left without an action."""
    assert {action.test for action in actions} == {
        f"tests/contract/test_overlay_actions.py::test_each_action_is_needed[{name}]" for name in CASES
    }


@pytest.mark.parametrize("name", CASES)
def test_each_action_is_needed(name: str, uncorrected: dict[str, Any], actions: tuple[Action, ...]) -> None:
    """With the overlay the case is decided as the live API decides it; without its actions it is not."""
    case = CASES[name]
    without = tuple(action for action in actions if name_of(action) != name)
    assert len(without) < len(actions)
    assert decide(case, apply_overlay(uncorrected, actions)) is case.valid
    assert decide(case, apply_overlay(uncorrected, without)) is not case.valid
