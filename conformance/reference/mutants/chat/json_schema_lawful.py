"""Mutants that reject lawful values: the endpoint forbids more than the JSON schema does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.reference.chat.generation import Generations
from conformance.reference.chat.request import ChatRequest
from conformance.reference.language_model.constraint import Guide
from conformance.reference.mutants.chat.json_schema import Change, changed
from conformance.reference.mutants.registry import mutant


class _Narrowed(Generations):
    """Base of mutants that change every schema in `response_format` to one that allows less."""

    change: Change

    def constraint_for(self, request: ChatRequest) -> Guide | None:
        guide = super().constraint_for(request)
        if guide is None or guide.kind != "json_schema":
            return guide
        return replace(guide, value=changed(guide.value, type(self).change))


def first_branch(schema: dict[str, Any]) -> Any:
    """Return a schema whose `anyOf` has only the first branch."""
    return {**schema, "anyOf": schema["anyOf"][:1]} if "anyOf" in schema else schema


def _without_maximum(schema: dict[str, Any]) -> Any:
    return {**schema, "maximum": schema["maximum"] - 1} if schema.get("maximum", 0) > 100 else schema


@mutant(
    "any-of-first-branch",
    breaks={"chat.json-schema.lawful", "responses.text-format.lawful"},
    source="plausible: a grammar compiler that takes the first branch that compiles",
)
class AnyOfFirstBranch(_Narrowed):
    """Only the first branch of `anyOf` can be generated."""

    change = staticmethod(first_branch)


@mutant(
    "maximum-exclusive",
    breaks={"chat.json-schema.lawful", "responses.text-format.lawful"},
    source="plausible: an upper bound that is off by one",
)
class MaximumExclusive(_Narrowed):
    """A number that is equal to the `maximum` of its schema cannot be generated."""

    change = staticmethod(_without_maximum)
