"""What recorded traffic of OpenAI's API was seen to send: `specs/openai/observed.json`, with typed access.

The file has shapes alone. `python -m conformance.recordings.observe` writes it from recordings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from conformance.contract.errors import SpecError
from conformance.specs import SPECS

FORMAT = 1


class Presence(StrEnum):
    """How often an object has a key."""

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class PathFacts:
    """What was seen at one path: of the objects that hold it, how many had it, and values of which JSON types.

    `values` are all words that were seen at a path with few of them, () where they were not counted. `presence_in` tells
    it for one family of models and one half-year.
    """

    presence: Presence
    types: frozenset[str]
    values: tuple[str, ...] = ()
    always: Mapping[str, frozenset[str]] | None = None
    never: Mapping[str, frozenset[str]] | None = None

    def presence_in(self, family: str, half: str) -> Presence:
        """How often the key was there for that family (`gpt-4o`) in that half-year (`2025H1`)."""
        if half in (self.always or {}).get(family, ()):
            return Presence.ALWAYS
        if half in (self.never or {}).get(family, ()):
            return Presence.NEVER
        return self.presence


@dataclass(frozen=True, slots=True)
class ObservedShape:
    """One kind of object: how many were seen by family and half-year, and what each path held."""

    seen: Mapping[str, Mapping[str, int]]
    paths: Mapping[str, PathFacts]

    def always(self) -> frozenset[str]:
        """The paths that every object had, whatever the model and the time."""
        return frozenset(path for path, facts in self.paths.items() if facts.presence is Presence.ALWAYS)


@dataclass(frozen=True, slots=True)
class ObservedHeaders:
    """The header names of one kind of answer: on all of the `seen` ones, or on some."""

    seen: int
    always: frozenset[str]
    sometimes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that was observed. Shapes are named `<operation> <json|sse> <kind>`: `chat sse chat.completion.chunk`."""

    exchanges: int
    headers: Mapping[str, ObservedHeaders]
    shapes: Mapping[str, ObservedShape]


@cache
def load_observed(specs: Path = SPECS) -> Observed:
    """What comes with the suite, read once. Raises `SpecError` when the file is not what `observe` writes."""
    file = specs / "openai" / "observed.json"
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise SpecError(
                f"has format {data['format']!r}, this version reads {FORMAT}; observe the recordings again", file
            )
        return Observed(
            exchanges=int(data["exchanges"]),
            headers={name: _headers(facts) for name, facts in data["headers"].items()},
            shapes={name: _shape(shape) for name, shape in data["shapes"].items()},
        )
    except OSError as error:
        raise SpecError(f"cannot be read: {error.strerror}", file) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, SpecError):
            raise
        raise SpecError(f"is not what `observe` writes ({error}); observe the recordings again", file) from None


def _shape(data: Mapping[str, Any]) -> ObservedShape:
    return ObservedShape(data["seen"], {path: _facts(facts) for path, facts in data["paths"].items()})


def _facts(data: Mapping[str, Any]) -> PathFacts:
    return PathFacts(
        presence=Presence(data["presence"]),
        types=frozenset(data["types"].split("|")),
        values=tuple(data.get("values", ())),
        always=_groups(data.get("always")),
        never=_groups(data.get("never")),
    )


def _groups(data: Mapping[str, str] | None) -> Mapping[str, frozenset[str]] | None:
    return None if data is None else {family: frozenset(halves.split()) for family, halves in data.items()}


def _headers(data: Mapping[str, Any]) -> ObservedHeaders:
    return ObservedHeaders(int(data["seen"]), frozenset(data["always"]), frozenset(data["sometimes"]))
