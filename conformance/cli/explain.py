"""`conformance explain`: one requirement with its source, its check, its impact and how to fix it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from conformance.config.depth import Depth

if TYPE_CHECKING:
    from conformance.contract.requirement import Requirement


def explain(requirement: Annotated[str, typer.Argument(help="Id of a requirement.")]) -> None:
    """Explain one requirement."""
    from difflib import get_close_matches

    from conformance.config.target import TargetError
    from conformance.contract.registry import load_registry

    registry = load_registry()
    known = {item.id: item for item in registry.values()}
    if requirement not in known:
        near = get_close_matches(requirement, known, n=3, cutoff=0.4)
        hint = f"Did you mean {', '.join(near)}?" if near else "`conformance list` shows them all."
        raise TargetError(f"no requirement {requirement!r}. {hint}")
    found = known[requirement]
    rows = [
        ("level", str(found.level)),
        ("contract", found.contract),
        ("area", f"{found.area} ({registry.areas[found.area]})"),
        ("basis", str(found.basis)),
        ("source", found.source),
        ("impact", found.impact),
        ("fix", found.fix),
        ("feature", found.feature or "needed by every endpoint"),
        ("model", f"{found.model} dependence on what the model says"),
        ("check", check_of(found)),
    ]
    typer.echo(f"{found.id}\n  {found.statement}\n")
    for name, value in rows:
        typer.echo(f"  {name:9} {value}")
    typer.echo(f"\n  conformance run URL --only {found.id}")


def check_of(requirement: Requirement) -> str:
    """Where the check is written, and what it waits for."""
    from conformance.checks.index import Kind, by_requirement

    if requirement.excluded:
        return f"none: {requirement.excluded}"
    check = by_requirement()[requirement.id]
    waits = " and ".join(check.probes)
    what = {
        Kind.PROBES: f"judges the probe{'s' if len(check.probes) > 1 else ''} {waits}",
        Kind.INVARIANT: "judges every exchange of a run",
        Kind.TALLIED: f"judges every exchange of a run{f' and the probe {waits}' if waits else ''}",
    }
    depth = "" if check.depth is Depth.QUICK else f", from --depth {check.depth} on"
    return f"{check.place} {check.function} ({what[check.kind]}{depth})"
