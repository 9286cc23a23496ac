"""One probe and one check for each row of the feature map of JSON Schema, which is in `features.py`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from conformance.checks import ByName, deep, expect, probe, requirement, uses
from conformance.checks.constraints import JsonSchema, dialect_for
from conformance.checks.families import put_check
from conformance.checks.scenarios.guided.asking import Asked, ask, expect_enforced_or_refused
from conformance.checks.scenarios.guided.conftest import need_schemas, schemas_count
from conformance.checks.scenarios.guided.features import DEEP_FEATURES, FEATURES, GROUPS, SchemaFeature, joined
from conformance.checks.scenarios.guided.joined import part
from conformance.config import Depth, Target
from conformance.engine.clients import Chat
from conformance.wire import parse_json

ROOM = 32
"""Output tokens for each member of a joined schema; the dictated text of one has about 20."""


@probe
async def joined_schemas(chat: Chat, target: Target, plain_schema: Asked) -> tuple[Asked, ...]:
    """In a quick run, send one request for each group of features, with a schema that joins the group's schemas."""
    if target.deep or target.depth.tests is not Depth.QUICK or not schemas_count(plain_schema):
        return ()
    dialect = dialect_for(target.profile, JsonSchema)

    async def asked(group: Sequence[SchemaFeature]) -> Asked:
        constraint, prompt = joined(group)
        params = dialect.params(constraint)
        reply = await chat(prompt, max_tokens=ROOM * len(group), temperature=0, **params)
        return Asked(constraint, dialect.names, (reply,))

    return tuple(await asyncio.gather(*map(asked, GROUPS)))


def member(feature: SchemaFeature, groups: Sequence[Asked]) -> Asked | None:
    """Return one feature's part of a response that tests several features, if the part satisfies the feature's schema.

    Returns None if the part of the response does not satisfy the feature's schema. If a feature fails in a request that
    tests several features, the feature is sent in a separate request, and only the response to the separate request is
    judged.
    """
    order = feature.constraint.schema["properties"] if feature.ordered else None
    for group, asked in zip(GROUPS, groups, strict=False):
        if feature in group:
            return part(asked, feature.name, feature.constraint, feature.keywords, order)
    return None


def staged(feature: SchemaFeature) -> Any:
    """Create the probe that tests one feature of JSON schemas.

    The probe sends nothing if the target ignores JSON schemas.
    """

    async def asked(chat: Chat, target: Target, plain_schema: Asked, joined_schemas: tuple[Asked, ...]) -> Asked:
        if not schemas_count(plain_schema):
            return plain_schema
        found = await asyncio.to_thread(member, feature, joined_schemas)
        if found is not None:
            return found
        dialect = dialect_for(target.profile, JsonSchema)
        return await ask(chat, dialect, feature.constraint, feature.prompt, names=feature.keywords, limit=feature.limit)

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
