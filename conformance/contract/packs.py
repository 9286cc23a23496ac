"""Finds all packs: packs that come with the suite, installed packs, and packs in folders that the user gave."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from conformance.contract.errors import SpecError
from conformance.contract.pack import MANIFEST, Pack, manifest_of, read_pack
from conformance.specs import SPECS

GROUP = "openai_conformance.packs"
"""The entry point group of packs: `acme = "acme_pack"` names the package that holds the manifest."""

_given: tuple[Pack, ...] = ()


def packs(specs: Path = SPECS) -> tuple[Pack, ...]:
    """Return all packs: first the packs in `specs`, then installed packs and packs that the user gave.

    No two packs have the same name.

    Raises `SpecError` if a pack is invalid.
    """
    own = suite_packs(specs)
    if specs != SPECS:
        return own
    found = {pack.name: pack for pack in own}
    for pack in (*_installed(), *_given):
        known = found.get(pack.name)
        if known in own:
            raise SpecError(f"a pack called {pack.name} comes with the suite; choose another name", pack.file)
        found[pack.name] = pack
    return tuple(found.values())


def use_packs(folders: Iterable[str | Path]) -> None:
    """Make the packs in the given folders available in the current process.

    A pack that the user gave replaces an installed pack with the same name. Giving the folder of a pack that comes with
    the suite has no effect.

    Raises `SpecError` if a folder is not a pack, or if two different packs have the same name.
    """
    global _given  # noqa: PLW0603 - what a process uses is decided in one place: here
    for folder in folders:
        file = manifest_of(Path(folder)).resolve()
        if any(pack.file.resolve() == file for pack in suite_packs()):
            continue
        same = next((pack for pack in _given if pack.file == file), None)
        pack = same or read_pack(file, f"--pack {folder}")
        other = next((each for each in _given if each.name == pack.name and each.file != pack.file), None)
        if other is not None:
            raise SpecError(f"a second pack called {pack.name}; the first is {other.folder}", pack.file)
        if same is None:
            _given = (*_given, pack)


def given_packs() -> tuple[str, ...]:
    """Return the folders of packs that were given to `use_packs`.

    A child process uses the folders to load the same packs.
    """
    return tuple(str(pack.folder) for pack in _given)


def pack_named(name: str, specs: Path = SPECS) -> Pack | None:
    """Return the pack with the given name, or None."""
    return next((pack for pack in packs(specs) if pack.name == name), None)


@cache
def suite_packs(specs: Path = SPECS) -> tuple[Pack, ...]:
    """Return the packs whose data is in `specs`."""
    return tuple(read_pack(file, "comes with the suite") for file in sorted(specs.glob(f"*/{MANIFEST}")))


@cache
def _installed() -> tuple[Pack, ...]:
    found: dict[str, Pack] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda each: each.name):
        pack = _behind(point)
        other = found.setdefault(pack.name, pack)
        if other.file != pack.file:
            raise SpecError(f"two installed packs are called {pack.name}; the other is {other.file}", pack.file)
    return tuple(found.values())


def _behind(point: EntryPoint) -> Pack:
    """The pack that an entry point names. Its code is not imported for that."""
    project = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
    try:
        found = find_spec(point.value)
    except (ImportError, ValueError, AttributeError):
        found = None
    if found is None or not found.origin:
        raise SpecError(f"the installed pack {point.name} ({project}) names no Python package: {point.value!r}")
    file = Path(found.origin).resolve().parent / MANIFEST
    if not file.is_file():
        raise SpecError(
            f"the installed pack {point.name} ({project}) has no {MANIFEST}; install it with its data", file
        )
    return read_pack(file, f"installed with {project}")
