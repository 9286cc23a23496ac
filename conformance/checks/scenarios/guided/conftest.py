"""Probes that many scenarios of constrained output use, such as a plain schema that every engine can enforce."""

from __future__ import annotations

from typing import Any

from conformance.checks import Inconclusive, Unsupported, premise, probe
from conformance.checks.constraints import OPENAI, JsonSchema, dialect_for, response_format
from conformance.checks.constraints.json_prefix import NotJson, OpenObject, Whole, read_beginning
from conformance.checks.language import answer
from conformance.checks.scenarios.guided.asking import LIMIT, POEM, Asked, ask, closed
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.reply import points_at, read_error
from conformance.verdict import Reason

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "colour": {"type": "string", "enum": ["vermilquorn", "zephyrindo"]},
        "count": {"type": "integer", "enum": [4711, 815]},
    },
    "required": ["colour", "count"],
    "additionalProperties": False,
}
PLAIN = JsonSchema.of(SCHEMA)


@probe(transports=("json", "sse"))
async def plain_schema(chat: Chat, target: Target) -> Asked:
    """Send a plain schema, which every engine with schemas supports, in the dialect of the target's profile."""
    return await ask(chat, dialect_for(target.profile, JsonSchema), PLAIN, POEM, limit=2 * LIMIT)


def schemas_count(base: Asked) -> bool:
    """Return whether the target applies JSON schemas at all.

    The target applies JSON schemas if the response to the plain schema is an object with a member that the schema
    names.
    """
    if not base.replies[0].accepted:
        return False
    try:
        node = read_beginning(base.first.text)
    except (Inconclusive, NotJson):
        return False
    names: set[str] = set()
    if isinstance(node, Whole) and isinstance(node.value, dict):
        names = set(node.value)
    elif isinstance(node, OpenObject):
        names = {name for name, _ in node.members} | ({node.key} if node.key else set())
    return any(name.startswith(given) for given in names for name in SCHEMA["properties"])


def need_schemas(base: Asked, see: str = "chat.json-schema.enforced") -> None:
    """Make the check inconclusive if schemas have no effect.

    The requirement with the id `see` judges whether schemas have an effect.
    """
    if schemas_count(base):
        return
    exchange = base.reply.exchange
    status = exchange.status
    if status is not None and 400 <= status < 500 and points_at(read_error(exchange), base.names):
        raise Unsupported(f"schemas are rejected: {answer(exchange)}")
    if base.reply.accepted:
        base.require_text()
        premise(False, "schemas have no effect at all", see=see)
    raise Inconclusive(Reason.PREREQUISITE_FAILED, f"the request with a plain schema returned {answer(exchange)}")


TOOL = {
    "type": "function",
    "function": {
        "name": "set_alarm",
        "description": "Set an alarm.",
        "parameters": closed({"hour": {"type": "integer"}}),
    },
}
FORBIDDEN_TOOL: dict[str, Any] = {"tools": [TOOL], "tool_choice": "none"}


@probe(transports=("json", "sse"))
async def schema_with_others(chat: Chat, target: Target, plain_schema: Asked) -> Asked:
    """Request two choices for the plain schema, and declare a tool with `tool_choice: none`.

    If the target takes schemas in OpenAI's `response_format`, the schema is sent without `strict`. `top_p` is low,
    because small models otherwise generate endless whitespace.
    """
    if not schemas_count(plain_schema):
        return plain_schema
    dialect = dialect_for(target.profile, JsonSchema)
    params = response_format(SCHEMA, strict=None) if dialect is OPENAI else dialect.params(PLAIN)
    reply = await chat(POEM, n=2, temperature=1, top_p=0.05, max_tokens=2 * LIMIT, **FORBIDDEN_TOOL, **params)
    return Asked(PLAIN, (*dialect.names, "strict", "tools", "tool_choice", "n"), (reply,))
