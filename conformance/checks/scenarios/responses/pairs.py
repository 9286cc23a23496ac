"""The parameters of the Responses API that are tested in pairs, how to see that they were honoured, and the combinations.

`pairs.json` is a covering array of strength 2: each pair of values of two parameters occurs in at least one row. After
a change of the parameters, `python -m benchmarks.pairs --write` generates `pairs.json` again.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from conformance.checks.combining import PLAIN, Parameters, Row
from conformance.reply import ResponseReply

from .conftest import LOGPROBS, WEATHER

FILE = Path(__file__).with_name("pairs.json")
PROMPT = "Describe the weather in Paris as a JSON object with one short member."
ROOM = 48
METADATA = {"suite": "conformance"}

_SCHEMA = {
    "type": "object",
    "properties": {"weather": {"type": "string", "enum": ["sunny", "rainy"]}},
    "required": ["weather"],
    "additionalProperties": False,
}
_FORMAT = {"type": "json_schema", "name": "weather", "strict": True, "schema": _SCHEMA}

VALUES: dict[str, dict[str, dict[str, Any]]] = {
    "stream": {PLAIN: {}, "true": {"stream": True}},
    "temperature": {PLAIN: {}, "0": {"temperature": 0}},
    "top_p": {PLAIN: {}, "0.9": {"top_p": 0.9}},
    "logprobs": {PLAIN: {}, "2": LOGPROBS},
    "tools": {
        PLAIN: {},
        "none": {"tools": [WEATHER], "tool_choice": "none"},
        "named": {"tools": [WEATHER], "tool_choice": {"type": "function", "name": "get_weather"}},
    },
    "text": {
        PLAIN: {},
        "json_object": {"text": {"format": {"type": "json_object"}}},
        "json_schema": {"text": {"format": _FORMAT}},
    },
    "instructions": {PLAIN: {}, "brief": {"instructions": "Be brief."}},
    "metadata": {PLAIN: {}, "one": {"metadata": METADATA}},
    "truncation": {PLAIN: {}, "auto": {"truncation": "auto"}},
}
"""The body parameters for each value of each tested parameter."""
NAMES = {
    "tools": ("tools", "tool_choice"),
    "logprobs": ("include", "top_logprobs", "logprobs", "message.output_text.logprobs"),
    "text": ("text", "text.format", "text.format.type", "json_object", "json_schema"),
}
"""Words by which an error may refer to a parameter, if its own name is not the only one."""


def excluded(row: Row) -> bool:
    """Return whether a row combines a forced function call with a text format: the call leaves no text to format."""
    return row.get("tools") == "named" and row.get("text", PLAIN) != PLAIN


@cache
def rows() -> tuple[Row, ...]:
    """Return the rows of the covering array."""
    found: list[dict[str, str]] = json.loads(FILE.read_text("utf-8"))
    return tuple(found)


def _calls(row: Row, reply: ResponseReply) -> str:
    tools = row.get("tools", PLAIN)
    if tools == "none" and reply.function_calls:
        return "a function call despite `tool_choice: none`"
    lost = tools == "named" and not reply.function_calls and not reply.incomplete
    return "no call of the named function" if lost else ""


def _logprobs(row: Row, reply: ResponseReply) -> str:
    if row.get("logprobs", PLAIN) == PLAIN or not reply.answer:
        return ""
    told = any(part.get("logprobs") for _, part in reply.answer_parts)
    streamed = any(event.data.get("logprobs") for event in reply.events) if reply.streamed else False
    return "" if told or streamed else "no log probabilities"


def _format(row: Row, reply: ResponseReply) -> str:
    if row.get("text", PLAIN) == PLAIN or reply.status != "completed" or reply.function_calls or not reply.answer:
        return ""
    try:
        json.loads(reply.answer)
    except (ValueError, RecursionError):
        return "text that is not JSON"
    return ""


def _metadata(row: Row, reply: ResponseReply) -> str:
    lost = row.get("metadata", PLAIN) != PLAIN and reply.object.get("metadata") != METADATA
    return "no metadata of the request in the response" if lost else ""


PARAMETERS = Parameters(VALUES, excluded, (_calls, _logprobs, _format, _metadata), NAMES)
