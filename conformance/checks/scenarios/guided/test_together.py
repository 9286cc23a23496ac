"""Constraints in combination with tools, with stop sequences, with a high temperature, and without `strict`."""

from __future__ import annotations

import asyncio

from conformance.checks import expect, premise, probe, requirement
from conformance.checks.constraints import OPENAI, Choice, Constraint, JsonSchema, dialect_for, response_format
from conformance.checks.language import Unsupported, answer
from conformance.checks.scenarios.guided.asking import (
    LIMIT,
    POEM,
    Asked,
    ask,
    closed,
    contents,
    exactly,
    expect_enforced_or_refused,
    expect_obeyed,
)
from conformance.checks.scenarios.guided.conftest import FORBIDDEN_TOOL, PLAIN, SCHEMA, need_schemas
from conformance.checks.scenarios.guided.joined import obeyed
from conformance.checks.scenarios.guided.patterns import THREE
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.reply import ChatReply


@probe(transports=("json", "sse"))
async def schema_beside_tools(chat: Chat, target: Target, schema_with_others: Asked) -> Asked:
    """Send the plain schema together with a declared tool and `tool_choice: none`.

    Nothing is sent if a response to a request with more parameters satisfies the schema.
    """
    if await asyncio.to_thread(obeyed, schema_with_others, 2):
        return schema_with_others
    dialect, names = dialect_for(target.profile, JsonSchema), ("tools", "tool_choice")
    return await ask(chat, dialect, PLAIN, POEM, names=names, limit=2 * LIMIT, **FORBIDDEN_TOOL)


@requirement("chat.guided.tools")
def test_a_schema_holds_beside_tools(plain_schema: Asked, schema_beside_tools: Asked) -> None:
    need_schemas(plain_schema)
    expect_enforced_or_refused(schema_beside_tools)


# A stop sequence inside the only value that the schema allows: the text has to come to it.
STOP = "kwax"
STOPPED = JsonSchema.of(closed({"value": {"type": "string", "enum": [f"zq {STOP} vermilquorn"]}}))


@probe(transports=("json", "sse"))
async def schema_with_stop(chat: Chat, target: Target) -> ChatReply:
    """Send a schema whose only allowed value contains the stop sequence."""
    params = dialect_for(target.profile, JsonSchema).params(STOPPED)
    return await chat(exactly({"value": "sea"}), stop=STOP, max_tokens=LIMIT, temperature=0, **params)


@requirement("chat.guided.stop")
def test_a_stop_sequence_ends_constrained_text(plain_schema: Asked, schema_with_stop: ChatReply) -> None:
    need_schemas(plain_schema)
    if schema_with_stop.exchange.status in (400, 422):
        raise Unsupported(f"rejected: {answer(schema_with_stop)}")
    said = contents(schema_with_stop)[0]
    premise(not said.cut, f"the token limit truncated the response: {said.text[:120]!r}")
    where, on = said.where, schema_with_stop
    expect(STOP not in said.text, f"text that ends before {STOP!r}", got=said.text, where=where, on=on)
    good = said.text and STOPPED.may_begin(said.text)
    expect(good, f"the beginning of a document that satisfies {STOPPED.text}", got=said.text, where=where, on=on)


@probe
async def constraint_at_high_temperature(chat: Chat, target: Target) -> Asked:
    """Send a list of choices at the highest temperature.

    If the profile promises no lists of choices, send a simple JSON schema instead.

    A list of choices is preferred to a JSON schema: at a high temperature, a model may write endless whitespace in
    JSON, which does not show whether the schema is enforced.
    """
    constraint: Constraint = THREE
    dialect = dialect_for(target.profile, Choice)
    if dialect.feature(Choice) not in target.profile.promised:
        constraint, dialect = PLAIN, dialect_for(target.profile, JsonSchema)
    return await ask(chat, dialect, constraint, POEM, limit=2 * LIMIT, temperature=2)


@requirement("chat.guided.temperature", transport="json")
def test_a_constraint_holds_at_any_temperature(plain_schema: Asked, constraint_at_high_temperature: Asked) -> None:
    need_schemas(plain_schema)
    expect_obeyed(constraint_at_high_temperature)


@probe
async def schema_not_strict(chat: Chat, target: Target, schema_with_others: Asked) -> Asked:
    """Send a JSON schema in OpenAI's `response_format` without `strict`.

    Nothing is sent if a response to a request with more parameters satisfies the schema.
    """
    loose = dialect_for(target.profile, JsonSchema) is OPENAI
    if loose and await asyncio.to_thread(obeyed, schema_with_others, 2):
        return schema_with_others
    reply = await chat(POEM, max_tokens=2 * LIMIT, temperature=0, **response_format(SCHEMA, strict=None))
    return Asked(PLAIN, ("response_format", "json_schema", "schema", "strict"), (reply,))


@requirement("chat.json-schema.not-strict", transport="json")
def test_a_schema_holds_without_strict(plain_schema: Asked, schema_not_strict: Asked) -> None:
    need_schemas(plain_schema)
    expect_enforced_or_refused(schema_not_strict)
