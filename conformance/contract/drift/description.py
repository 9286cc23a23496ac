"""What a source promises of an API: its operations, and the fields of their requests and responses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Place = str
"""Where a field is, such as `body tools[].function.name`, `query limit`, `response usage` or `event choices[].delta`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its JSON types, its listed values, whether it is required, and its limits by JSON Schema keyword.

    An OpenAPI document or an SDK may list some values of a field and still allow other values. `open` is true if the
    field also allows texts that are not in `values`. `required` is None if the source does not say whether the field is
    required. In an OpenAPI document, variants of an object may differ in whether a field is required. An SDK does not
    distinguish a field that may be null from a field that may be absent. `limits` is None if the source cannot state
    limits, as in an SDK.
    """

    types: frozenset[str] = frozenset()
    values: frozenset[Any] = frozenset()
    required: bool | None = None
    open: bool = False
    limits: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Collected:
    """Collects what a source says about one field.

    If the field is a union, each variant of the union adds its types and values.

    `objects` counts the variants of a union that are objects with fields.
    """

    types: set[str] = field(default_factory=set)
    values: set[Any] = field(default_factory=set)
    required: bool | None = None
    open: bool = False
    limits: dict[str, Any] | None = None
    objects: int = 0


def fields_of(found: Mapping[Place, Collected]) -> dict[Place, Field]:
    """Return the fields that were read, without the roots `body`, `query`, `response` and `event`."""
    return {
        place: Field(
            frozenset(each.types),
            frozenset(each.values),
            None if found.get(parent_of(place), Collected()).objects > 1 else each.required,
            each.open,
            each.limits,
        )
        for place, each in found.items()
        if " " in place
    }


def parent_of(place: Place) -> Place:
    """Return the place that contains a place: `body tools[]` for `body tools[].type`, `body` for `body tools`."""
    if place.endswith("[]"):
        return place[:-2]
    return place[: max(place.rfind("."), place.rfind(" "))]


@dataclass(frozen=True, slots=True)
class Description:
    """The operations that one source describes, such as `POST /chat/completions`, and the fields of each operation."""

    name: str
    operations: Mapping[str, Mapping[Place, Field]]


def operation_name(method: str, path: str) -> str:
    """Return the name of an operation, such as `POST /chat/completions`.

    Names of path parameters differ between sources, so each is `{}`.
    """
    return f"{method.upper()} /{re.sub(r'{[^}]*}', '{}', path).strip('/')}"
