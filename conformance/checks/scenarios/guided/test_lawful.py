"""A schema must not forbid more than it says: an allowed value that the prompt dictates must be returned."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from conformance.checks import expect, premise, probe, requirement, standard
from conformance.checks.constraints import JsonSchema, dialect_for
from conformance.checks.scenarios.guided.asking import Asked
from conformance.checks.scenarios.guided.conftest import need_schemas, schemas_count
from conformance.checks.scenarios.guided.lawful import (
    GROUPS,
    LawfulValue,
    is_same,
    members_of,
    prompt_of,
    schema_of,
)
from conformance.config import Target
from conformance.engine.clients import Chat
from conformance.reply import ChatReply

ROOM = 32
"""Output tokens for each member."""
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Dictated:
    """The responses to a prompt that dictates values: without a schema, and with a schema that allows the values."""

    values: tuple[LawfulValue, ...]
    free: ChatReply
    bound: ChatReply

    @property
    def changed(self) -> tuple[LawfulValue, ...]:
        """The values that the model returned without the schema, but not with it.

        The result is empty if a response is missing, truncated, or violates the schema: other requirements judge such
        responses.
        """
        if not (self.free.accepted and self.bound.accepted):
            return ()
        whole = self.bound.finish_reason == "stop" and schema_of(self.values).admits(self.bound.text)
        bound = members_of(self.bound.text)
        return tuple(value for value in self.copied if not is_same(bound.get(value.name), value.value)) if whole else ()

    @property
    def copied(self) -> tuple[LawfulValue, ...]:
        """The values that the model returned without the schema."""
        free = members_of(self.free.text) if self.free.accepted else {}
        return tuple(value for value in self.values if is_same(free.get(value.name, str(_ABSENT)), value.value))


@probe
async def lawful_values(chat: Chat, target: Target, plain_schema: Asked) -> tuple[Dictated, ...]:
    """Send a prompt that dictates an object of lawful values, without and with a schema that allows the object.

    If the schema changes a value, the object is divided into halves again and again, to find one value that the schema
    changes even alone. No request is sent if schemas have no effect.
    """
    if not schemas_count(plain_schema):
        return ()
    dialect = dialect_for(target.profile, JsonSchema)

    async def dictated(values: Sequence[LawfulValue]) -> Dictated:
        prompt, room = prompt_of(values), ROOM * len(values)
        free, bound = await asyncio.gather(
            chat(prompt, max_tokens=room, temperature=0),
            chat(prompt, max_tokens=room, temperature=0, **dialect.params(schema_of(values))),
        )
        return Dictated(tuple(values), free, bound)

    groups = await asyncio.gather(*map(dictated, GROUPS))
    changed = await asyncio.to_thread(lambda: next((group.values for group in groups if group.changed), ()))
    alone: list[Dictated] = []
    while changed:
        half = len(changed) // 2
        alone = await asyncio.gather(*(dictated(part) for part in (changed[:half], changed[half:]) if part))
        found = next((each for each in alone if each.changed), None)
        changed = found.values if found and len(found.values) > 1 else ()
    return (*groups, *alone)


@requirement("chat.json-schema.lawful", transport="json")
@standard
def test_a_dictated_lawful_value_comes(plain_schema: Asked, lawful_values: tuple[Dictated, ...]) -> None:
    need_schemas(plain_schema)
    groups, alone = lawful_values[: len(GROUPS)], lawful_values[len(GROUPS) :]
    for each in alone:
        for value in each.changed if len(each.values) == 1 else ():
            got = members_of(each.bound.text).get(value.name)
            wanted = f"{value.value!r} for {value.schema}, as dictated and as returned without a schema"
            expect(False, wanted, got=got, where=f"/choices/0/message/content /{value.name}", on=each.bound)
    groups[0].bound.require_choices()
    judged = [each for each in groups if each.bound.accepted and each.bound.finish_reason == "stop" and each.copied]
    premise(judged, "the model does not copy a dictated object even without a schema, or the response was truncated")
