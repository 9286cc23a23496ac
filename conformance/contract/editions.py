"""Editions: frozen sets of requirement ids and levels, one for each release.

Requirements that are newer than the edition of a gate cannot make the gate fail.
`python -m conformance.contract.editions NAME --write` stores the current requirements as the edition of a release.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from conformance.contract.errors import SpecError
from conformance.contract.located import load_yaml
from conformance.contract.registry import Registry, load_registry
from conformance.specs import SPECS
from conformance.verdict import Level

FOLDER = SPECS / "editions"
_NAME = re.compile(r"\d{4}\.\d{2}(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition: the requirements of a release, each with its level.

    `contracts` lists the contracts whose requirements are in the edition.
    """

    name: str
    contracts: tuple[str, ...]
    levels: Mapping[str, Level]

    def has(self, requirement: str) -> bool:
        """Return whether a gate with the edition counts the given requirement.

        A requirement counts if the edition lists the requirement. If a contract is not in the edition, all requirements
        of the contract count, too.
        """
        if requirement in self.levels:
            return True
        known = load_registry().get(requirement)
        return known is not None and known.contract not in self.contracts


@dataclass(frozen=True, slots=True)
class EditionChange:
    """A requirement that differs between two editions; its level is None for an edition that does not list it."""

    requirement: str
    before: Level | None
    after: Level | None


@cache
def load_editions(folder: Path = FOLDER) -> Mapping[str, Edition]:
    """Return all editions by name, the oldest first. Raises `SpecError` if the file of an edition is invalid."""
    files = sorted(folder.glob("*.yaml"), key=lambda file: [int(part) for part in file.stem.split(".")])
    return MappingProxyType({file.stem: _read(file) for file in files})


def newest_edition() -> Edition:
    """Return the newest edition."""
    return list(load_editions().values())[-1]


def edition_named(name: str) -> Edition:
    """Return an edition. Raises `SpecError` if there is no such edition; the message names the existing editions."""
    known = load_editions()
    if name not in known:
        raise SpecError(f"no edition {name!r}; the newest is {newest_edition().name}, and there are {', '.join(known)}")
    return known[name]


def current(registry: Registry, name: str = "now") -> Edition:
    """Return the requirements of this version of the suite as an edition, without requirements of external packs."""
    own = {requirement.id: requirement for requirement in registry.values() if SPECS in requirement.file.parents}
    contracts = dict.fromkeys(requirement.contract for requirement in own.values())
    levels = {each.id: each.level for each in own.values() if not each.excluded}
    return Edition(name, tuple(contracts), MappingProxyType(levels))


def changes(before: Edition, after: Edition) -> list[EditionChange]:
    """Return the requirements that are in only one of the two editions, or that have different levels in them."""
    names = sorted({*before.levels, *after.levels})
    found = [EditionChange(name, before.levels.get(name), after.levels.get(name)) for name in names]
    return [each for each in found if each.before is not each.after]


def _read(file: Path) -> Edition:
    document = load_yaml(file)
    fields = ("edition", "contracts", "levels")
    document.mapping((), allowed=fields, required=fields, what="an edition")
    if document.text("edition") != file.stem:
        raise document.error(f"the edition must be called {file.stem!r}, as its file", "edition")
    document.mapping(("levels",), allowed=tuple(Level), what="levels")
    levels: dict[str, Level] = {}
    for level in document.at(("levels",)):
        for name in document.texts("levels", level):
            if name in levels:
                raise document.error(f"{name} is given twice; keep one", "levels", level)
            levels[name] = Level(level)
    return Edition(file.stem, document.texts("contracts"), MappingProxyType(levels))


def text_of(edition: Edition) -> str:
    """Return an edition as YAML text for its file."""
    lines = [f'edition: "{edition.name}"', "contracts:", *(f"  - {name}" for name in edition.contracts), "levels:"]
    for level in Level:
        names = sorted(name for name, each in edition.levels.items() if each is level)
        lines += [f"  {level}:", *(f"    - {name}" for name in names)] if names else []
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the edition of this version of the suite, or write it to its file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("name", help="year and month of the release, such as 2026.11")
    parser.add_argument("--write", action="store_true", help="write the file, which must not exist")
    chosen = parser.parse_args()
    if not _NAME.fullmatch(chosen.name):
        parser.error("an edition is named by year and month, such as 2026.11")
    text = text_of(current(load_registry(), chosen.name))
    if chosen.write:
        with (FOLDER / f"{chosen.name}.yaml").open("x", encoding="utf-8") as file:
            file.write(text)
    else:
        print(text, end="")  # noqa: T201 - the command's own output


if __name__ == "__main__":
    main()
