"""Which requirements a user names: by id, by area, or by any other prefix of ids."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from conformance.contract.areas import is_named
from conformance.contract.registry import Registry


class UnknownName(ValueError):
    """A name that selects no requirement; the message says which there are."""


def selected(registry: Registry, names: Collection[str]) -> tuple[str, ...]:
    """The ids that these names select, in the registry's order; all where none is named.

    A name selects the requirement with that id, or all whose ids begin with it and a dot. Raises `UnknownName`.
    """
    for name in names:
        if not any(is_named(requirement, (name,)) for requirement in registry):
            raise UnknownName(_unknown(registry, name))
    return tuple(requirement for requirement in registry if not names or is_named(requirement, names))


def _unknown(registry: Registry, name: str) -> str:
    near = get_close_matches(name, registry, n=3, cutoff=0.6)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return (
        f"no such requirement or area: {name!r}.{hint} The areas are {', '.join(registry.areas)}. "
        "`conformance list` shows their requirements"
    )
