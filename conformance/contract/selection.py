"""Select requirements by id, by area, or by any other prefix of ids."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from conformance.contract.areas import is_named, prefixes
from conformance.contract.registry import Registry
from conformance.errors import ConformanceError


class UnknownName(ConformanceError, ValueError):
    """A name that selects no requirement; the message suggests existing names."""


def selected(registry: Registry, names: Collection[str]) -> tuple[str, ...]:
    """The ids that these names select, in the order of the registry; all ids if there are no names.

    A name selects the requirement with that id, or all requirements whose id begins with the name and a dot.
    Raises `UnknownName`.
    """
    known = {prefix for requirement in registry for prefix in prefixes(requirement)}
    for name in names:
        if name not in known:
            raise UnknownName(_unknown(registry, name))
    wanted = frozenset(names)
    return tuple(requirement for requirement in registry if not wanted or is_named(requirement, wanted))


def near_names(registry: Registry, name: str) -> list[str]:
    """The areas and ids that are most like a name, at most three, upper and lower case being the same."""
    return get_close_matches(name.lower(), dict.fromkeys([*registry.areas, *registry]), n=3, cutoff=0.6)


def _unknown(registry: Registry, name: str) -> str:
    near = near_names(registry, name)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return (
        f"no such requirement or area: {name!r}.{hint} The areas are {', '.join(registry.areas)}. "
        "`conformance list` shows their requirements"
    )
