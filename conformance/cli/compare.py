"""Implements `conformance diff` and `conformance compare`, which show the differences between runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import gate, options

if TYPE_CHECKING:
    from conformance.record import RedactedRun


def _read(path: Path) -> RedactedRun:
    """Return the run in a run file or report folder."""
    from conformance.record import read_run

    return read_run(path / "run.ndjson" if path.is_dir() else path)


def diff(
    old: Annotated[Path, typer.Argument(help="The run.ndjson of the earlier run, or its folder.")],
    new: Annotated[Path, typer.Argument(help="The run.ndjson of the later run, or its folder.")],
    fail_on: gate.FailOnFlag = None,
    edition: gate.EditionFlag = None,
    json: Annotated[bool, typer.Option("--json", help="Print the changes as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a comment for a pull request.")] = False,
    pack: options.Packs = None,
) -> None:
    """Compare two runs of one target: new, fixed and known violations, and requirements that are no longer judged.

    The exit code is 0 if nothing fails, 1 if a MUST is newly broken or no longer offered, and 2 if the runs cannot be
    compared.
    """
    from conformance.acceptance import FailOn
    from conformance.cli.say import fault
    from conformance.contract.editions import edition_named
    from conformance.contract.registry import load_registry
    from conformance.report.changes import compare_runs
    from conformance.report.changes_text import changes_json, changes_lines, changes_markdown, changes_sentence
    from conformance.report.safe_text import for_terminal
    from conformance.verdict import ExitCode

    options.use_packs(pack)
    chosen = gate.gate_options(fail_on=fail_on, edition=edition)
    policy = FailOn(chosen["fail_on"] or FailOn.MUST)
    later = _read(new)
    counted = edition_named(chosen["edition"]) if chosen["edition"] else None
    found = compare_runs(_read(old), later, load_registry(), counted)
    if json:
        typer.echo(changes_json(found, policy), nl=False)
    elif markdown:
        target = later.header.target
        title = str(later.header.settings.get("name") or target.url)
        typer.echo(changes_markdown(found, f"{title} {target.model}".strip(), policy), nl=False)
    elif not found.refused:
        for line in changes_lines(found, policy):
            typer.echo(for_terminal(line))
    if found.refused:
        fault(changes_sentence(found, policy))
        raise typer.Exit(ExitCode.USAGE)
    raise typer.Exit(ExitCode.BROKEN if found.failing(policy) else ExitCode.CONFORMS)


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Two or more run.ndjson files, or their folders.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for comparison.html, .md, .json and .csv.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option("--reference", metavar="NAME", help="Compare the others with this run: its name, or its folder."),
    ] = None,
    store: Annotated[
        Path | None, typer.Option("--store", metavar="STORE", help="Show the trend of each target in this store.")
    ] = None,
    pack: options.Packs = None,
) -> None:
    """Compare the runs of several targets: totals, areas, and requirements for which the targets differ.

    A requirement that could not be judged for a target does not count against the target. With --reference, the
    comparison states for each requirement what is expected, and what the reference and the candidate do. With
    --reference, the fields, headers and events of responses to equal requests are compared, too.
    """
    from os.path import relpath

    from conformance.cli.reference import compared_with, place_of, reference_files
    from conformance.config.target import TargetError
    from conformance.contract.registry import load_registry
    from conformance.report.compare import compare as compared
    from conformance.report.compare_html import comparison_html
    from conformance.report.compare_text import comparison_csv, comparison_json, comparison_markdown
    from conformance.report.model import build_model

    options.use_packs(pack)
    if len(runs) < 2:
        raise TargetError("compare needs two runs at least; give their folders")
    registry = load_registry()
    folders = [path if path.is_dir() else path.parent for path in runs]
    links = [relpath(folder, output) if output and (folder / "report.html").is_file() else "" for folder in folders]
    read = [_read(path) for path in runs]
    models = [build_model(run, registry) for run in read]
    found = compared(models, links)
    files = {
        "comparison.html": comparison_html(found, _trends(store, read) if store else ()),
        "comparison.md": comparison_markdown(found),
        "comparison.json": comparison_json(found),
        "comparison.csv": comparison_csv(found),
    }
    typer.echo(files["comparison.md"], nl=False)
    if reference is not None:
        names = [column.name for column in found.columns]
        place = place_of(reference, names, [str(folder) for folder in folders])
        files |= reference_files(compared_with(place, names, models, links))
        typer.echo(f"\n{files['reference.md']}", nl=False)
    if output is None:
        return
    output.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (output / name).write_text(text, encoding="utf-8")


def _trends(store: Path, runs: Sequence[RedactedRun]) -> list[str]:
    """Return the trend of each run's target in a store."""
    from conformance.store.ask import opened
    from conformance.store.history import read_history
    from conformance.store.history_text import trend_text
    from conformance.store.layout import StoreLayout, series_of

    with opened(StoreLayout(store)) as known:
        histories = {each.series: each for each in read_history(known)}
    return [trend_text(histories.get(series_of(run.header))) for run in runs]
