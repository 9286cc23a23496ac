"""Selects and skips requirements by id, by area, by any other prefix of their ids, or by level.

A selection is a collection of terms: `chat.stop` selects, `!chat.stop` skips, and `level:SHOULD` keeps only
requirements with the level SHOULD or MUST.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from functools import lru_cache

from conformance.contract.areas import prefixes
from conformance.contract.registry import Registry, load_registry
from conformance.errors import ConformanceError
from conformance.verdict import Level

SKIP, LEVEL = "!", "level:"

_A_SLIP = 0.85
"""The similarity from which a name is the suggested one mistyped, so that the areas need not be listed."""


class UnknownName(ConformanceError, ValueError):
    """A name that matches no requirement; the message suggests similar names.

    `option` is the command-line option in which the user gave the name.
    """

    option = "--only"


def terms(only: Iterable[str] | None, skip: Iterable[str] | None = None, level: str | None = None) -> list[str]:
    """Return the terms of a selection for values of the options `--only`, `--skip` and `--level`.

    A selection without terms selects all requirements.
    """
    return [*(only or ()), *(f"{SKIP}{name}" for name in skip or ()), *([f"{LEVEL}{level.upper()}"] if level else [])]


def option_of(term: str) -> tuple[str, str]:
    """Return the command-line option that produced the selection term `term`, and the value of the option."""
    if term.startswith(SKIP):
        return "--skip", term.removeprefix(SKIP)
    if term.startswith(LEVEL):
        return "--level", term.removeprefix(LEVEL).lower()
    return "--only", term


def is_named(requirement: str, wanted: Collection[str]) -> bool:
    """Return whether the selection terms in `wanted` select a requirement.

    A requirement is selected if a term names its id or a prefix of its id, and no other term excludes the requirement.
    """
    names, skipped, levels = _read(frozenset(wanted))
    own = list(prefixes(requirement))
    if (names and names.isdisjoint(own)) or not skipped.isdisjoint(own):
        return False
    if not levels:
        return True
    known = load_registry().get(requirement)
    return known is None or known.level in levels


@lru_cache(maxsize=64)
def _read(wanted: frozenset[str]) -> tuple[frozenset[str], frozenset[str], frozenset[Level]]:
    """Return the names to select, the names to skip, and the levels to keep; empty for all."""
    told = [option_of(term) for term in wanted]
    order = list(Level)
    least = [order.index(Level(value.upper())) for option, value in told if option == "--level"]
    return (
        frozenset(value for option, value in told if option == "--only"),
        frozenset(value for option, value in told if option == "--skip"),
        frozenset(order[: min(least) + 1]) if least else frozenset(),
    )


def selected(registry: Registry, names: Collection[str]) -> tuple[str, ...]:
    """Return the requirement ids that the given terms, such as `chat.stop`, select, in the order of the registry.

    If `names` is empty, return the ids of all requirements.

    A name selects the requirement with the same id, or all requirements whose id starts with the name and a dot. Raises
    `UnknownName`.
    """
    known = {prefix for requirement in registry for prefix in prefixes(requirement)}
    for term in names:
        option, name = option_of(term)
        if option != "--level" and name not in known:
            unknown = UnknownName(_unknown(registry, name))
            unknown.option = option
            raise unknown
    wanted = frozenset(names)
    return tuple(requirement for requirement in registry if not wanted or is_named(requirement, wanted))


def near_names(registry: Registry, name: str) -> list[str]:
    """Return at most three areas or requirement ids that are most similar to the name, ignoring case.

    If no name is spelled similarly, return the names that share the most words with the name, the shortest first.
    """
    names = dict.fromkeys([*registry.areas, *registry])
    if close := get_close_matches(name.lower(), names, n=3, cutoff=0.6):
        return close
    words = _words(name)
    sharing = [(-len(words & _words(each)), len(each), each) for each in names if words & _words(each)]
    return [each for _, _, each in sorted(sharing)[:3]]


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", name.lower()))


def _unknown(registry: Registry, name: str) -> str:
    if "," in name:
        return f"no such requirement or area: {name!r}. To give several, repeat the option for each"
    near = near_names(registry, name)
    said = f"no such requirement or area: {name!r}." + (f" Did you mean {', '.join(near)}?" if near else "")
    if get_close_matches(name.lower(), near, cutoff=_A_SLIP):
        return f"{said} `conformance list --areas` lists the areas"
    return f"{said} The areas are {', '.join(registry.areas)}. `conformance list` shows their requirements"
