"""Dialects: families of request parameters that constrain the output, such as `response_format` and `guided_json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.checks.constraints.constraint import Choice, Constraint, JsonObject, JsonSchema, Regex
from conformance.config import Profile

Kind = type[Any]
Spell = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """A family of request parameters that constrain the output, such as OpenAI's `response_format`.

    For each kind of constraint, `spells` has the name of the feature in features.yaml, and a function that returns the
    body parameters.
    """

    name: str
    spells: Mapping[Kind, tuple[str, Spell]]
    names: tuple[str, ...]  # words by which a refusal may name the constraint

    def params(self, constraint: Constraint) -> dict[str, Any]:
        """Return the body parameters that express a constraint.

        Raises `KeyError` if the dialect cannot express the kind of constraint.
        """
        _, spell = self.spells[type(constraint)]
        return spell(constraint)

    def feature(self, kind: Kind) -> str | None:
        """Return the name of the feature that a target must support for this kind of constraint.

        Returns None if the dialect cannot express the kind of constraint.
        """
        return self.spells[kind][0] if kind in self.spells else None


def response_format(schema: Any, *, strict: bool | None = True) -> dict[str, Any]:
    """Return the body parameter `response_format` (OpenAI's) for a schema, which may be invalid on purpose."""
    named = {"name": "finding", "schema": schema} | ({} if strict is None else {"strict": strict})
    return {"response_format": {"type": "json_schema", "json_schema": named}}


OPENAI = Dialect(
    "response_format",
    {
        JsonSchema: ("json_schema", lambda c: response_format(c.schema)),
        JsonObject: ("json_object", lambda _: {"response_format": {"type": "json_object"}}),
    },
    ("response_format", "json_schema", "schema", "grammar"),
)
GUIDED = Dialect(
    "guided_*",
    {
        JsonSchema: ("guided_json", lambda c: {"guided_json": c.schema}),
        Regex: ("guided_regex", lambda c: {"guided_regex": c.pattern}),
        Choice: ("guided_choice", lambda c: {"guided_choice": list(c.choices)}),
    },
    ("guided_json", "guided_regex", "guided_choice", "schema", "regex", "grammar"),
)
STRUCTURED = Dialect(
    "structured_outputs",
    {
        JsonSchema: ("structured_outputs", lambda c: {"structured_outputs": {"json": c.schema}}),
        Regex: ("structured_outputs", lambda c: {"structured_outputs": {"regex": c.pattern}}),
        Choice: ("structured_outputs", lambda c: {"structured_outputs": {"choice": list(c.choices)}}),
    },
    ("structured_outputs", "schema", "regex", "grammar"),
)
DIALECTS = (OPENAI, GUIDED, STRUCTURED)


def dialect_for(profile: Profile, kind: Kind) -> Dialect:
    """Return the dialect in which to send a kind of constraint to the target of this profile.

    `dialect_for` returns the first dialect in `DIALECTS` that can express the constraint and that the profile promises.
    If the profile promises no dialect, the function returns the first dialect that can express the constraint.
    """
    able = [dialect for dialect in DIALECTS if kind in dialect.spells]
    promised = [dialect for dialect in able if dialect.feature(kind) in profile.promised]
    return (promised or able)[0]
