"""Schemas drawn at random: every answer satisfies the schema it was asked by; a failure is made small."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from conformance.checks import Broken, Inconclusive, premise, probe, requirement
from conformance.checks.constraints import Dialect, JsonSchema, dialect_for
from conformance.checks.constraints.generated import draw, smaller
from conformance.checks.generated.in_thread import in_thread
from conformance.checks.language import Unsupported
from conformance.checks.scenarios.guided.asking import POEM, Asked, expect_enforced_or_refused
from conformance.checks.scenarios.guided.conftest import need_schemas, schemas_count
from conformance.engine.clients import Chat
from conformance.target import Target

SEED = 20260131  # any number; a fixed one, so that two runs ask the same
FEW, MANY = 3, 24
LIMIT = 96
MOST_SHRINKING = 6  # requests


@dataclass(frozen=True, slots=True)
class Drawing:
    """The answers to all drawn schemas, and the smallest that was broken, where one was."""

    asked: tuple[Asked, ...]
    smallest: Asked | None


def broken(asked: Asked) -> bool:
    """Whether an answer breaks its schema for certain."""
    try:
        expect_enforced_or_refused(asked)
    except Broken:
        return True
    except (Inconclusive, Unsupported):
        return False
    return False


async def _ask(chat: Chat, dialect: Dialect, schema: JsonSchema) -> Asked:
    reply = await chat(POEM, max_tokens=LIMIT, temperature=0, **dialect.params(schema))
    return Asked(schema, dialect.names, (reply,))


@probe
async def drawn_schemas(chat: Chat, target: Target, plain_schema: Asked) -> Drawing:
    """A few schemas, many for a target that is tested in depth; the first that is broken is made smaller."""
    if not schemas_count(plain_schema):
        return Drawing((), None)
    dialect = dialect_for(target.profile, JsonSchema)
    drawn = await in_thread(draw, MANY if target.deep else FEW, SEED)
    asked = await asyncio.gather(*(_ask(chat, dialect, JsonSchema.of(each.schema)) for each in drawn))
    worst = next((each for each in asked if broken(each)), None)
    return Drawing(tuple(asked), await _shrunk(chat, dialect, worst) if worst else None)


async def _shrunk(chat: Chat, dialect: Dialect, worst: Asked) -> Asked:
    left = MOST_SHRINKING
    while left:
        assert isinstance(worst.constraint, JsonSchema)
        for schema in smaller(worst.constraint.schema):
            if not left:
                break
            left -= 1
            tried = await _ask(chat, dialect, JsonSchema.of(schema))
            if broken(tried):
                worst = tried
                break
        else:
            break
    return worst


@requirement("chat.json-schema.generated", transport="json")
def test_drawn_schemas_are_obeyed(plain_schema: Asked, drawn_schemas: Drawing) -> None:
    need_schemas(plain_schema)
    if drawn_schemas.smallest is not None:
        expect_enforced_or_refused(drawn_schemas.smallest)
    undecided = []
    for asked in drawn_schemas.asked:
        try:
            expect_enforced_or_refused(asked)
        except (Inconclusive, Unsupported) as why:
            undecided.append(str(why))
    asked_for = len(drawn_schemas.asked)
    premise(len(undecided) < asked_for, f"none of {asked_for} schemas (seed {SEED}) could be judged: {undecided[:1]}")
