"""Implements `conformance explain`, which shows one requirement with all details, or an area with its requirements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import options
from conformance.config.depth import Depth

if TYPE_CHECKING:
    from conformance.contract.registry import Registry
    from conformance.contract.requirement import Requirement


def explain(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A requirement (chat.stop.limit) or an area (chat.stop).")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    pack: options.Packs = None,
    docs_url: Annotated[
        str,
        typer.Option(
            envvar="CONFORMANCE_DOCS_URL", metavar="URL", help="Documentation site with a page for each requirement."
        ),
    ] = "",
) -> None:
    """Explain one requirement, or an area with its requirements."""
    from conformance.config.target import TargetError
    from conformance.contract.registry import load_registry
    from conformance.contract.selection import UnknownName, selected

    options.use_packs(pack)
    registry = load_registry()
    try:
        found = [registry[each] for each in selected(registry, [name])]
    except UnknownName:
        raise TargetError(_unknown(registry, name)) from None
    if json:
        typer.echo(as_json(found))
    elif [each.id for each in found] == [name]:
        _show(found[0], registry.areas, pack or (), docs_url)
    else:
        _show_area(name, found, registry.areas)


def _unknown(registry: Registry, name: str) -> str:
    """Return what a user reads who asked for a name that no requirement and no area has."""
    from conformance.causes import SymptomKind
    from conformance.contract.selection import near_names

    near = near_names(registry, name)
    meant = f"Did you mean {', '.join(near)}? " if near else ""
    if name.isdigit() or name.startswith(tuple(f"{kind}-" for kind in SymptomKind)):
        return (
            f"{name!r} is not a requirement. If it is a cause, report.html explains it and names its requirements, and"
            f" `conformance share RUN {name}` writes its evidence into a zip file. {meant}".rstrip()
        )
    return f"no such requirement or area: {name!r}. {meant}`conformance list --areas` lists the areas"


def as_json(requirements: Sequence[Requirement]) -> str:
    """Return all data about requirements as JSON text; `check` or `feature` is `null` if a requirement has none."""
    import json

    rows = [
        {
            "id": each.id,
            "level": str(each.level),
            "contract": each.contract,
            "area": each.area,
            "statement": each.statement,
            "basis": str(each.basis),
            "source": each.source,
            "impact": each.impact,
            "fix": each.fix,
            "feature": each.feature,
            "model": str(each.model),
            "excluded": each.excluded,
            **_check(each),
        }
        for each in requirements
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _check(requirement: Requirement) -> dict[str, object]:
    from conformance.checks.index import by_requirement

    check = None if requirement.excluded else by_requirement().get(requirement.id)
    if check is None:
        return {"check": None, "probes": [], "depth": None}
    return {"check": check.place, "probes": list(check.probes), "depth": str(check.depth)}


_MODEL = {
    "none": "the verdict does not depend on the quality of the model",
    "low": "the verdict depends a little on the quality of the model",
    "high": "the verdict depends strongly on the quality of the model",
}
"""A sentence for each `ModelDependence`."""


def _show(found: Requirement, areas: Mapping[str, str], packs: Sequence[str], docs_url: str) -> None:
    from conformance.contract.pack import OPENAI
    from conformance.report.requirement_page import page_of

    rows = [
        ("level", str(found.level)),
        ("contract", found.contract),
        ("area", f"{found.area} ({areas[found.area]})"),
        ("basis", str(found.basis)),
        ("source", found.source),
        ("impact", found.impact),
        ("fix", found.fix),
        ("feature", found.feature or "needed by every endpoint"),
        ("model", _MODEL[found.model]),
        ("check", check_of(found)),
    ]
    rows += [("page", page)] if (page := page_of(docs_url, found.id, found.contract)) else []
    typer.echo(f"{found.id}\n  {found.statement}\n")
    for name, value in rows:
        typer.echo(f"  {name:9} {value}")
    profile = "" if found.contract == OPENAI else f" --profile {found.contract}"
    given = "".join(f" --pack {folder}" for folder in packs)
    typer.echo(f"\n  conformance run URL --only {found.id}{profile}{given}")


def _show_area(name: str, found: Sequence[Requirement], areas: Mapping[str, str]) -> None:
    """Show the requirements of an area or another prefix of ids, the most important first."""
    from conformance.verdict import Level

    counts = [(level, sum(each.level is level for each in found)) for level in Level]
    said = ", ".join(f"{number} {level}" for level, number in counts if number)
    typer.echo(f"{name}: {areas.get(name, 'requirements whose ids begin so')}\n  {said}\n")
    width = max(len(each.id) for each in found)
    for level in Level:
        for each in found:
            if each.level is level:
                typer.echo(f"  {each.level:6}  {each.id:{width}}  {each.statement}")
    typer.echo(f"\n  conformance run URL --only {name}")


def check_of(requirement: Requirement) -> str:
    """Return where the check of a requirement is defined, and which probes it needs."""
    from conformance.checks.index import CheckKind, by_requirement

    if requirement.excluded:
        return f"none: {requirement.excluded}"
    check = by_requirement()[requirement.id]
    waits = " and ".join(check.probes)
    what = {
        CheckKind.PROBES: f"judges the probe{'s' if len(check.probes) > 1 else ''} {waits}",
        CheckKind.INVARIANT: "judges every exchange of a run",
        CheckKind.TALLIED: f"judges every exchange of a run{f' and the probe {waits}' if waits else ''}",
    }
    depth = "" if check.depth is Depth.QUICK else f", from --depth {check.depth} on"
    return f"{check.place} {check.function} ({what[check.kind]}{depth})"
