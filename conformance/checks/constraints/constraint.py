"""Constraints on model output, and the texts that each constraint accepts.

The constraints do not depend on the request parameters that express them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.checks.constraints.json_ruling import rule_beginning, rule_whole
from conformance.checks.constraints.regex_prefix import may_match
from conformance.checks.constraints.ruling import FINE, Ruling


class Constraint(Protocol):
    """A form that the model's output must have, such as JSON that satisfies a schema.

    Whether an output satisfies the constraint depends only on its text.
    """

    @property
    def wanted(self) -> str:
        """A description of the required text, for messages that begin with "expected:"."""

    def admits(self, text: str) -> Ruling:
        """Return whether a complete text satisfies the constraint."""

    def may_begin(self, text: str) -> Ruling:
        """Return whether a truncated text may be the beginning of a text that satisfies the constraint."""


@dataclass(frozen=True, slots=True)
class JsonSchema:
    """The output must be one JSON value that satisfies a schema (draft 2020-12, with `format` enforced).

    `text` is the JSON schema as text. `tested` has the keywords of the schema that a check tests; () stands for all
    keywords.
    """

    text: str
    tested: tuple[str, ...] = ()

    @classmethod
    def of(cls, schema: Any, tested: tuple[str, ...] = ()) -> JsonSchema:
        """Create a constraint from a JSON schema."""
        return cls(json.dumps(schema, ensure_ascii=False), tested)

    @property
    def schema(self) -> Any:
        """The JSON schema as data, parsed from its text."""
        return json.loads(self.text)

    @property
    def wanted(self) -> str:
        """A description of the required text, for messages."""
        shown = self.text if len(self.text) <= 200 else f"{self.text[:200]}…"
        return f"only JSON that satisfies {shown}"

    def admits(self, text: str) -> Ruling:
        """Return whether a complete text satisfies the constraint."""
        return rule_whole(text, self.schema, self.tested)

    def may_begin(self, text: str) -> Ruling:
        """Return whether a truncated text may be the beginning of a text that satisfies the constraint."""
        return rule_beginning(text, self.schema)

    def tests(self, ruled: Ruling) -> bool:
        """Return whether a violation concerns the tested keywords. A text that is not JSON violates every keyword."""
        return not self.tested or not ruled.keywords or not ruled.keywords.isdisjoint(self.tested)


@dataclass(frozen=True, slots=True)
class JsonObject:
    """Any JSON object."""

    wanted: str = "a JSON object and nothing else"

    def admits(self, text: str) -> Ruling:
        """Return whether a complete text satisfies the constraint."""
        return rule_whole(text, {"type": "object"})

    def may_begin(self, text: str) -> Ruling:
        """Return whether a truncated text may be the beginning of a text that satisfies the constraint."""
        return rule_beginning(text, {"type": "object"})


@dataclass(frozen=True, slots=True)
class Regex:
    """The complete text must match a regular expression, which uses only syntax that Python supports."""

    pattern: str

    @property
    def wanted(self) -> str:
        """A description of the required text, for messages."""
        return f"text that {self.pattern} matches in full"

    def admits(self, text: str) -> Ruling:
        """Return whether a complete text satisfies the constraint."""
        return FINE if re.fullmatch(self.pattern, text) else Ruling("no full match")

    def may_begin(self, text: str) -> Ruling:
        """Return whether a truncated text may be the beginning of a text that satisfies the constraint."""
        return FINE if may_match(self.pattern, text) else Ruling("no beginning of a full match")


@dataclass(frozen=True, slots=True)
class Choice:
    """The output must be equal to one of several given texts."""

    choices: tuple[str, ...]

    @property
    def wanted(self) -> str:
        """A description of the required text, for messages."""
        shown = json.dumps(self.choices[:4], ensure_ascii=False)
        return f"exactly one of {shown}{f' … ({len(self.choices)})' if len(self.choices) > 4 else ''}"

    def admits(self, text: str) -> Ruling:
        """Return whether a complete text satisfies the constraint."""
        return FINE if text in self.choices else Ruling("none of the choices")

    def may_begin(self, text: str) -> Ruling:
        """Return whether a truncated text may be the beginning of a text that satisfies the constraint."""
        return FINE if any(c.startswith(text) for c in self.choices) else Ruling("no beginning of any choice")
