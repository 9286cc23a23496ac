"""Constraints constrain: the prompt asks for the opposite, and the values are words that no model would say."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema_rs

from conformance.checks import expect, premise, probe, requirement
from conformance.engine.clients import Chat
from conformance.reply import ChatReply
from conformance.wire import parse_json, unicode_only

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
CHOICES = ["quixotic-plover", "brass lanternfish", "onyx 77"]
REGEX = r"ref-[0-9]{4}-[A-F]{3}"
MATCH = "ref-0000-AAA"


def whole(reply: ChatReply) -> str:
    """The text, if the token limit did not cut it."""
    text = reply.text
    premise(reply.finish_reason != "length", f"the token limit cut the answer: {text[:120]!r}")
    return text


def expect_json(reply: ChatReply, schema: dict[str, Any]) -> None:
    """The text is one JSON value that satisfies the schema, with nothing around it."""
    text = whole(reply)
    where = "/choices/0/message/content"
    try:
        value = parse_json(text)
    except ValueError:
        expect(False, "JSON and nothing else", got=text, where=where, on=reply)
        return
    valid = jsonschema_rs.is_valid(schema, unicode_only(value))
    expect(valid, f"JSON that satisfies {json.dumps(schema)[:160]}…", got=text, where=where, on=reply)


@probe(transports=("json", "sse"))
async def schema_asked(chat: Chat) -> ChatReply:
    """OpenAI's strict JSON schema."""
    named = {"name": "finding", "strict": True, "schema": SCHEMA}
    asked = {"type": "json_schema", "json_schema": named}
    return await chat(POEM, response_format=asked, max_tokens=96, temperature=0)


@requirement("chat.json-schema.enforced")
def test_a_strict_schema_constrains_the_answer(schema_asked: ChatReply) -> None:
    expect_json(schema_asked, SCHEMA)


@probe(transports=("json", "sse"))
async def object_asked(chat: Chat) -> ChatReply:
    """JSON without a schema; the word JSON has to be in the prompt."""
    return await chat(POEM_JSON, response_format={"type": "json_object"}, max_tokens=96, temperature=0)


@requirement("chat.json-object.enforced")
def test_json_object_gives_a_json_object(object_asked: ChatReply) -> None:
    text = object_asked.text
    if object_asked.finish_reason == "length":
        # What the limit cut can still be told from a poem: an object begins with a brace.
        start = text.lstrip()
        expect(
            start.startswith("{") or not start,
            "a JSON object",
            got=text,
            where="/choices/0/message/content",
            on=object_asked,
        )
    expect_json(object_asked, {"type": "object"})


@probe(transports=("json", "sse"))
async def guided_json_asked(chat: Chat) -> ChatReply:
    """`guided_json` with a schema of nonsense words."""
    return await chat(POEM, guided_json=SCHEMA, max_tokens=96, temperature=0)


@requirement("guided.json.enforced")
def test_guided_json_follows_the_schema(guided_json_asked: ChatReply) -> None:
    expect_json(guided_json_asked, SCHEMA)


@probe(transports=("json", "sse"))
async def guided_regex_asked(chat: Chat) -> ChatReply:
    """`guided_regex` with a pattern that no poem matches."""
    return await chat(POEM, guided_regex=REGEX, max_tokens=32, temperature=0)


@requirement("guided.regex.enforced")
def test_guided_regex_matches_in_full(guided_regex_asked: ChatReply) -> None:
    text = guided_regex_asked.text
    if re.fullmatch(REGEX, text + MATCH[len(text) :]):
        whole(guided_regex_asked)  # the beginning of a match is no fault of the constraint when the limit cut it
    where = "/choices/0/message/content"
    expect(
        re.fullmatch(REGEX, text), f"text that matches {REGEX} in full", got=text, where=where, on=guided_regex_asked
    )


@probe(transports=("json", "sse"))
async def guided_choice_asked(chat: Chat) -> ChatReply:
    """`guided_choice` with three phrases that no poem is."""
    return await chat(POEM, guided_choice=CHOICES, max_tokens=32, temperature=0)


@requirement("guided.choice.enforced")
def test_guided_choice_is_exactly_one_of_the_choices(guided_choice_asked: ChatReply) -> None:
    text = guided_choice_asked.text
    if any(choice.startswith(text) for choice in CHOICES):
        whole(guided_choice_asked)  # as with a pattern: the limit may have cut a choice
    where = "/choices/0/message/content"
    expect(text in CHOICES, f"exactly one of {CHOICES}", got=text, where=where, on=guided_choice_asked)
