"""Invalid constraints: the target must reject them with a 4xx that names the parameter, and answer later requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.checks import expect, probe, requirement
from conformance.checks.constraints import Choice, Dialect, JsonSchema, Regex, dialect_for
from conformance.checks.language import Reply, answer
from conformance.checks.refusal import BUSY, Faulty, expect_refused
from conformance.checks.scenarios.chat.conftest import HELLO
from conformance.checks.scenarios.guided.asking import LIMIT, POEM, Asked, ask, closed, exactly
from conformance.checks.scenarios.guided.conftest import need_schemas
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

# Dictated, so that a decoder comes to where nothing is allowed, and is not on its way there when the limit is met.
DICTATED = exactly({"value": 4})
NO_TYPE = JsonSchema.of(closed({"value": {"type": "zorblax"}}))
IMPOSSIBLE = JsonSchema.of(closed({"value": {"type": "integer", "minimum": 5, "maximum": 3}}))
NO_PATTERN = JsonSchema.of(closed({"value": {"type": "string", "pattern": "^zq[0-9$"}}))
NOWHERE = JsonSchema.of(closed({"value": {"$ref": "#/$defs/zorblax"}}))
ENDLESS = JsonSchema.of(closed({"value": {"$ref": "#/$defs/loop"}}, **{"$defs": {"loop": {"$ref": "#/$defs/loop"}}}))
NO_REGEX = Regex("zq[0-9")
NO_CHOICE = Choice(())


async def wrong(chat: Chat, **params: Any) -> ChatReply:
    """Send a request with an invalid output constraint."""
    return await chat.post(chat.body(DICTATED, max_tokens=LIMIT, temperature=0, **params))


async def bad_schema(chat: Chat, target: Target, plain: Asked, schema: JsonSchema, *names: str) -> Faulty:
    """Send an invalid schema in the syntax (dialect) of the target's profile.

    The target's error must name the parameter, or one of `names`.
    """
    dialect = dialect_for(target.profile, JsonSchema)
    return Faulty(plain.reply, await wrong(chat, **dialect.params(schema)), (*dialect.names, *names))


@probe
async def invalid_schema(chat: Chat, target: Target, plain_schema: Asked) -> Faulty:
    """Send a JSON schema with an unknown type."""
    return await bad_schema(chat, target, plain_schema, NO_TYPE, "type")


@requirement("chat.guided.invalid-schema", transport="json")
def test_an_invalid_schema_is_refused(plain_schema: Asked, invalid_schema: Faulty) -> None:
    need_schemas(plain_schema)
    expect_refused(invalid_schema)


@probe
async def impossible_schema(chat: Chat, target: Target, plain_schema: Asked) -> Faulty:
    """Send a JSON schema that no value can satisfy."""
    return await bad_schema(chat, target, plain_schema, IMPOSSIBLE, "minimum", "maximum")


@requirement("chat.guided.unsatisfiable", transport="json")
def test_a_schema_that_nothing_satisfies_is_refused(plain_schema: Asked, impossible_schema: Faulty) -> None:
    need_schemas(plain_schema)
    expect_refused(impossible_schema)


@probe
async def invalid_pattern(chat: Chat, target: Target, plain_schema: Asked) -> Faulty:
    """Send a schema with a `pattern` that has an unclosed bracket."""
    return await bad_schema(chat, target, plain_schema, NO_PATTERN, "pattern")


@requirement("chat.guided.invalid-pattern", transport="json")
def test_a_schema_with_an_invalid_pattern_is_refused(plain_schema: Asked, invalid_pattern: Faulty) -> None:
    need_schemas(plain_schema)
    expect_refused(invalid_pattern)


@probe
async def dangling_reference(chat: Chat, target: Target, plain_schema: Asked) -> Faulty:
    """Send a schema with a `$ref` to a definition that does not exist."""
    return await bad_schema(chat, target, plain_schema, NOWHERE, "ref", "reference", "defs")


@requirement("chat.guided.dangling-reference", transport="json")
def test_a_reference_to_nothing_is_refused(plain_schema: Asked, dangling_reference: Faulty) -> None:
    need_schemas(plain_schema)
    expect_refused(dangling_reference)


@probe
async def endless_reference(chat: Chat, target: Target, plain_schema: Asked) -> Faulty:
    """Send a schema with a definition that is only a `$ref` to itself."""
    return await bad_schema(chat, target, plain_schema, ENDLESS)


@dataclass(frozen=True, slots=True)
class AfterBadConstraints:
    """The responses to invalid constraints, and to a valid request that was sent after them."""

    bad: tuple[Reply, ...]
    after: ChatReply


@probe
async def aftermath(
    chat: Chat,
    invalid_schema: Faulty,
    impossible_schema: Faulty,
    invalid_pattern: Faulty,
    dangling_reference: Faulty,
    endless_reference: Faulty,
) -> AfterBadConstraints:
    """Send a valid request after the requests with invalid constraints."""
    bad = (invalid_schema, impossible_schema, invalid_pattern, dangling_reference, endless_reference)
    return AfterBadConstraints(tuple(pair.faulty for pair in bad), await chat(HELLO, max_tokens=4, fresh=True))


def expect_survival(aftermath: AfterBadConstraints) -> None:
    """Expect a response below 500 to each invalid constraint, and a 2xx for the valid request that followed."""
    for reply in aftermath.bad:
        status = reply.exchange.status
        got = answer(reply)
        busy = status in BUSY
        expect(busy or (status is not None and status < 500), "a 4xx", got=got, where="status", on=reply)
    after = aftermath.after
    busy = after.exchange.status in BUSY
    got = answer(after)
    expect(busy or after.accepted, "an ordinary request answered afterwards", got=got, where="status", on=after)


@requirement("chat.guided.survives", transport="json")
def test_a_bad_constraint_is_no_server_error(plain_schema: Asked, aftermath: AfterBadConstraints) -> None:
    need_schemas(plain_schema)
    expect_survival(aftermath)


async def pair_of(chat: Chat, dialect: Dialect, right: Regex | Choice, bad: Regex | Choice) -> Faulty:
    """Return a valid and an invalid constraint in the same syntax."""
    control = await ask(chat, dialect, right, POEM)
    return Faulty(control.reply, await wrong(chat, **dialect.params(bad)), (*dialect.names, "choice"))
