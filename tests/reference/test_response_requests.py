"""What a Responses request may say: unknown keys at any depth, tools and items of all types, strict functions, echoes."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest

CITY = {"type": "object", "properties": {"city": {"type": "string"}, "unit": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"type": "function", "name": "get_weather", "description": "Weather", "parameters": CITY}
SCHEMA = {"type": "json_schema", "name": "x", "schema": {"type": "object", "properties": {"a": {"type": "string"}}}}
HI = {"role": "user", "content": "hi"}


def post(http: httpx.Client, **change: Any) -> httpx.Response:
    return http.post("/v1/responses", json={"model": "reference-1", "input": "hi", **change})


REFUSED = [
    ({"reasoning": {"max_tokens": 5}}, "reasoning.max_tokens", "unknown_parameter"),
    ({"reasoning": {"summary": "loud"}}, "reasoning.summary", "invalid_value"),
    ({"reasoning": {"effort": "loud"}}, "reasoning.effort", "unsupported_value"),
    ({"reasoning": {"context": "loud"}}, "reasoning.context", "invalid_value"),
    ({"text": {"foo": 5}}, "text.foo", "unknown_parameter"),
    ({"text": {"verbosity": "loud"}}, "text.verbosity", "invalid_value"),
    ({"text": {"format": {"type": "text", "strict": True}}}, "text.format.strict", "unknown_parameter"),
    ({"text": {"format": {**SCHEMA, "title": "x"}}}, "text.format.title", "unknown_parameter"),
    ({"text": {"format": {"type": "json_schema", "name": "x"}}}, "text.format.schema", "missing_required_parameter"),
    ({"input": [{**HI, "metadata": {}}]}, "input[0].metadata", "unknown_parameter"),
    ({"input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "parsed_arguments": None}]},
     "input[0].parsed_arguments", "unknown_parameter"),
    ({"input": [{"type": "custom_tool_call_output", "call_id": "c", "output": "x"}]}, "input", None),
    ({"input": [{"type": "custom_tool_call_output", "output": "x"}]}, "input[0].call_id", "missing_required_parameter"),
    ({"input": [{"type": "reasoning", "summary": [], "encrypted_content": "foreign"}, HI]},
     "input[0].encrypted_content", "invalid_encrypted_content"),
    ({"stream_options": {"include_obfuscation": "yes"}}, "stream_options.include_obfuscation", "invalid_type"),
    ({"generate": False}, "generate", "unknown_parameter"),
    ({"client_metadata": "x"}, "client_metadata", "invalid_type"),
    ({"include": ["everything"]}, "include[0]", "invalid_value"),
    ({"context_management": [{"type": "compaction"}]}, "context_management", "unsupported_parameter"),
    ({"moderation": {"model": "x"}}, "moderation", "unsupported_parameter"),
    ({"tools": [{"type": "wizard"}]}, "tools[0].type", "invalid_value"),
    ({"tools": [{"type": "custom"}]}, "tools[0].name", "missing_required_parameter"),
    ({"tools": [{"type": "namespace", "name": "n", "description": "d", "tools": [{"type": "mcp"}]}]},
     "tools[0].tools[0].type", "invalid_value"),
    ({"tools": [{"type": "web_search"}], "tool_choice": "required"}, "tool_choice", "unsupported_value"),
    ({"tools": [{"type": "web_search"}], "tool_choice": {"type": "web_search"}}, "tool_choice.type", "unsupported_value"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "param", "code"), REFUSED, ids=[case[1] + " " + str(case[2]) for case in REFUSED])
def test_one_fault_is_refused_by_its_path(http: httpx.Client, change, param, code):
    """One fault, one refusal, whose param is the path to it."""
    answer = post(http, **change)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["code"]) == (400, param, code)


def test_a_prompt_template_is_not_found(http: httpx.Client):
    """The parameter is known; no template is stored here."""
    answer = post(http, prompt={"id": "pmpt_1"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (404, "prompt")


INCLUDED = [
    "file_search_call.results", "web_search_call.results", "web_search_call.action.sources", "code_interpreter_call.outputs",
    "message.input_image.image_url", "computer_call_output.output.image_url",
]  # fmt: skip
CALLS = [
    {"type": "custom_tool_call", "call_id": "c1", "name": "shout", "input": "hey"},
    {"type": "custom_tool_call_output", "call_id": "c1", "output": "HEY"},
    {"type": "shell_call", "call_id": "c2", "action": {"commands": ["pwd"]}, "status": "completed"},
    {"type": "shell_call_output", "call_id": "c2", "output": [{"stdout": "/", "stderr": "", "outcome": {"type": "exit"}}]},
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "x"}},
    HI,
]  # fmt: skip
TOOLS = [
    {"type": "custom", "name": "shout", "format": {"type": "text"}},
    {"type": "namespace", "name": "crm", "description": "CRM", "tools": [{**FUNCTION, "strict": False}]},
    {"type": "web_search", "external_web_access": False},
    {"type": "mcp", "server_label": "x", "server_url": "https://mcp.example/"},
    {"type": "file_search", "vector_store_ids": ["vs_1"]},
    {"type": "code_interpreter", "container": {"type": "auto"}},
    {"type": "apply_patch"},
]


@pytest.mark.parametrize("change", [
    {"client_metadata": {"session": "1"}}, {"include": INCLUDED}, {"input": CALLS}, {"service_tier": "fast"},
    {"reasoning": {"effort": "max", "mode": "standard", "context": "auto"}}, {"prompt_cache_options": {"mode": "implicit"}},
    {"tools": TOOLS, "tool_choice": "auto"}, {"input": [], "instructions": "Be brief.", "tools": [FUNCTION]},
], ids=str)  # fmt: skip
def test_what_openai_accepts_is_accepted(http: httpx.Client, change):
    """Parameters, values, tools and items of OpenAI's document and its SDK."""
    answer = post(http, **change)
    assert answer.status_code == 200, answer.text


