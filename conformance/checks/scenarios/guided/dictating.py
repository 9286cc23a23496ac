"""Dictates values that a schema allows, without and with the schema, and finds a value that the schema changes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from conformance.checks import expect, premise
from conformance.checks.language import Reply
from conformance.checks.scenarios.guided.lawful import LawfulValue, is_same, members_of, schema_of

ROOM = 32
"""Output tokens for each member."""
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Written:
    """A response, its text ("" if there is none), and whether the text was not truncated."""

    reply: Reply
    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Dictated:
    """The responses to a prompt that dictates values: without a schema, and with a schema that allows the values."""

    values: tuple[LawfulValue, ...]
    free: Written
    bound: Written

    @property
    def comparable(self) -> bool:
        """Whether the response with the schema can be compared: it was not truncated, and it matches the schema.

        Other requirements judge responses that violate the schema.
        """
        return self.bound.whole and bool(schema_of(self.values).admits(self.bound.text))

    @property
    def changed(self) -> tuple[LawfulValue, ...]:
        """The values that the model returned without the schema, but did not return when the request had the schema.

        No value is returned if `comparable` is false.
        """
        if not self.comparable:
            return ()
        bound = members_of(self.bound.text)
        return tuple(value for value in self.copied if not is_same(bound.get(value.name), value.value))

    @property
    def copied(self) -> tuple[LawfulValue, ...]:
        """The values that the model returned without the schema."""
        free = members_of(self.free.text)
        return tuple(value for value in self.values if is_same(free.get(value.name, str(_ABSENT)), value.value))


Values = Sequence[LawfulValue]
Ask = Callable[[Values, bool], Awaitable[Written]]
"""Sends a prompt that dictates values, without the schema of the values, or with it."""


async def dictate(ask: Ask, groups: Sequence[Values]) -> tuple[Dictated, ...]:
    """Ask the model to repeat each group of values, once without and once with the schema of the values.

    An engine that enforces the schemas of a group may change a dictated value that the schemas allow. The group of
    schemas is then halved repeatedly, and each half is sent, until one value remains that its schema changes.
    """

    async def dictated(values: Values) -> Dictated:
        free, bound = await asyncio.gather(ask(values, False), ask(values, True))
        return Dictated(tuple(values), free, bound)

    found = await asyncio.gather(*map(dictated, groups))
    changed = await asyncio.to_thread(lambda: next((group.values for group in found if group.changed), ()))
    alone: list[Dictated] = []
    while changed:
        half = len(changed) // 2
        alone = await asyncio.gather(*(dictated(part) for part in (changed[:half], changed[half:]) if part))
        worse = next((each for each in alone if each.changed), None)
        changed = worse.values if worse and len(worse.values) > 1 else ()
    return (*found, *alone)


def expect_lawful(dictated: Sequence[Dictated], groups: int, where: str) -> None:
    """Expect that no schema changes a dictated value that the schema allows.

    A value is judged only if the model copies the value in a request without the schema.

    The first `groups` objects in `dictated` have several values each. Each further object in `dictated` repeats some of
    the values of one of the first `groups` objects.
    """
    for each in dictated[groups:]:
        for value in each.changed if len(each.values) == 1 else ():
            got = members_of(each.bound.text).get(value.name)
            wanted = f"{value.value!r} for {value.schema}, as dictated and as returned without a schema"
            expect(False, wanted, got=got, where=f"{where} /{value.name}", on=each.bound.reply)
    copied = [each for each in dictated[:groups] if each.copied]
    premise(copied, "without a schema, the model copies no dictated value")
    why = "with the schema, each response was truncated or violates the schema, so that values cannot be compared"
    premise(any(each.comparable for each in copied), why)
