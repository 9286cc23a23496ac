"""One probe and one check for each row of the feature map of JSON Schema, which is in `features.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from conformance.checks import ByName, deep, expect, probe, requirement, uses
from conformance.checks.constraints import JsonSchema, dialect_for
from conformance.checks.constraints.drawn_schema import Drawn
from conformance.checks.families import put_check
from conformance.checks.generated.in_thread import in_thread
from conformance.checks.scenarios.guided.asking import Asked, ask, expect_enforced_or_refused
from conformance.checks.scenarios.guided.conftest import need_schemas, schemas_count
from conformance.checks.scenarios.guided.drawn import SEED
from conformance.checks.scenarios.guided.features import (
    COMMON,
    DEEP_FEATURES,
    FEATURES,
    SHORTENING,
    UNUSUAL,
    SchemaFeature,
    joined,
)
from conformance.checks.scenarios.guided.joined import part
from conformance.checks.scenarios.guided.test_drawn import FEW, schemas
from conformance.config import Depth, Target
from conformance.engine.clients import Chat
from conformance.reply import refuses_the_body
from conformance.wire import parse_json

ROOM = 32
"""Output tokens for each member of a joined schema; the dictated text of one has about 20."""
RANDOM_ROOM = 64
"""Output tokens for each random schema in a joined schema; no value of one has more than about 40."""


def are_joined(target: Target) -> bool:
    """Return whether a run sends the schemas of several features as the members of one schema: only a quick run does."""
    return target.depth.tests is Depth.QUICK and not target.deep


async def joined_group(
    chat: Chat,
    target: Target,
    plain_schema: Asked,
    group: Sequence[SchemaFeature],
    drawn: Sequence[Drawn] = (),
) -> Asked | None:
    """In a quick run, send one request with a schema that joins the schemas of a group of features.

    The schema that joins the group also has a member for each of the random schemas in `drawn`. Returns None if the run is not a quick run, or if the target ignores JSON schemas.
    """
    if not are_joined(target) or not schemas_count(plain_schema):
        return None
    dialect = dialect_for(target.profile, JsonSchema)
    constraint, prompt = joined(group, drawn)
    room = ROOM * len(group) + RANDOM_ROOM * len(drawn)
    reply = await chat(prompt, max_tokens=room, temperature=0, **dialect.params(constraint))
    return Asked(constraint, dialect.names, (reply,))


@probe
async def common_schemas(chat: Chat, target: Target, plain_schema: Asked) -> Asked | None:
    """In a quick run, send a schema that joins the schemas of all features that most engines support."""
    return await joined_group(chat, target, plain_schema, COMMON)


@probe
async def unusual_schemas(chat: Chat, target: Target, plain_schema: Asked) -> Asked | None:
    """In a quick run, send a schema that joins the schemas of all features that many engines reject.

    The schema also has a member for each of a few random schemas. If the target rejects this schema, the response to
    the same schema without the random schemas is returned.
    """
    if not are_joined(target):
        return None
    drawn = await in_thread(schemas, FEW, SEED)
    both = await joined_group(chat, target, plain_schema, UNUSUAL, drawn)
    if both is None or not refuses_the_body(both.reply.exchange.status):
        return both
    return await joined_group(chat, target, plain_schema, UNUSUAL)


@probe
async def shortening_schemas(chat: Chat, target: Target, plain_schema: Asked) -> Asked | None:
    """In a quick run, send a schema that joins the schemas of all features that limit the length of a value."""
    return await joined_group(chat, target, plain_schema, SHORTENING)


Ask = Callable[[Chat, Target, Asked, Asked | None], Awaitable[Asked]]
"""Returns the response for one feature; the last argument is the response to the schema of its group, if there is one."""


def with_group(feature: SchemaFeature, ask_feature: Ask) -> Callable[..., Awaitable[Asked]]:
    """Return a probe for the feature, which waits only for the probe of the feature's own group."""

    async def common(chat: Chat, target: Target, plain_schema: Asked, common_schemas: Asked | None) -> Asked:
        return await ask_feature(chat, target, plain_schema, common_schemas)

    async def unusual(chat: Chat, target: Target, plain_schema: Asked, unusual_schemas: Asked | None) -> Asked:
        return await ask_feature(chat, target, plain_schema, unusual_schemas)

    async def shortening(chat: Chat, target: Target, plain_schema: Asked, shortening_schemas: Asked | None) -> Asked:
        return await ask_feature(chat, target, plain_schema, shortening_schemas)

    async def alone(chat: Chat, target: Target, plain_schema: Asked) -> Asked:
        return await ask_feature(chat, target, plain_schema, None)

    groups = ((COMMON, common), (UNUSUAL, unusual), (SHORTENING, shortening))
    return next((function for group, function in groups if feature in group), alone)


def member(feature: SchemaFeature, group: Asked | None) -> Asked | None:
    """Return one feature's part of a response that tests several features, if the part satisfies the feature's schema.

    Returns None if the part of the response does not satisfy the feature's schema. If a feature fails in a request that
    tests several features, the feature is sent in a separate request, and only the response to the separate request is
    judged.
    """
    order = feature.constraint.schema["properties"] if feature.ordered else None
    return group and part(group, feature.name, feature.constraint, feature.keywords, order)


def staged(feature: SchemaFeature) -> Any:
    """Create the probe that tests one feature of JSON schemas.

    The probe sends nothing if the target ignores JSON schemas.
    """

    async def ask_feature(chat: Chat, target: Target, plain_schema: Asked, group: Asked | None) -> Asked:
        if not schemas_count(plain_schema):
            return plain_schema
        found = await asyncio.to_thread(member, feature, group)
        if found is not None:
            return found
        dialect = dialect_for(target.profile, JsonSchema)
        return await ask(chat, dialect, feature.constraint, feature.prompt, names=feature.keywords, limit=feature.limit)

    asked = with_group(feature, ask_feature)
    asked.__name__ = feature.probe
    asked.__doc__ = f"A schema whose {feature.name} forbids what the prompt dictates."
    return probe(asked)


def checked(feature: SchemaFeature) -> Callable[[ByName], None]:
    """Create the check that judges one feature of JSON Schema."""

    @requirement(feature.requirement, transport="json")
    @uses("plain_schema", feature.probe)
    def test(request: ByName) -> None:
        need_schemas(request.getfixturevalue("plain_schema"))
        asked: Asked = request.getfixturevalue(feature.probe)
        expect_enforced_or_refused(asked)
        if feature.ordered:
            expect_order(asked, list(feature.constraint.schema["properties"]))

    test.__name__ = f"test_{feature.probe}"
    test.__doc__ = f"{feature.name} is enforced, or refused."
    return test


def expect_order(asked: Asked, order: list[str]) -> None:
    """Expect that the members of each JSON object in the output are in the order of the schema."""
    for said in asked.said(asked.reply):
        got = list(parse_json(said.text))
        expect(got == order, f"the members in the schema's order, {order}", got=got, where=said.where, on=asked.reply)


for _feature in FEATURES:
    put_check(__name__, checked(_feature), staged(_feature))
for _feature in DEEP_FEATURES:
    put_check(__name__, deep(checked(_feature)), staged(_feature))
