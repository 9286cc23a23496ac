"""Merges the paths in a profile's file with the paths of the inherited profile."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from conformance.api import OPERATIONS, by_route
from conformance.contract.located import Located, load_yaml
from conformance.contract.pack import OPENAI, Pack
from conformance.contract.packs import packs


def paths_of(document: Located, specs: Path) -> Mapping[str, str]:
    """Return the URL path of each operation for targets with the given profile file.

    Raises `SpecError` for an operation that no requirement covers.
    """
    shared = specs / OPENAI / "profile.yaml"
    paths = {each.route: each.template for each in OPERATIONS}
    if document.file != shared:
        paths |= paths_of(load_yaml(shared), specs)
    given: Any = document.data.get("paths", {})
    if not isinstance(given, dict):
        raise document.error("'paths' must map operations to paths", "paths")
    known = _operations(specs)
    for operation, path in given.items():
        if operation not in known:
            named = ", ".join(sorted(known))
            raise document.error(
                f"no requirement asks an operation {operation!r}; known are {named}", "paths", operation
            )
        if path is None:
            paths.pop(operation, None)
        elif isinstance(path, str) and path.startswith(("/", "../")):
            paths[operation] = path
        else:
            raise document.error(
                f"the path of {operation} must begin with / (below the target's URL) or ../ (next to it), or be null",
                "paths",
                operation,
            )
    return MappingProxyType(paths)


def _operations(specs: Path) -> frozenset[str]:
    """Return every route of the API, and those that the profiles of packs add."""
    return _routes(packs(specs))


@cache
def _routes(known: tuple[Pack, ...]) -> frozenset[str]:
    profiles = (load_yaml(pack.profile).data for pack in known)
    own = (name for data in profiles if isinstance(data, dict) for name in data.get("paths") or ())
    return frozenset((*by_route(), *own))
