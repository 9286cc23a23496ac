"""Areas: groups of requirements whose ids start with the same prefix, such as `chat.stop`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.api.operations import OPERATIONS
from conformance.contract.located import load_yaml
from conformance.contract.packs import packs
from conformance.specs import SPECS


def load_areas(specs: Path = SPECS) -> dict[str, str]:
    """Return a mapping from the id prefix of each area to the title of the area.

    The areas in `areas.yaml` come before the areas of packs.

    If no file defines an area for an API surface, the surface gets an area titled after its route, such as
    `Moderations`.

    Raises `SpecError` if `areas.yaml` does not map prefixes to titles, or if a pack gives an existing area another
    title.
    """
    document = load_yaml(specs / "areas.yaml")
    document.mapping((), allowed=("areas",), required=("areas",), what="the areas file")
    prefixes = document.at(("areas",))
    if not isinstance(prefixes, dict) or not prefixes:
        raise document.error("'areas' must map each prefix of requirement ids to a title", "areas")
    found = {str(prefix): document.text("areas", prefix) for prefix in prefixes}
    for pack in packs(specs):
        for prefix, title in pack.areas:
            if found.setdefault(prefix, title) != title:
                raise load_yaml(pack.file).error(f"area {prefix!r} is taken: {found[prefix]!r}", "areas", prefix)
    surfaces = (
        each.route for each in OPERATIONS if each.method == "POST" and each.collection and "_" not in each.route
    )
    return found | {route: route.capitalize() for route in surfaces if route not in found}


def area_of(requirement: str, areas: Mapping[str, str]) -> str | None:
    """Return the area of a requirement: the longest prefix of its id that is an area.

    Returns None if the requirement belongs to no area.
    """
    return next((prefix for prefix in prefixes(requirement) if prefix in areas), None)


def prefixes(requirement: str) -> Iterator[str]:
    """Return a requirement's id and all prefixes of the id, the longest first: `a.b.c`, `a.b`, `a`."""
    steps = requirement.split(".")
    return (".".join(steps[:count]) for count in range(len(steps), 0, -1))
