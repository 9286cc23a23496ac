"""A random JSON schema, a value that satisfies it, a value that violates it, and smaller variants of the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import jsonschema_rs


@dataclass(frozen=True, slots=True)
class Drawn:
    """A random schema, a value that satisfies it, and a value that violates one keyword of the schema.

    `parts` lists the subschemas of `schema` in order, each with its own values. For an object schema, `names` lists the
    names of its members.
    """

    schema: dict[str, Any]
    witness: Any
    forbidden: Any
    parts: tuple[Drawn, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The random schema as JSON text."""
        return json.dumps(self.schema, ensure_ascii=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the schema, its values and its parts as JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Create a schema from the data that `to_dict` returns."""
        parts = tuple(map(cls.from_dict, data["parts"]))
        return cls(data["schema"], data["witness"], data["forbidden"], parts, tuple(data["names"]))


def closed_object(members: dict[str, Drawn], broken: int = 0) -> Drawn:
    """Create an object schema that forbids additional members.

    In the violating value of the schema, only member number `broken` is wrong.
    """
    witness = {name: member.witness for name, member in members.items()}
    names = tuple(members)
    schema = {
        "type": "object",
        "properties": {name: member.schema for name, member in members.items()},
        "required": [*names],
        "additionalProperties": False,
    }
    forbidden = witness | {names[broken]: members[names[broken]].forbidden}
    return Drawn(schema, witness, forbidden, tuple(members.values()), names)


def smaller(drawing: Drawn) -> Iterator[Drawn]:
    """Yield smaller schemas that may fail for the same reason.

    Each smaller schema has only one member, only a part of one member's schema, or one keyword fewer.
    """
    members = dict(zip(drawing.names, drawing.parts, strict=True))
    if len(members) > 1:
        yield from (closed_object({name: member}) for name, member in members.items())
        return
    for name, member in members.items():
        yield from (closed_object({name: part}) for part in (*member.parts, *_fewer(member)))


def _fewer(part: Drawn) -> Iterator[Drawn]:
    """The same without one of its keywords, where it still forbids what it forbade."""
    for keyword in part.schema.keys() - {"type", "properties", "required", "additionalProperties"}:
        schema = {word: value for word, value in part.schema.items() if word != keyword}
        if not jsonschema_rs.is_valid(schema, part.forbidden) and jsonschema_rs.is_valid(schema, part.witness):
            yield replace(part, schema=schema, parts=() if keyword in ("items", "anyOf") else part.parts)


def holds(drawing: Drawn) -> bool:
    """Return whether a validator accepts the satisfying value and rejects the violating value of the schema."""
    check = jsonschema_rs.Draft202012Validator(drawing.schema, validate_formats=True)
    return check.is_valid(drawing.witness) and (drawing.forbidden is None or not check.is_valid(drawing.forbidden))
