"""The registry of all requirements of OpenAI's contract and of every pack, read from YAML files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from conformance.contract.areas import area_of, load_areas
from conformance.contract.errors import SpecError
from conformance.contract.features import load_features
from conformance.contract.located import Located, load_yaml
from conformance.contract.pack import OPENAI, Pack
from conformance.contract.packs import packs
from conformance.contract.requirement import Basis, ModelDependence, Requirement
from conformance.specs import SPECS
from conformance.verdict import Level

_ID = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")
_FILE_FIELDS = ("contract", "requirements")
_FIELDS = ("id", "level", "statement", "basis", "source", "impact", "fix", "feature", "model", "excluded")
_REQUIRED = ("id", "level", "statement", "basis", "source", "impact")

_Word = TypeVar("_Word", bound=StrEnum)


class Registry(Mapping[str, Requirement]):
    """All requirements by id, in the order of their files, and the titles of their areas."""

    def __init__(self, requirements: Mapping[str, Requirement], areas: Mapping[str, str] | None = None) -> None:
        self._requirements = dict(requirements)
        self.areas: Mapping[str, str] = MappingProxyType(dict(areas or {}))

    def __getitem__(self, requirement_id: str) -> Requirement:
        return self._requirements[requirement_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._requirements)

    def __len__(self) -> int:
        return len(self._requirements)

    def by_area(self) -> dict[str, tuple[Requirement, ...]]:
        """Return the requirements of each area, in the order of the areas file.

        Areas without requirements are left out.
        """
        found: dict[str, list[Requirement]] = {area: [] for area in self.areas}
        for requirement in self.values():
            found.setdefault(requirement.area, []).append(requirement)
        return {area: tuple(members) for area, members in found.items() if members}


def load_registry(specs: Path = SPECS) -> Registry:
    """Read all requirements in `specs` and in the packs.

    Raises `SpecError` if a requirement file violates the format in `docs/architecture.md`, an id is used twice or
    belongs to no area, or a feature is undefined. Within one process, the requirements of the same packs are read only
    once.
    """
    return _own(packs()) if specs == SPECS else _load(specs, packs(specs))


@cache
def _own(known: tuple[Pack, ...]) -> Registry:
    return _load(SPECS, known)


def _load(specs: Path, known: Sequence[Pack]) -> Registry:
    files = [(OPENAI, file) for file in sorted((specs / OPENAI / "requirements").glob("*.yaml"))]
    if not files:
        raise SpecError("has no openai/requirements/*.yaml; give the folder that holds the contracts", specs)
    files += [(pack.name, file) for pack in known for file in pack.requirements]
    areas = load_areas(specs)
    features = load_features(specs)
    requirements: dict[str, Requirement] = {}
    for contract, file in files:
        for requirement in _read_file(file, contract, areas):
            first = requirements.get(requirement.id)
            if first is not None:
                raise SpecError(
                    f"requirement {requirement.id!r} is given twice (first in {first.file}:{first.line}); rename one",
                    requirement.file,
                    requirement.line,
                )
            if requirement.feature is not None and requirement.feature not in features:
                raise SpecError(
                    f"{requirement.id}: unknown feature {requirement.feature!r}; add it to {_features_file(contract)} or "
                    f"use one of {', '.join(features)}",
                    requirement.file,
                    requirement.line,
                )
            requirements[requirement.id] = requirement
    return Registry(requirements, areas)


def _read_file(file: Path, owner: str, areas: Mapping[str, str]) -> Iterator[Requirement]:
    document = load_yaml(file)
    document.mapping((), allowed=_FILE_FIELDS, required=_FILE_FIELDS, what="a requirements file")
    contract = document.text("contract")
    if contract != owner:
        raise document.error(f"contract is {contract!r} but the file is in {owner!r}; make them agree", "contract")
    items = document.at(("requirements",))
    if not isinstance(items, list) or not items:
        raise document.error("'requirements' must be a list with at least one requirement", "requirements")
    for index in range(len(items)):
        yield _read(document, index, contract, areas)


def _read(document: Located, index: int, contract: str, areas: Mapping[str, str]) -> Requirement:
    here = ("requirements", index)
    data = document.mapping(here, allowed=_FIELDS, required=_REQUIRED, what="a requirement")
    requirement_id = document.text(*here, "id")
    if not _ID.fullmatch(requirement_id):
        raise document.error(
            f"id {requirement_id!r} must be two or more parts of a-z, 0-9, _ and - joined by dots", *here, "id"
        )
    area = area_of(requirement_id, areas)
    if area is None:
        raise document.error(
            f"id {requirement_id!r} is in no area; add a prefix of it to {_areas_file(contract)}, or choose another id",
            *here,
            "id",
        )
    return Requirement(
        contract=contract,
        area=area,
        id=requirement_id,
        level=_word(document, Level, *here, "level"),
        statement=document.text(*here, "statement"),
        basis=_word(document, Basis, *here, "basis"),
        source=document.text(*here, "source"),
        impact=document.text(*here, "impact"),
        fix=document.optional_text(*here, "fix") or "",
        feature=document.optional_text(*here, "feature"),
        model=_word(document, ModelDependence, *here, "model") if "model" in data else ModelDependence.NONE,
        excluded=document.optional_text(*here, "excluded"),
        file=document.file,
        line=document.line(*here),
    )


def _features_file(contract: str) -> str:
    return "openai/features.yaml" if contract == OPENAI else "the features file of the pack"


def _areas_file(contract: str) -> str:
    return "areas.yaml" if contract == OPENAI else "'areas' in pack.yaml"


def _word(document: Located, words: type[_Word], *path: str | int) -> _Word:
    value = document.text(*path)
    try:
        return words(value)
    except ValueError:
        raise document.error(f"{path[-1]} {value!r} must be one of {', '.join(words)}", *path) from None
