"""Implements `conformance diff` and `conformance compare`, which show the differences between runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from conformance.record import RedactedRun


def _read(path: Path) -> RedactedRun:
    """Return the run in a run file or report folder."""
    from conformance.record import read_run

    return read_run(path / "run.ndjson" if path.is_dir() else path)


def diff(
    old: Annotated[Path, typer.Argument(help="The run.ndjson of the earlier run, or its folder.")],
    new: Annotated[Path, typer.Argument(help="The run.ndjson of the later run, or its folder.")],
) -> None:
    """Show which requirements got worse and which got better between two runs. Exit code 1 if a requirement got worse."""
    from conformance.cli.say import harmless
    from conformance.report.compare import diff as changes_between
    from conformance.verdict import ExitCode, described

    changes = changes_between(_read(old), _read(new))
    width = max((len(change.requirement) for change in changes), default=0)
    for change in changes:
        word = "worse " if change.worse else "better" if change.better else "other "
        before, after = (described(each) if each else "—" for each in (change.before, change.after))
        typer.echo(f"{word}  {harmless(change.requirement):{width}}  {before} → {after}")
    worse = sum(change.worse for change in changes)
    typer.echo(f"{worse} worse, {sum(change.better for change in changes)} better, {len(changes)} changed")
    raise typer.Exit(ExitCode.BROKEN if worse else ExitCode.CONFORMS)


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Two or more run.ndjson files, or their folders.")],
) -> None:
    """Compare several runs as a Markdown table of requirements and targets; differing rows come first."""
    from conformance.config.target import TargetError
    from conformance.report.compare import matrix
    from conformance.report.safe_text import markdown_text
    from conformance.report.wording import MEANINGS

    if len(runs) < 2:
        raise TargetError("compare needs two runs at least; give their folders")
    read = [_read(path) for path in runs]
    names = [markdown_text(f"{run.header.target.url} {run.header.target.model}".strip()) for run in read]
    typer.echo(f"| requirement | {' | '.join(names)} |")
    typer.echo("|---" * (len(names) + 1) + "|")
    for requirement, row in matrix(read):
        cells = (f"{MEANINGS[outcome].glyph} {MEANINGS[outcome].label}" if outcome else "not tested" for outcome in row)
        typer.echo(f"| {markdown_text(requirement)} | {' | '.join(cells)} |")
