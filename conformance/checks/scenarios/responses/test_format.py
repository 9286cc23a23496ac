"""Constrained output: the schema allows only nonsense words, and the prompt asks for something else."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs

from conformance.checks import expect, premise, probe, requirement
from conformance.engine.responses import Responses
from conformance.reply import ResponseReply
from conformance.wire import parse_json, unicode_only

from .conftest import place_of_text, unrefused

POEM = "Write a short poem about the sea. No JSON, no lists, just a poem."
POEM_JSON = "Write a short poem about the sea, then one JSON object about it."
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "colour": {"type": "string", "enum": ["vermilquorn", "zephyrindo"]},
        "count": {"type": "integer", "enum": [4711, 815]},
    },
    "required": ["colour", "count"],
    "additionalProperties": False,
}
FORMAT: dict[str, Any] = {"type": "json_schema", "name": "finding", "strict": True, "schema": SCHEMA}


@probe(transports=("json", "sse"))
async def response_format_asked(responses: Responses) -> ResponseReply:
    """Request output that satisfies a strict JSON schema."""
    return await responses(POEM, text={"format": FORMAT}, max_output_tokens=96, temperature=0)


@requirement("responses.text-format")
def test_a_strict_schema_constrains_the_answer(response_format_asked: ResponseReply) -> None:
    text = unrefused(response_format_asked).answer
    premise(not response_format_asked.incomplete, f"the token limit truncated the response: {text[:120]!r}")
    try:
        valid = jsonschema_rs.is_valid(SCHEMA, unicode_only(parse_json(text)))
    except ValueError:
        valid = False
    expected = f"only JSON that satisfies {json.dumps(SCHEMA)[:160]}…"
    expect(valid, expected, got=text, where=place_of_text(response_format_asked), on=response_format_asked)


@requirement("responses.echo.text-format", transport="json")
def test_the_format_is_echoed(response_format_asked: ResponseReply) -> None:
    text = response_format_asked.object.get("text")
    echoed = text.get("format") if isinstance(text, dict) else None
    kind = echoed.get("type") if isinstance(echoed, dict) else None
    expect(kind == "json_schema", "json_schema", got=kind, where="/text/format/type", on=response_format_asked)


@probe
async def response_json_object(responses: Responses) -> ResponseReply:
    """Request JSON mode (`json_object`). The prompt contains the word JSON, as OpenAI requires."""
    asked = {"format": {"type": "json_object"}}
    return await responses(POEM_JSON, text=asked, max_output_tokens=96, temperature=0)


@requirement("responses.text-format.json-object")
def test_json_object_gives_a_json_object(response_json_object: ResponseReply) -> None:
    text, where = unrefused(response_json_object).answer, place_of_text(response_json_object)
    if response_json_object.incomplete:
        # What the limit cut can still be told from a poem: an object begins with a brace.
        start = text.lstrip()
        expect(start.startswith("{") or not start, "a JSON object", got=text, where=where, on=response_json_object)
    premise(not response_json_object.incomplete, "the token limit truncated the response")
    try:
        value = parse_json(text)
    except ValueError:
        value = None
    expect(isinstance(value, dict), "only one JSON object", got=text, where=where, on=response_json_object)
