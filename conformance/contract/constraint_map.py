"""Loads the constraint map: a table that assigns a row and a column to each requirement about constrained output.

`constraint-map.yaml` defines the columns and rows of the constraint map. Packs may add columns, rows and cells to the
constraint map.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.contract.located import Located, load_yaml
from conformance.contract.pack import Pack
from conformance.contract.packs import packs
from conformance.specs import SPECS

ANY = "any"
"""The column of a requirement that is tested in the syntax of the target's profile."""
_GROUP = ("passes", "broken", "features")


@dataclass(frozen=True, slots=True)
class MapPlace:
    """The row and column of a requirement in the constraint map, the table of requirements about constrained output.

    `passes` and `broken` are the words that a cell of the constraint map shows for a pass and for a violation.
    """

    group: str
    feature: str
    column: str
    passes: str
    broken: str


@dataclass(frozen=True, slots=True)
class ConstraintMap:
    """The columns of the constraint map, and the place of each requirement in the map."""

    columns: Mapping[str, tuple[str, ...]]
    places: Mapping[str, MapPlace]

    def column(self, place: MapPlace, requests: Collection[Mapping[str, object]]) -> str:
        """Return the column of a requirement in the constraint map.

        If the requirement's `MapPlace` has the column `ANY`, the parameters in the request bodies determine the column.

        Requests without a parameter that identifies a column belong to the first column, which is OpenAI's syntax.
        """
        if place.column != ANY:
            return place.column
        for body in requests:
            for column, parameters in reversed(list(self.columns.items())):
                if any(parameter in body for parameter in parameters):
                    return column
        return next(iter(self.columns))


def load_constraint_map(specs: Path = SPECS) -> ConstraintMap:
    """Read the constraint map from its file.

    Raises `SpecError` if a file violates the format described at the top of `constraint-map.yaml`, or if a requirement
    is listed twice.
    """
    return _load(specs, packs(specs))


@cache
def _load(specs: Path, known: tuple[Pack, ...]) -> ConstraintMap:
    files = [load_yaml(specs / "constraint-map.yaml")]
    files += [load_yaml(pack.constraint_map) for pack in known if pack.constraint_map]
    columns: dict[str, tuple[str, ...]] = {}
    words: dict[str, tuple[str, str]] = {}
    said: dict[tuple[str, str], str] = {}
    for first, document in zip((True, *(False for _ in files[1:])), files, strict=True):
        required = ("columns", "groups") if first else ("groups",)
        document.mapping((), allowed=("columns", "groups"), required=required, what="the constraint map")
        if "columns" in document.data:
            columns |= {name: document.texts("columns", name) for name in _names(document, "columns")}
        for group, feature, passes in _rows(document, columns, words):
            said.setdefault((group, feature), passes)
    places: dict[str, MapPlace] = {}
    for document in files:
        for requirement, row, column, line in _cells(document, columns):
            if requirement in places:
                raise document.error(f"{requirement} has two places in the map; keep one", *line)
            places[requirement] = MapPlace(*row, column, said[row], words[row[0]][1])
    rows = list(said)
    order = sorted(places, key=lambda name: rows.index((places[name].group, places[name].feature)))
    return ConstraintMap(columns, {name: places[name] for name in order})


def _rows(
    document: Located, columns: Collection[str], words: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str, str]]:
    """Each row of a file: its group, its feature, the word for a pass. The words of a group that is new go into `words`."""
    for group in _names(document, "groups"):
        needs = ("features",) if group in words else _GROUP
        document.mapping(("groups", group), allowed=_GROUP, required=needs, what=f"group {group!r}")
        if group not in words:
            words[group] = (document.text("groups", group, "passes"), document.text("groups", group, "broken"))
        for feature in _names(document, "groups", group, "features"):
            here = ("groups", group, "features", feature)
            document.mapping(here, allowed=("passes", ANY, *columns), what=f"feature {feature!r}")
            yield group, feature, document.optional_text(*here, "passes") or words[group][0]


def _cells(
    document: Located, columns: Collection[str]
) -> Iterator[tuple[str, tuple[str, str], str, tuple[str | int, ...]]]:
    """Each requirement of a file: its id, its row, its column, and where it is written."""
    for group, members in document.data["groups"].items():
        for feature, cells in members["features"].items():
            here = ("groups", group, "features", feature)
            for column in (each for each in cells if each in (ANY, *columns)):
                listed = isinstance(cells[column], list)
                names = document.texts(*here, column) if listed else (document.text(*here, column),)
                yield from ((name, (group, feature), column, (*here, column)) for name in names)


def _names(document: Located, *path: str) -> list[str]:
    """The keys of the mapping at that path, in order; it must have some."""
    value = document.at(path)
    if not isinstance(value, dict) or not value or not all(isinstance(name, str) for name in value):
        raise document.error(f"{path[-1]!r} must be a mapping with at least one name", *path)
    return list(value)
