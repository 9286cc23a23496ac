"""`conformance explain`: one requirement with its source, its check, its impact and how to fix it."""

from __future__ import annotations

from typing import Annotated

import typer


def explain(requirement: Annotated[str, typer.Argument(help="Id of a requirement.")]) -> None:
    """Explain one requirement."""
    from difflib import get_close_matches

    from conformance.contract.registry import load_registry
    from conformance.target.target import TargetError

    registry = load_registry()
    known = {item.id: item for item in registry.values()}
    if requirement not in known:
        near = get_close_matches(requirement, known, n=3, cutoff=0.4)
        hint = f"Did you mean {', '.join(near)}?" if near else "`conformance list` shows them all."
        raise TargetError(f"no requirement {requirement!r}. {hint}")
    found = known[requirement]
    rows = [
        ("level", str(found.level)),
        ("contract", f"{found.contract}, {found.area}"),
        ("basis", str(found.basis)),
        ("source", found.source),
        ("impact", found.impact),
        ("fix", found.fix),
        ("feature", found.feature or "needed by every endpoint"),
        ("model", f"{found.model} dependence on what the model says"),
        ("check", _check(found.id)),
    ]
    typer.echo(f"{found.id}\n  {found.statement}\n")
    for name, value in rows:
        typer.echo(f"  {name:9} {value}")
    typer.echo(f"\n  conformance run URL --only {found.id}")


def _check(requirement: str) -> str:
    """Where the check is written."""
    from pathlib import Path

    import conformance.checks

    root = Path(conformance.checks.__file__).parent
    for file in sorted(root.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if f'"{requirement}"' in text:
            line = text[: text.index(f'"{requirement}"')].count("\n") + 1
            return f"conformance/checks/{file.relative_to(root).as_posix()}:{line}"
    stem = requirement.partition(".")[2]
    for file in sorted(root.rglob("*.py")):
        if f'"{stem}"' in file.read_text(encoding="utf-8"):
            return f"conformance/checks/{file.relative_to(root).as_posix()}"
    return "none"
