"""A dialect has the chat parameters, defaults and error format of one contract.

The module `dialect` defines the class of dialects, and the dialect of OpenAI's contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.reference.chat.messages import ROLES
from conformance.reference.chat.nested import EFFORTS, VERBOSITIES
from conformance.reference.fields import Field

NUMBER, INTEGER, STRING, BOOLEAN = ("number",), ("integer",), ("string",), ("boolean",)

SERVICE_TIERS = ("auto", "default", "flex", "scale", "priority", "fast")

SHARED: Mapping[str, Field] = {
    "model": Field(STRING),
    "messages": Field(("array",)),
    "stream": Field(BOOLEAN),
    "temperature": Field(NUMBER, 0, 2),
    "top_p": Field(NUMBER, 0, 1),
    "max_tokens": Field(INTEGER, 1),
    "max_completion_tokens": Field(INTEGER, 1),
    "frequency_penalty": Field(NUMBER, -2, 2),
    "presence_penalty": Field(NUMBER, -2, 2),
    "n": Field(INTEGER, 1, 128),
    "seed": Field(INTEGER),
    "stop": Field(("string", "array")),
    "logprobs": Field(BOOLEAN),
    "top_logprobs": Field(INTEGER, 0),
    "logit_bias": Field(("object",)),
    "tools": Field(("array",)),
    "tool_choice": Field(("string", "object")),
    "parallel_tool_calls": Field(BOOLEAN),
    "response_format": Field(("object",)),
    "stream_options": Field(("object",)),
    "user": Field(STRING),
}

GUIDED: Mapping[str, Field] = {
    "guided_json": Field(("object",)),
    "guided_regex": Field(STRING),
    "guided_choice": Field(("array",), low=1),
    "min_p": Field(NUMBER, 0, 1),
}

OPENAI_FIELDS: Mapping[str, Field] = {
    **SHARED,
    "functions": Field(("array",), low=1, high=128),
    "function_call": Field(("string", "object")),
    "store": Field(BOOLEAN),
    "metadata": Field(("object",)),
    "prediction": Field(("object",)),
    "prompt_cache_key": Field(STRING),
    "prompt_cache_retention": Field(STRING),
    "prompt_cache_options": Field(("object",)),
    "moderation": Field(("object",)),
    "audio": Field(("object",)),
    "web_search_options": Field(("object",)),
    "safety_identifier": Field(STRING),
    "modalities": Field(("array",)),
    "service_tier": Field(STRING, values=SERVICE_TIERS),
    "verbosity": Field(STRING, values=VERBOSITIES),
    "reasoning_effort": Field(STRING, values=EFFORTS, value_code="unsupported_value"),
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """The contract that the reference endpoint follows for a path.

    `strict_keys` is true if requests with unknown keys are rejected. `detail` is true if invalid requests get a 422
    with an `HTTPValidationError` body.
    """

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


OPENAI = Dialect("openai", OPENAI_FIELDS, tool_kinds=("function", "custom"))
