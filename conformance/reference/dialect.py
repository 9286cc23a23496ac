"""The contracts that the endpoint serves: their chat parameters, defaults, and form of errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.reference.chat.messages import ROLES
from conformance.reference.chat.nested import EFFORTS, VERBOSITIES
from conformance.reference.fields import Field

_NUMBER, _INTEGER, _STRING, _BOOLEAN = ("number",), ("integer",), ("string",), ("boolean",)

SERVICE_TIERS = ("auto", "default", "flex", "scale", "priority", "fast")

_SHARED: Mapping[str, Field] = {
    "model": Field(_STRING),
    "messages": Field(("array",)),
    "stream": Field(_BOOLEAN),
    "temperature": Field(_NUMBER, 0, 2),
    "top_p": Field(_NUMBER, 0, 1),
    "max_tokens": Field(_INTEGER, 1),
    "max_completion_tokens": Field(_INTEGER, 1),
    "frequency_penalty": Field(_NUMBER, -2, 2),
    "presence_penalty": Field(_NUMBER, -2, 2),
    "n": Field(_INTEGER, 1, 128),
    "seed": Field(_INTEGER),
    "stop": Field(("string", "array")),
    "logprobs": Field(_BOOLEAN),
    "top_logprobs": Field(_INTEGER, 0),
    "logit_bias": Field(("object",)),
    "tools": Field(("array",)),
    "tool_choice": Field(("string", "object")),
    "parallel_tool_calls": Field(_BOOLEAN),
    "response_format": Field(("object",)),
    "stream_options": Field(("object",)),
    "user": Field(_STRING),
}

_GUIDED: Mapping[str, Field] = {
    "guided_json": Field(("object",)),
    "guided_regex": Field(_STRING),
    "guided_choice": Field(("array",), low=1),
    "min_p": Field(_NUMBER, 0, 1),
}

_OPENAI: Mapping[str, Field] = {
    **_SHARED,
    "functions": Field(("array",), low=1, high=128),
    "function_call": Field(("string", "object")),
    "store": Field(_BOOLEAN),
    "metadata": Field(("object",)),
    "prediction": Field(("object",)),
    "prompt_cache_key": Field(_STRING),
    "prompt_cache_retention": Field(_STRING),
    "prompt_cache_options": Field(("object",)),
    "moderation": Field(("object",)),
    "audio": Field(("object",)),
    "web_search_options": Field(("object",)),
    "safety_identifier": Field(_STRING),
    "modalities": Field(("array",)),
    "service_tier": Field(_STRING, values=SERVICE_TIERS),
    "verbosity": Field(_STRING, values=VERBOSITIES),
    "reasoning_effort": Field(_STRING, values=EFFORTS, value_code="unsupported_value"),
}

_VLLM: Mapping[str, Field] = {
    **_OPENAI,
    **_GUIDED,
    "guided_grammar": Field(_STRING),
    "structured_outputs": Field(("object",)),
}

_TELNYX: Mapping[str, Field] = {
    **_SHARED,
    **_GUIDED,
    "n": Field(_NUMBER, 1, 128),
    "api_key_ref": Field(_STRING),
    "use_beam_search": Field(_BOOLEAN),
    "best_of": Field(_INTEGER, 1, 20),
    "length_penalty": Field(_NUMBER),
    "early_stopping": Field(_BOOLEAN),
    "enable_thinking": Field(_BOOLEAN),
    "top_logprobs": Field(_INTEGER, 0, 20),
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """A contract. `strict_keys` rejects unknown keys; `detail` answers invalid requests with 422 HTTPValidationError."""

    name: str
    fields: Mapping[str, Field]
    roles: tuple[str, ...] = ROLES
    default_model: str | None = None
    temperature: float = 1.0
    strict_keys: bool = True
    detail: bool = False
    tool_kinds: tuple[str, ...] = ("function",)
    image_url: tuple[str, ...] = ("object",)
    response_formats: tuple[str, ...] = ("text", "json_object", "json_schema")


OPENAI = Dialect("openai", _OPENAI, tool_kinds=("function", "custom"))
VLLM = Dialect("vllm", _VLLM, tool_kinds=("function", "custom"))
TELNYX = Dialect(
    "telnyx",
    _TELNYX,
    roles=("system", "user", "assistant", "tool"),
    default_model="meta-llama/Meta-Llama-3.1-8B-Instruct",
    temperature=0.1,
    strict_keys=False,
    detail=True,
    tool_kinds=("function", "retrieval"),
    image_url=("string",),
    response_formats=("text", "json_object"),
)
