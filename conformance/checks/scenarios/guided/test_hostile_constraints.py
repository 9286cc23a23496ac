"""Constraints that no engine can compile as they are: a schema that is missing, and one that is nested too deeply."""

from __future__ import annotations

from typing import Any

from conformance.checks import NotApplicable, probe, requirement, standard
from conformance.checks.constraints import JsonSchema, dialect_for
from conformance.checks.constraints.dialects import OPENAI
from conformance.checks.refusal import Faulty, expect_refused
from conformance.checks.scenarios.chat.conftest import HELLO
from conformance.checks.scenarios.guided.asking import Asked
from conformance.checks.scenarios.guided.conftest import need_schemas
from conformance.checks.scenarios.guided.test_bad_constraints import AfterBadConstraints, expect_survival, wrong
from conformance.config import Target
from conformance.engine.clients import Chat

LEVELS = 400
"""Nested objects: far beyond the ten levels that OpenAI documents, and below the limits of JSON parsers."""


def nested(levels: int) -> dict[str, Any]:
    """Return a schema with many nested objects."""
    schema: dict[str, Any] = {"type": "boolean"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"in": schema}, "required": ["in"], "additionalProperties": False}
    return schema


@probe
async def schema_missing(chat: Chat, plain_schema: Asked) -> Faulty:
    """Send a `response_format` of type `json_schema` without a schema."""
    named = {"name": "finding", "strict": True}
    reply = await wrong(chat, response_format={"type": "json_schema", "json_schema": named})
    return Faulty(plain_schema.reply, reply, OPENAI.names)


@requirement("chat.guided.schema-missing", transport="json")
def test_a_missing_schema_is_refused(plain_schema: Asked, schema_missing: Faulty, target: Target) -> None:
    if dialect_for(target.profile, JsonSchema) is not OPENAI:
        raise NotApplicable("the profile promises schemas in other parameters than `response_format`")
    need_schemas(plain_schema)
    expect_refused(schema_missing)


@probe
async def after_deep_schema(
    chat: Chat, target: Target, plain_schema: Asked, schema_missing: Faulty
) -> AfterBadConstraints:
    """Send a schema of 400 nested objects, and then a valid request."""
    del plain_schema
    params = dialect_for(target.profile, JsonSchema).params(JsonSchema.of(nested(LEVELS)))
    deep = await wrong(chat, **params)
    return AfterBadConstraints((schema_missing.faulty, deep), await chat(HELLO, max_tokens=4, fresh=True))


@requirement("chat.guided.deep-schema", transport="json")
@standard
def test_a_deep_schema_is_no_server_error(plain_schema: Asked, after_deep_schema: AfterBadConstraints) -> None:
    need_schemas(plain_schema)
    expect_survival(after_deep_schema)
