"""Lists the operations and fields that only one of two sources has, and those that differ between the sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from conformance.contract.drift.description import Description, Field, Place, parent_of

SIDES = ("query", "body", "response", "event")


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between a contract and another source.

    `place` is the field, such as `body stop[]`; `body` alone if one source describes no body; or "" for the whole
    operation. `detail` says what changed; if an object is new or gone, `detail` also says how many fields the object
    has.
    """

    kind: Literal["new", "gone", "changed"]
    operation: str
    place: Place
    detail: str


def changes(before: Description, after: Description) -> list[Drift]:
    """Return the differences between the two sources, by operation and place."""
    found: list[Drift] = []
    for operation in sorted({*before.operations, *after.operations}):
        old, new = before.operations.get(operation), after.operations.get(operation)
        if old is None or new is None:
            found.append(Drift("new" if old is None else "gone", operation, "", ""))
            continue
        for side in SIDES:
            found += _of_side(operation, side, _part(old, side), _part(new, side))
    return found


def _part(fields: Mapping[Place, Field], side: str) -> Mapping[Place, Field]:
    return {place: each for place, each in fields.items() if place.startswith((f"{side} ", f"{side}[]"))}


def _of_side(operation: str, side: str, old: Mapping[Place, Field], new: Mapping[Place, Field]) -> Iterator[Drift]:
    if bool(old) != bool(new):
        yield Drift("new" if new else "gone", operation, side, _inside(len(old or new)))
        return
    for place in sorted({*old, *new}):
        if place in old and place in new:
            detail = "; ".join(_details(old[place], new[place]))
            if detail:
                yield Drift("changed", operation, place, detail)
            continue
        one, kind = (new, "new") if place in new else (old, "gone")
        if not any((parent in old) != (parent in new) for parent in _parents(place)):
            inner = sum(each.startswith((f"{place}.", f"{place}[]")) for each in one)
            yield Drift("new" if kind == "new" else "gone", operation, place, _inside(inner))


def _parents(place: Place) -> Iterator[Place]:
    """Yield the fields that contain a field, such as `body tools[]` and `body tools` for `body tools[].type`."""
    while " " in (place := parent_of(place)):
        yield place


def _inside(count: int) -> str:
    return f"{count} field{'s' * (count != 1)} inside" if count else ""


def _details(old: Field, new: Field) -> Iterator[str]:
    nullable = old.limits is not None and new.limits is not None  # an SDK does not say whether a field may be null
    one, other = (each.types if nullable else each.types - {"null"} for each in (old, new))
    if "number" in one and "number" in other:
        one, other = one - {"integer"}, other - {"integer"}
    if one and other and one != other:
        yield f"type {_listed(one)} → {_listed(other)}"
    if old.values and (new.values or not new.open) and (gone := old.values - new.values):
        yield f"no longer {_listed(gone)}"
    if new.values and (old.values or not old.open) and (added := new.values - old.values):
        yield f"also {_listed(added)}"
    if None not in (old.required, new.required) and old.required != new.required:
        yield "now required" if new.required else "no longer required"
    if old.limits is not None and new.limits is not None:
        for name in sorted({*old.limits, *new.limits}):
            if old.limits.get(name) != new.limits.get(name):
                yield f"{name} {old.limits.get(name, '—')} → {new.limits.get(name, '—')}"


def _listed(values: frozenset[object]) -> str:
    return ", ".join(sorted(map(str, values)))
