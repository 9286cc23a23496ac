"""The rows of the defect files, and what is wrong with them. Pure but for reading the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance.contract import Registry
from conformance.reference.mutants import Mutant

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Defect:
    """One report about a real server. `unseen` says why no requirement sees it; `note` how far one does."""

    id: str
    area: str
    source: str
    summary: str
    requirements: tuple[str, ...] = ()
    mutants: tuple[str, ...] = ()
    unseen: str = ""
    note: str = ""


def load() -> list[Defect]:
    """The rows of every YAML file next to this module, in the order of their ids.

    Raises:
        TypeError: a row has a field that no defect has, or lacks one that each has.

    """
    rows: list[dict[str, Any]] = []
    for file in sorted(FOLDER.glob("*.yaml")):
        rows += yaml.safe_load(file.read_text(encoding="utf-8"))
    lists = ("requirements", "mutants")
    found = [Defect(**{name: tuple(value) if name in lists else value for name, value in row.items()}) for row in rows]
    return sorted(found, key=lambda defect: defect.id)


def problems(defects: list[Defect], registry: Registry, mutants: Mapping[str, Mutant]) -> Iterator[str]:
    """What is wrong with the rows, one sentence each; nothing when all is as it should be."""
    ids = [defect.id for defect in defects]
    yield from (f"{name} stands there twice" for name in sorted({name for name in ids if ids.count(name) > 1}))
    for defect in defects:
        yield from (f"{defect.id}: {wrong}" for wrong in _wrong(defect, registry, mutants))
    listed = {defect.id: defect for defect in defects}
    for mutant in mutants.values():
        for name in mutant.defects:
            if name in listed and mutant.name not in listed[name].mutants:
                yield f"{name}: the mutant {mutant.name} says that it stands for it; the row does not"


def _wrong(defect: Defect, registry: Registry, mutants: Mapping[str, Mutant]) -> Iterator[str]:
    if not defect.source.startswith("https://") or not defect.summary:
        yield "a source URL and a summary are needed"
    if bool(defect.unseen) == bool(defect.requirements) or bool(defect.unseen) == bool(defect.mutants):
        yield "either requirements and mutants, or the reason why it is unseen"
    for name in defect.mutants:
        if name not in mutants:
            yield f"{name} is no mutant"
        elif not (mutants[name].breaks & set(defect.requirements)):
            yield f"the mutant {name} breaks none of {', '.join(defect.requirements)}"
    known = [mutants[name] for name in defect.mutants if name in mutants]
    for name in defect.requirements:
        if name not in registry or registry[name].excluded:
            yield f"{name} is no requirement that has a check"
        if not any(name in mutant.breaks | mutant.also for mutant in known):
            yield f"none of its mutants declares {name}"
