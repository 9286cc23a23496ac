"""Requests of the Responses API and of both conversation APIs by which mutants of them differ from the right endpoint.

`$id` is the id of the response or conversation made last and `$old` of the one before, `$conv` of the conversation made
last and `$oldconv` of the one before; `$call` is the last call's, `$item` the last item's in a list.
"""

from __future__ import annotations

from typing import Any

Step = tuple[str, str, Any]

TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
ALARM = {
    "type": "function",
    "name": "set_alarm",
    "parameters": {"type": "object", "properties": {"hour": {"type": "integer"}}, "required": ["hour"]},
}
USER, ANSWER = {"role": "user", "content": "My name is Ada."}, {"role": "assistant", "content": "Hello."}
CALL = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
SUNNY = {"type": "function_call_output", "call_id": "call_1", "output": "31 degrees and a strong wind from the north"}
ECHO = {
    "instructions": "Be brief.",
    "temperature": 0.5,
    "top_p": 0.5,
    "metadata": {"a": "b"},
    "parallel_tool_calls": False,
    "tool_choice": "none",
    "tools": [TOOL],
}
NOWHERE = "0" * 48


def respond(said: Any = "Count from 1 to 5.", **more: Any) -> Step:
    """A request under /v1."""
    body = {"model": "reference-1", "temperature": 0, "input": said, **more}
    return "POST", "/v1/responses", {key: value for key, value in body.items() if value is not ...}


def telnyx(said: Any = "Hi.", **more: Any) -> Step:
    """A request at Telnyx's address."""
    return "POST", "/v2/ai/openai/responses", {"input": said, "temperature": 0, **more}


def get(path: str) -> Step:
    """A GET."""
    return "GET", path, None


def items(*texts: str) -> list[dict[str, Any]]:
    """User messages as items."""
    return [{"type": "message", "role": "user", "content": text} for text in texts]


CREATE: list[Step] = [
    respond([USER, ANSWER, {"role": "user", "content": "What is my name?"}]), respond([{"role": "developer", "content": "Answer only with PONG."}, USER]),
    respond([{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Say the word kiwi."}]}]), respond(**ECHO),
    respond("Answer with JSON.", text={"format": {"type": "json_object"}}), respond("Hi.", tools=[TOOL, ALARM], tool_choice={"type": "function", "name": "set_alarm"}),
    respond([USER, CALL, SUNNY], tools=[TOOL]), respond([USER, CALL], tools=[TOOL]),
    respond(...), respond(12345), respond(12345, stream=True), respond(model="conformance-no-such-model"), respond(max_output_tokens=-5), respond(temperature="hot"),
    respond(temperature=-1), respond([{"role": "wizard", "content": "Hi."}]), respond(text={"format": {"type": "verse"}}), respond(metadata="none"),
]  # fmt: skip
STATE: list[Step] = [
    respond("Hi.", tools=[TOOL], tool_choice="required"), respond([{**SUNNY, "call_id": "$call"}], previous_response_id="$id", tools=[TOOL]),
    respond([*items("My name is Ada.", "I live in Paris."), *items("Hi.")]), get("/v1/responses/$id/input_items"), get("/v1/responses/$id/input_items?limit=2"),
    get(f"/v1/responses/resp_{NOWHERE}"), respond("My name is Ada."), respond("And now?", previous_response_id="$id"), ("DELETE", "/v1/responses/$id", None), get("/v1/responses/$id"),
    respond("What is my name?", previous_response_id="$id"),
]  # fmt: skip
# A response continued twice: `$old` is the response before the last one.
BRANCHES: list[Step] = [
    respond("My name is Ada."), respond("I live in Paris.", previous_response_id="$id"), respond("What is it?", previous_response_id="$old"),
]  # fmt: skip
THREADS: list[Step] = [
    ("POST", "/v1/conversations", {"items": items("Another one.")}), ("POST", "/v1/conversations", {"metadata": {"a": "b"}, "items": items("My name is Ada.", "I live in Paris.")}),
    get("/v1/conversations/$conv"), ("POST", "/v1/conversations/$conv/items", {"items": items("Third.")}), get("/v1/conversations/$conv/items"),
    get("/v1/conversations/$conv/items?limit=2"), get("/v1/conversations/$conv/items/$item"), respond("What is my name?", conversation="$conv"), get("/v1/conversations/$conv/items"),
    respond("Hi.", conversation="$conv", previous_response_id="$id"), respond("Hi.", conversation=f"conv_{NOWHERE}"),
    ("DELETE", "/v1/conversations/$conv/items/$item", None), get("/v1/conversations/$conv/items"),
    ("POST", "/v1/conversations/$conv", {"metadata": {"c": "d"}}), get("/v1/conversations/$conv"), get(f"/v1/conversations/conv_{NOWHERE}"),
    ("POST", "/v1/conversations", {"items": items("Hi.") * 21}), ("DELETE", "/v1/conversations/$conv", None), get("/v1/conversations/$conv"),
]  # fmt: skip
TELNYX: list[Step] = [
    ("POST", "/v2/ai/conversations", {"metadata": {"who": "other"}}), ("POST", "/v2/ai/conversations", {"metadata": {"who": "ada"}}), get("/v2/ai/conversations?metadata->who=eq.ada"),
    get("/v2/ai/conversations/$conv"), ("PUT", "/v2/ai/conversations/$conv", {"metadata": {"who": "bob"}}), get("/v2/ai/conversations/$conv"),
    telnyx("Just passing by."), get("/v2/ai/conversations/$conv/messages"), telnyx("Hi.", conversation="$conv", tools=[TOOL], tool_choice="required"), get("/v2/ai/conversations/$conv/messages"),
    ("POST", "/v2/ai/conversations", {"metadata": {"ai_disabled": "true"}}), telnyx(conversation="$conv"), telnyx(conversation="no-uuid"),
    ("DELETE", "/v2/ai/conversations/$conv", None), get("/v2/ai/conversations/$conv"),
    ("POST", "/v2/ai/conversations", {}), telnyx("My name is Ada.", conversation="$conv"), ("POST", "/v2/ai/conversations", {}), telnyx("Hi.", conversation="$conv"), get("/v2/ai/conversations/$oldconv/messages"),
]  # fmt: skip
STEPS = [*CREATE, *STATE, *BRANCHES, *THREADS, *TELNYX]
