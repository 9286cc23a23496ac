"""The parameters that are tested in pairs: their values, how to see that they were honoured, and the combinations.

`pairs.json` is a covering array of strength 2: each pair of values of two parameters occurs in at least one row.
`python -m benchmarks.pairs --write` generates the file again after a change of the parameters.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from conformance.checks.combining import PLAIN, Parameters, Row
from conformance.reply import ChatReply

from .conftest import WEATHER, named_function

FILE = Path(__file__).with_name("pairs.json")
PROMPT = "Describe the weather in Paris as a JSON object with one short member."
ROOM = 48

_SCHEMA = {
    "type": "object",
    "properties": {"weather": {"type": "string", "enum": ["sunny", "rainy"]}},
    "required": ["weather"],
    "additionalProperties": False,
}
_FORMAT = {"type": "json_schema", "json_schema": {"name": "weather", "strict": True, "schema": _SCHEMA}}

VALUES: dict[str, dict[str, dict[str, Any]]] = {
    "stream": {PLAIN: {}, "true": {"stream": True, "stream_options": {"include_usage": True}}},
    "n": {PLAIN: {}, "2": {"n": 2}},
    "temperature": {PLAIN: {}, "0": {"temperature": 0}},
    "logprobs": {PLAIN: {}, "2": {"logprobs": True, "top_logprobs": 2}},
    "tools": {
        PLAIN: {},
        "none": {"tools": [WEATHER], "tool_choice": "none"},
        "named": {"tools": [WEATHER], "tool_choice": named_function("get_weather")},
    },
    "response_format": {
        PLAIN: {},
        "json_object": {"response_format": {"type": "json_object"}},
        "json_schema": {"response_format": _FORMAT},
    },
    "seed": {PLAIN: {}, "7": {"seed": 7}},
    "stop": {PLAIN: {}, "zqkw": {"stop": ["zqkw"]}},
    "frequency_penalty": {PLAIN: {}, "0.5": {"frequency_penalty": 0.5}},
    "logit_bias": {PLAIN: {}, "-5": {"logit_bias": {"1000": -5}}},
    "user": {PLAIN: {}, "suite": {"user": "conformance-suite"}},
}
"""The body parameters for each value of each tested parameter."""
NAMES = {"tools": ("tools", "tool_choice"), "logprobs": ("logprobs", "top_logprobs")}
"""Words by which an error may refer to a parameter, if its own name is not the only one."""


def excluded(row: Row) -> bool:
    """Return whether a combination has no single meaning: a forced call leaves no text to format."""
    return row.get("tools") == "named" and row.get("response_format", PLAIN) != PLAIN


@cache
def rows() -> tuple[Row, ...]:
    """Return the rows of the covering array."""
    found: list[dict[str, str]] = json.loads(FILE.read_text("utf-8"))
    return tuple(found)


def _choices(row: Row, reply: ChatReply) -> str:
    wanted = 2 if row.get("n", PLAIN) == "2" else 1
    return "" if len(reply.choices) == wanted else f"{len(reply.choices)} choices instead of {wanted}"


def _usage(row: Row, reply: ChatReply) -> str:
    return "" if row.get("stream", PLAIN) == PLAIN or reply.usage else "no usage in a stream that asks for usage"


def _logprobs(row: Row, reply: ChatReply) -> str:
    asked = row.get("logprobs", PLAIN) != PLAIN
    lost = [
        choice for choice in reply.choices if asked and choice.text and not choice.tool_calls and not choice.logprobs
    ]
    return "no log probabilities" if lost else ""


def _calls(row: Row, reply: ChatReply) -> str:
    tools = row.get("tools", PLAIN)
    if tools == "none" and any(choice.tool_calls for choice in reply.choices):
        return "a tool call despite `tool_choice: none`"
    lost = tools == "named" and any(not c.tool_calls and c.finish_reason != "length" for c in reply.choices)
    return "no call of the named function" if lost else ""


def _format(row: Row, reply: ChatReply) -> str:
    if row.get("response_format", PLAIN) == PLAIN:
        return ""
    for choice in reply.choices:
        if choice.finish_reason == "stop" and not choice.refusal and not choice.tool_calls:
            try:
                json.loads(choice.text)
            except (ValueError, RecursionError):
                return "text that is not JSON"
    return ""


PARAMETERS = Parameters(VALUES, excluded, (_choices, _usage, _logprobs, _calls, _format), NAMES)
