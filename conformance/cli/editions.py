"""Implements `conformance editions`, which lists the editions of requirements and compares two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from conformance.contract.editions import Edition

NOW = "now"


def editions(
    before: Annotated[str, typer.Argument(metavar="[A]", help="Compare this edition with B.", show_default=False)] = "",
    after: Annotated[
        str, typer.Argument(metavar="[B]", help="Edition, or now: this version of the suite.", show_default="now")
    ] = "",
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the editions, or compare two of them.

    A gate counts only the requirements of one edition, with the levels that they have in this edition.
    """
    from conformance.contract.editions import changes, load_editions, newest_edition
    from conformance.verdict import Level

    if before:
        one, other = _edition(before), _edition(after or NOW)
        found = changes(one, other)
        if json:
            _print([{"requirement": each.requirement, "before": each.before, "after": each.after} for each in found])
            return
        for each in found:
            kind = "added  " if each.before is None else "removed" if each.after is None else "changed"
            typer.echo(f"{kind}  {each.before or '—':6} → {each.after or '—':6}  {each.requirement}")
        typer.echo(
            f"{one.name} has {len(one.levels)} requirements, {other.name} has {len(other.levels)}; {len(found)} differ"
        )
        return
    everything = load_editions()
    counts = {
        edition.name: {str(level): list(edition.levels.values()).count(level) for level in Level}
        for edition in everything.values()
    }
    if json:
        newest = newest_edition().name
        contracts = {edition.name: edition.contracts for edition in everything.values()}
        _print(
            [
                {"edition": name, "newest": name == newest, "levels": levels, "contracts": list(contracts[name])}
                for name, levels in counts.items()
            ]
        )
        return
    for name, levels in counts.items():
        said = ", ".join(f"{number} {level}" for level, number in levels.items())
        mark = "  (newest)" if name == newest_edition().name else ""
        newer = sum(each.before is None for each in changes(everything[name], _edition(NOW)))
        typer.echo(f"{name}  {sum(levels.values())} requirements: {said}; {newer} newer run unscored{mark}")


def _edition(name: str) -> Edition:
    from conformance.contract.editions import current, edition_named
    from conformance.contract.registry import load_registry

    return current(load_registry(), NOW) if name == NOW else edition_named(name)


def _print(data: object) -> None:
    from json import dumps

    typer.echo(dumps(data, indent=2))
