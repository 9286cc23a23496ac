"""Selects requirements by id, by area, or by any other prefix of their ids."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from conformance.contract.areas import is_named, prefixes
from conformance.contract.registry import Registry
from conformance.errors import ConformanceError


class UnknownName(ConformanceError, ValueError):
    """A name that matches no requirement; the message suggests similar names."""


def selected(registry: Registry, names: Collection[str]) -> tuple[str, ...]:
    """Return the ids that these names select, in the order of the registry; without names, return all ids.

    A name selects the requirement with this id, or all requirements whose id starts with the name and a dot. Raises
    `UnknownName`.
    """
    known = {prefix for requirement in registry for prefix in prefixes(requirement)}
    for name in names:
        if name not in known:
            raise UnknownName(_unknown(registry, name))
    wanted = frozenset(names)
    return tuple(requirement for requirement in registry if not wanted or is_named(requirement, wanted))


def near_names(registry: Registry, name: str) -> list[str]:
    """Return up to three areas and ids that are most similar to the name, ignoring case."""
    return get_close_matches(name.lower(), dict.fromkeys([*registry.areas, *registry]), n=3, cutoff=0.6)


def _unknown(registry: Registry, name: str) -> str:
    near = near_names(registry, name)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return (
        f"no such requirement or area: {name!r}.{hint} The areas are {', '.join(registry.areas)}. "
        "`conformance list` shows their requirements"
    )
