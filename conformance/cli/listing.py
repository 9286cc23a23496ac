"""Implements `conformance list`, which shows every requirement by area."""

from __future__ import annotations

from typing import Annotated

import typer

from conformance.cli import options
from conformance.verdict import Level


def list_requirements(
    name: Annotated[
        str,
        typer.Argument(metavar="[NAME]", help="List only this requirement or area (chat.stop).", show_default=False),
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    pack: options.Packs = None,
    areas: Annotated[bool, typer.Option("--areas", help="List only the areas, with their titles.")] = False,
    level: Annotated[
        Level | None, typer.Option("--level", case_sensitive=False, help="List only this level and those above it.")
    ] = None,
) -> None:
    """List the requirements by area: level, id, statement."""
    from conformance.config.target import TargetError
    from conformance.contract.registry import Registry, load_registry
    from conformance.contract.selection import UnknownName, selected, terms

    options.use_packs(pack)
    registry = load_registry()
    try:
        ids = selected(registry, terms([name] if name else [], level=level))
        chosen = Registry({id: registry[id] for id in ids}, registry.areas)
    except UnknownName as unknown:
        raise TargetError(str(unknown)) from None
    if json:
        from conformance.cli.explain import as_json

        typer.echo(as_json(list(chosen.values())))
        return
    found = chosen.by_area()
    width = max(map(len, found if areas else chosen), default=0)
    for area, members in found.items():
        if areas:
            typer.echo(f"{len(members):4}  {area:{width}}  {registry.areas[area]}")
            continue
        typer.echo(f"{area}: {registry.areas[area]}")
        for requirement in members:
            typer.echo(f"  {requirement.level:6}  {requirement.id:{width}}  {requirement.statement}")
