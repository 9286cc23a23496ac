"""The model must be able to return every value that the schema allows; the prompts dictate such values."""

from __future__ import annotations

from typing import Any

from conformance.checks import deep, probe, requirement, standard
from conformance.checks.constraints import JsonSchema, dialect_for
from conformance.checks.scenarios.guided.asking import CALL, Asked, call_exactly
from conformance.checks.scenarios.guided.conftest import need_schemas, schemas_count
from conformance.checks.scenarios.guided.dictating import ROOM, Dictated, Values, Written, dictate, expect_lawful
from conformance.checks.scenarios.guided.lawful import COMMON, GROUPS, object_of, prompt_of, schema_of
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.engine.responses import Responses


@probe
async def lawful_values(chat: Chat, target: Target, plain_schema: Asked) -> tuple[Dictated, ...]:
    """Dictate objects whose values their schemas allow.

    Each prompt is sent without the schema and with the schema. No request is sent if schemas have no effect.
    """
    if not schemas_count(plain_schema):
        return ()
    dialect = dialect_for(target.profile, JsonSchema)

    async def ask(values: Values, bound: bool) -> Written:
        more = dialect.params(schema_of(values)) if bound else {}
        reply = await chat(prompt_of(values), max_tokens=ROOM * len(values), temperature=0, **more)
        return Written(reply, reply.text if reply.accepted else "", reply.accepted and reply.finish_reason == "stop")

    return await dictate(ask, GROUPS)


@requirement("chat.json-schema.lawful", transport="json")
@standard
def test_a_dictated_lawful_value_comes(plain_schema: Asked, lawful_values: tuple[Dictated, ...]) -> None:
    need_schemas(plain_schema)
    expect_lawful(lawful_values, len(GROUPS), "/choices/0/message/content")


@probe
async def lawful_text_format(responses: Responses, plain_text_format: Asked) -> tuple[Dictated, ...]:
    """Dictate an object of lawful values in the Responses API, without and with its schema as `text.format`."""
    if not schemas_count(plain_text_format):
        return ()

    async def ask(values: Values, bound: bool) -> Written:
        named = {"type": "json_schema", "name": "finding", "strict": True, "schema": schema_of(values).schema}
        text = {"format": named} if bound else None
        limit = ROOM * len(values)
        reply = await responses(prompt_of(values), text=text, max_output_tokens=limit, temperature=0)
        whole = reply.accepted and reply.status == "completed"
        return Written(reply, reply.answer if whole else "", whole)

    return await dictate(ask, (COMMON,))


@requirement("responses.text-format.lawful", transport="json")
@deep
def test_a_dictated_lawful_value_comes_in_a_response(
    plain_text_format: Asked, lawful_text_format: tuple[Dictated, ...]
) -> None:
    need_schemas(plain_text_format, see="responses.text-format")
    expect_lawful(lawful_text_format, 1, "/output")


def recording(parameters: Any, *, strict: bool) -> dict[str, Any]:
    """Return the body parameters that force a call of a function with these parameters."""
    function = {"name": CALL, "description": "Record a finding.", "strict": strict, "parameters": parameters}
    choice = {"type": "function", "function": {"name": CALL}}
    return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}


@probe
async def lawful_parameters(chat: Chat, plain_parameters: Asked) -> tuple[Dictated, ...]:
    """Force calls with dictated arguments, to a function that allows any arguments and to a strict function."""
    if not schemas_count(plain_parameters):
        return ()

    async def ask(values: Values, bound: bool) -> Written:
        parameters = schema_of(values).schema if bound else {"type": "object"}
        prompt, limit = call_exactly(object_of(values)), ROOM * len(values)
        reply = await chat(prompt, max_tokens=limit, temperature=0, **recording(parameters, strict=bound))
        call = reply.tool_calls[0] if reply.accepted and reply.tool_calls else None
        text = call.arguments if call is not None and isinstance(call.arguments, str) else ""
        return Written(reply, text, bool(text) and reply.finish_reason != "length")

    return await dictate(ask, (COMMON,))


@requirement("chat.tools.strict.lawful", transport="json")
@deep
def test_a_dictated_lawful_argument_comes(plain_parameters: Asked, lawful_parameters: tuple[Dictated, ...]) -> None:
    need_schemas(plain_parameters, see="chat.tools.strict")
    expect_lawful(lawful_parameters, 1, "/choices/0/message/tool_calls/0/function/arguments")
