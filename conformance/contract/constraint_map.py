"""The map of constrained output as data: which requirement stands in which row and column, from `constraint-map.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.contract.located import Located, load_yaml
from conformance.specs import SPECS

ANY = "any"
"""The column of a requirement that is asked in the syntax of the target's profile."""
_GROUP = ("passes", "broken", "features")


@dataclass(frozen=True, slots=True)
class MapPlace:
    """Where a requirement stands. `passes` and `broken` are the words for a pass and a violation there."""

    group: str
    feature: str
    column: str
    passes: str
    broken: str


@dataclass(frozen=True, slots=True)
class ConstraintMap:
    """The columns, each with the request parameters that show it, and the place of each requirement, row by row."""

    columns: Mapping[str, tuple[str, ...]]
    places: Mapping[str, MapPlace]

    def column(self, place: MapPlace, requests: Collection[Mapping[str, object]]) -> str:
        """The column of a requirement: its own, or the one that the bodies of its requests show.

        Without any of their parameters it is the first column, which is OpenAI's own syntax.
        """
        if place.column != ANY:
            return place.column
        for body in requests:
            for column, parameters in reversed(list(self.columns.items())):
                if any(parameter in body for parameter in parameters):
                    return column
        return next(iter(self.columns))


@cache
def load_constraint_map(specs: Path = SPECS) -> ConstraintMap:
    """Read the map.

    Raises `SpecError` when the file is not as its head says, or gives a requirement two places.
    """
    document = load_yaml(specs / "constraint-map.yaml")
    document.mapping((), allowed=("columns", "groups"), required=("columns", "groups"), what="the constraint map")
    columns = {name: document.texts("columns", name) for name in _names(document, "columns")}
    places: dict[str, MapPlace] = {}
    for requirement, place, line in _places(document, columns):
        if requirement in places:
            raise document.error(f"{requirement} has two places in the map; keep one", *line)
        places[requirement] = place
    return ConstraintMap(columns, places)


def _places(document: Located, columns: Collection[str]) -> Iterator[tuple[str, MapPlace, tuple[str | int, ...]]]:
    for group in _names(document, "groups"):
        document.mapping(("groups", group), allowed=_GROUP, required=_GROUP, what=f"group {group!r}")
        passes, broken = document.text("groups", group, "passes"), document.text("groups", group, "broken")
        for feature in _names(document, "groups", group, "features"):
            here = ("groups", group, "features", feature)
            cells = document.mapping(here, allowed=("passes", ANY, *columns), what=f"feature {feature!r}")
            said = document.optional_text(*here, "passes") or passes
            for column in cells:
                if column == "passes":
                    continue
                listed = isinstance(cells[column], list)
                names = document.texts(*here, column) if listed else (document.text(*here, column),)
                yield from ((name, MapPlace(group, feature, column, said, broken), (*here, column)) for name in names)


def _names(document: Located, *path: str) -> list[str]:
    """The keys of the mapping at that path, in order; it must have some."""
    value = document.at(path)
    if not isinstance(value, dict) or not value or not all(isinstance(name, str) for name in value):
        raise document.error(f"{path[-1]!r} must be a mapping with at least one name", *path)
    return list(value)
