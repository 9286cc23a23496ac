"""`conformance list`: every requirement, by area."""

from __future__ import annotations

from typing import Annotated

import typer


def list_requirements(
    prefix: Annotated[str, typer.Argument(metavar="[PREFIX]", help="Only ids that begin so.", show_default=False)] = "",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the requirements: level, id, statement."""
    from conformance.contract.registry import load_registry
    from conformance.target.target import TargetError

    chosen = [requirement for requirement in load_registry().values() if requirement.id.startswith(prefix)]
    if not chosen:
        raise TargetError(f"no requirement begins with {prefix!r}. `conformance list` shows them all")
    if json:
        import json as encoder

        rows = [
            {"id": r.id, "level": str(r.level), "contract": r.contract, "area": r.area, "statement": r.statement}
            for r in chosen
        ]
        typer.echo(encoder.dumps(rows, indent=2, ensure_ascii=False))
        return
    width = max(len(requirement.id) for requirement in chosen)
    for requirement in chosen:
        typer.echo(f"{requirement.level:6}  {requirement.id:{width}}  {requirement.statement}")
