"""Finds problems in the files of a pack.

Each problem is one line of text that begins with a file name and a line number.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract.errors import SpecError
from conformance.contract.located import Located, load_yaml

if TYPE_CHECKING:
    from conformance.contract import Registry
    from conformance.contract.pack import Pack

_TODO = ("todo", "tbd", "fixme", "?")
_JUDGES = ("checks", "judging", "engine", "auditing", "plugin")
"""Packages that the reference code of a pack must not import, to stay independent of the judge."""


def pack_in(folder: Path) -> Pack:
    """Return the pack in a folder.

    A pack that is neither part of the suite nor installed is first added to the known packs.

    Raises `SpecError`.
    """
    from conformance.contract.pack import manifest_of
    from conformance.contract.packs import packs, use_packs

    file = manifest_of(folder).resolve()
    if not any(each.file.resolve() == file for each in packs()):
        use_packs([folder])
    return next(each for each in packs() if each.file.resolve() == file)


def problems(folder: Path) -> tuple[Pack, list[str]]:
    """Return the pack in a folder, and the problems of the pack.

    Raises `SpecError` if the manifest of the pack cannot be read.
    """
    from conformance.checks.index import checks
    from conformance.config.profile import load_profile
    from conformance.contract import load_registry

    pack = pack_in(folder)
    found = [*_ids(pack), *_code(pack)]
    try:
        registry, profile = load_registry(), load_profile(pack.name)
        known = {check.requirement: check.place for check in checks()}
        homes = {check.requirement for check in checks() if check.module.startswith(f"{pack.package}.")}
    except SpecError as broken:
        return pack, list(dict.fromkeys((*found, str(broken))))
    found += _unchecked(pack, registry, set(known))
    found += (
        f"{known[name]}: the check judges {name}, but there is no requirement with this id"
        for name in homes
        if name not in registry
    )
    found += [*_unproven(pack, registry), *_replaced_routes(pack)]
    found += _unasked(pack, registry, profile.promised)
    return pack, list(dict.fromkeys(found))


def _ids(pack: Pack) -> Iterator[str]:
    """Yield duplicate ids in the pack's files, and requirements without a source."""
    places: dict[str, str] = {}
    for file in pack.requirements:
        document = load_yaml(file)
        listed = document.data.get("requirements") if isinstance(document.data, dict) else None
        for index, item in enumerate(listed if isinstance(listed, list) else ()):
            if not isinstance(item, dict):
                continue
            place, name = _place(document, "requirements", index), str(item.get("id", "a requirement"))
            if name in places:
                yield f"{place}: requirement {name!r} is given twice (first in {places[name]}); rename one"
            places.setdefault(name, place)
            source = str(item.get("source") or "").strip()
            if not source or source.lower().startswith(_TODO):
                yield f"{place}: {name} has no source; say which sentence of which page promises it"


def _unchecked(pack: Pack, registry: Registry, known: set[str]) -> Iterator[str]:
    for each in registry.values():
        if each.contract == pack.name and not each.excluded and each.id not in known:
            yield f"{each.file}:{each.line}: {each.id} has no check; write one, or say in 'excluded' why there is none"


def _unasked(pack: Pack, registry: Registry, promised: frozenset[str]) -> Iterator[str]:
    """Yield features that the pack defines and its profile promises, but no requirement tests."""
    document = load_yaml(pack.profile)
    own = load_yaml(pack.features).data["features"] if pack.features else {}
    asked = {each.feature for each in registry.values()}
    for index, name in enumerate(document.data.get("promised") or ()):
        if name in promised and name in own and name not in asked:
            yield f"{_place(document, 'promised', index)}: the feature {name} is promised, but no requirement tests it"


def _unproven(pack: Pack, registry: Registry) -> Iterator[str]:
    """Yield mutants that name an unknown requirement."""
    from conformance.contract.pack_code import import_part

    if not pack.has("mutants"):
        return
    try:
        module = import_part(pack, "mutants")
    except SpecError as broken:
        yield str(broken)
        return
    from conformance.reference.mutants import MUTANTS

    for mutant in MUTANTS.values():
        for name in sorted(mutant.breaks - set(registry)) if mutant.cls.__module__.startswith(module.__name__) else ():
            yield f"{module.__file__}: mutant {mutant.name} breaks {name}, but there is no requirement with this id"


def _replaced_routes(pack: Pack) -> Iterator[str]:
    """Yield new parts of the reference endpoint that answer an operation which another part already answers."""
    from conformance.contract.pack_code import import_part
    from conformance.reference import Endpoint
    from conformance.reference.routes import routes_of

    if not pack.has("reference"):
        return
    try:
        module = import_part(pack, "reference")
    except SpecError as broken:
        yield str(broken)
        return
    answered = {(route.method, route.path): type(part) for part, route in Endpoint().routes()}
    for part in getattr(getattr(module, "REFERENCE", None), "parts", ()):
        for route in routes_of(part):
            owner = answered.get((route.method, route.path))
            if owner is not None and not issubclass(part, owner):
                name = f"{route.method} {route.path}"
                yield f"{module.__file__}: {part.__name__} replaces {name} of {owner.__name__}; subclass {owner.__name__}"


def _code(pack: Pack) -> Iterator[str]:
    """Yield reference code that imports checks or other judging code."""
    for part in ("reference", "mutants"):
        if pack.code is None:
            return
        single, folder = pack.code / f"{part}.py", pack.code / part
        for file in [single] if single.is_file() else sorted(folder.rglob("*.py")):
            try:
                tree = ast.parse(file.read_text(encoding="utf-8"))
            except (SyntaxError, ValueError):
                continue  # told with its line when it is imported
            for node in (each for each in ast.walk(tree) if isinstance(each, ast.Import | ast.ImportFrom)):
                for name in _imported(node, pack):
                    if name.startswith((f"{pack.package}.checks", *(f"conformance.{room}" for room in _JUDGES))):
                        yield f"{file}:{node.lineno}: {name} is judging code; the reference endpoint and mutants must not import it"


def _imported(node: ast.Import | ast.ImportFrom, pack: Pack) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = f"{pack.package}.{node.module or ''}".rstrip(".") if node.level else node.module or ""
    return [f"{base}.{alias.name}" for alias in node.names]


def _place(document: Located, *path: str | int) -> str:
    return f"{document.file}:{document.line(*path)}"
