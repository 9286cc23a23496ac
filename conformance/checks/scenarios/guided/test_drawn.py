"""Sends random JSON schemas in the dialect of the target's profile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from conformance.checks import probe, requirement
from conformance.checks.constraints import Constraint, JsonSchema, dialect_for
from conformance.checks.constraints.drawn_schema import Drawn, smaller
from conformance.checks.generated.in_thread import in_thread
from conformance.checks.made import made
from conformance.checks.scenarios.guided.asking import Asked, closed, exactly
from conformance.checks.scenarios.guided.conftest import need_schemas, schemas_count
from conformance.checks.scenarios.guided.drawn import LIMIT, SEED, Drawing, ask_all, expect_all_obeyed, member_name
from conformance.checks.scenarios.guided.joined import part
from conformance.config import Depth, Target
from conformance.engine.clients import Chat

FEW, MANY = 3, 24


def spelled(drawn: Drawn) -> tuple[Constraint, str]:
    """Return a randomly generated schema, and a prompt that dictates a value which violates this schema."""
    return JsonSchema.of(drawn.schema), exactly(drawn.forbidden)


def schemas(count: int, number: int) -> list[Drawn]:
    """Return `count` different random schemas.

    The schemas are read from a file that comes with the suite, or else generated from the seed `number`.
    """
    known = made("schemas", count, number)
    if known is not None:
        return [Drawn.from_dict(each) for each in known]
    from conformance.checks.constraints.generated import draw

    return draw(count, number)


def parts_of(joined: Asked | None, drawn: Sequence[Drawn]) -> tuple[Asked, ...]:
    """Return the parts of a response that satisfy the random schemas; () unless all random schemas are satisfied."""
    found = [joined and part(joined, member_name(number), spelled(each)[0]) for number, each in enumerate(drawn)]
    known = tuple(each for each in found if each is not None)
    return known if len(known) == len(drawn) else ()


@probe
async def drawn_schemas(chat: Chat, target: Target, plain_schema: Asked, unusual_schemas: Asked | None) -> Drawing:
    """Send a few random schemas, or many at depth `deep`.

    In a quick run, nothing is sent if the response to a schema with further members satisfies all the random schemas.
    If that response violates one of them, a quick run sends one request with all random schemas as the members of one
    schema. Each schema that the joined response violates, and each schema of a deeper run, is sent in a separate request.
    """
    if not schemas_count(plain_schema):
        return Drawing((), None)
    drawn = await in_thread(schemas, MANY if target.deep else FEW, SEED)
    dialect, joined = dialect_for(target.profile, JsonSchema), None
    if target.depth.tests is Depth.QUICK and not target.deep:
        known = await asyncio.to_thread(parts_of, unusual_schemas, drawn)
        if known:
            return Drawing(known, None)
        members = {member_name(number): each for number, each in enumerate(drawn)}
        constraint = JsonSchema.of(closed({name: each.schema for name, each in members.items()}))
        prompt = exactly({name: each.forbidden for name, each in members.items()})
        reply = await chat(prompt, max_tokens=LIMIT * FEW, temperature=0, **dialect.params(constraint))
        joined = Asked(constraint, dialect.names, (reply,))
    return await ask_all(chat, dialect, drawn, spelled, smaller, joined)


@requirement("chat.json-schema.generated", transport="json")
def test_drawn_schemas_are_obeyed(plain_schema: Asked, drawn_schemas: Drawing) -> None:
    need_schemas(plain_schema)
    expect_all_obeyed(drawn_schemas)