def test_tools_are_repeated_as_they_came(http: httpx.Client):
    """Tools that cannot be executed are accepted, repeated, and not called."""
    made = post(http, tools=TOOLS, input="Search the web for the CRM with shout.").json()
    assert made["tools"] == TOOLS
    assert [item["type"] for item in made["output"]] == ["message"]


def test_a_function_is_strict_unless_it_declines(http: httpx.Client):
    """Without `strict` the schema is closed and all is required; `strict: false` and open schemas stay as they are."""
    loose = {**FUNCTION, "name": "loose", "strict": False}
    opened = {
        **FUNCTION,
        "name": "opened",
        "parameters": {"type": "object", "additionalProperties": {"type": "string"}},
    }
    made = post(http, tools=[FUNCTION, loose, opened], tool_choice={"type": "function", "name": "get_weather"}).json()
    first, second, third = made["tools"]
    assert (first["strict"], second["strict"], third["strict"]) == (True, False, False)
    assert first["parameters"] == {**CITY, "required": ["city", "unit"], "additionalProperties": False}
    assert (second["parameters"], third["parameters"]) == (CITY, opened["parameters"])


def test_what_was_asked_for_is_echoed(http: httpx.Client):
    """Verbosity, summary, cache retention; and what OpenAI's responses always have."""
    made = post(
        http, text={"verbosity": "low"}, reasoning={"summary": "auto"}, prompt_cache_retention="24h", temperature=0
    ).json()
    assert made["text"]["verbosity"] == "low"
    assert made["reasoning"] == {"effort": None, "summary": "auto", "context": None}
    assert (made["prompt_cache_retention"], made["moderation"]) == ("24h", None)
    assert (made["presence_penalty"], made["frequency_penalty"]) == (0.0, 0.0)
    assert made["usage"]["input_tokens_details"] == {"cached_tokens": 0, "cache_write_tokens": 0}
    assert made["tool_usage"]["web_search"] == {"num_requests": 0}


def test_a_summary_is_streamed_and_sealed_reasoning_comes_back(client: openai.OpenAI):
    """The SDK's view of a thinking model without a store: a summary as events, and content to send back."""
    asked: dict[str, Any] = {"effort": "low", "summary": "detailed"}
    included = ["reasoning.encrypted_content"]
    with client.responses.stream(
        model="reference/thinker", input="Say yes.", reasoning=asked, include=included, store=False
    ) as stream:
        events = list(stream)
    deltas = [event.delta for event in events if event.type == "response.reasoning_summary_text.delta"]
    thought, said = events[-1].response.output
    assert len(deltas) > 1
    assert "".join(deltas) == thought.summary[0].text
    assert thought.encrypted_content
    again: Any = [{"role": "user", "content": "Say yes."}, thought, said, {"role": "user", "content": "And no."}]
    assert client.responses.create(model="reference/thinker", input=again, store=False).status == "completed"


@pytest.mark.parametrize("path", ["chat", "responses"])
def test_deltas_are_obfuscated_where_that_is_asked_for(client: openai.OpenAI, path):
    """Text and letters together have a length that tells nothing."""
    options: Any = {"include_obfuscation": True}
    if path == "chat":
        said: Any = [{"role": "user", "content": "Count from 1 to 5."}]
        chunks = client.chat.completions.create(model="reference-1", messages=said, stream=True, stream_options=options)
        pairs = [((chunk.choices[0].delta.content or ""), chunk.obfuscation) for chunk in chunks]  # type: ignore[attr-defined]
    else:
        made = client.responses.create(model="reference-1", input="Count to 5.", stream=True, stream_options=options)
        pairs = [(event.delta, event.obfuscation) for event in made if event.type == "response.output_text.delta"]  # type: ignore[attr-defined]
    assert len(pairs) > 3
    assert all((len(text) + len(letters)) % 16 == 0 for text, letters in pairs)


def test_the_oldest_turns_are_dropped_at_once(http: httpx.Client):
    """Thousands of turns that are too many for the window are truncated without counting them again for each."""
    many = [{"role": "user", "content": "one two three four five"}] * 4000
    made = post(http, input=many, truncation="auto", max_output_tokens=16).json()
    assert 8000 < made["usage"]["input_tokens"] <= 8192


def test_the_model_for_agents_has_a_long_window(client: openai.OpenAI):
    """Both windows are advertised; what is too long for one fits the other."""
    windows = {model.id: model.max_model_len for model in client.models.list()}  # type: ignore[attr-defined]
    assert (windows["reference-1"], windows["reference-1-128k"]) == (8192, 131072)
    long: Any = [{"role": "user", "content": "word " * 100_000 + "Say yes."}]
    made = client.chat.completions.create(model="reference-1-128k", messages=long, temperature=0)
    assert made.usage is not None
    assert made.usage.prompt_tokens > 100_000
    with pytest.raises(openai.BadRequestError, match="maximum context length is 8192"):
        client.chat.completions.create(model="reference-1", messages=long)
