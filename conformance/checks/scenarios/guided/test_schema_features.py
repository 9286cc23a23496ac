"""The checks of the feature map of JSON Schema: one probe and one check for each row of `features.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.checks import ByName, deep, expect, probe, requirement, uses
from conformance.checks.constraints import JsonSchema, dialect_for
from conformance.checks.families import put_check
from conformance.checks.scenarios.guided.asking import Asked, ask, expect_enforced_or_refused
from conformance.checks.scenarios.guided.conftest import need_schemas, schemas_count
from conformance.checks.scenarios.guided.features import DEEP_FEATURES, FEATURES, SchemaFeature
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.wire import parse_json


def staged(feature: SchemaFeature) -> Any:
    """Create the probe of one schema feature; the probe sends nothing if schemas have no effect."""

    async def asked(chat: Chat, target: Target, plain_schema: Asked) -> Asked:
        if not schemas_count(plain_schema):
            return plain_schema
        dialect = dialect_for(target.profile, JsonSchema)
        return await ask(chat, dialect, feature.constraint, feature.prompt, names=feature.keywords, limit=feature.limit)

    asked.__name__ = feature.probe
    asked.__doc__ = f"A schema whose {feature.name} forbids what the prompt dictates."
    return probe(asked)


def checked(feature: SchemaFeature) -> Callable[[ByName], None]:
    """Create the check of one schema feature."""

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
    """Expect the members of each text in the order of the schema."""
    for said in asked.said(asked.reply):
        got = list(parse_json(said.text))
        expect(got == order, f"the members in the schema's order, {order}", got=got, where=said.where, on=asked.reply)


for _feature in FEATURES:
    put_check(__name__, checked(_feature), staged(_feature))
for _feature in DEEP_FEATURES:
    put_check(__name__, deep(checked(_feature)), staged(_feature))
