"""Implements `conformance baseline`, which writes and updates a waivers file with the known violations."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import options
from conformance.cli.usage import Commands

if TYPE_CHECKING:
    from conformance.acceptance import Configuration, Waiver
    from conformance.record import RedactedRun
    from conformance.report.baseline import BaselineFile

app = typer.Typer(
    cls=Commands, rich_markup_mode=None, help="Write and update the violations that are known.", no_args_is_help=True
)

Runs = Annotated[list[Path], typer.Argument(help="Complete runs of one target: run.ndjson files, or their folders.")]


@app.command("write")
def write(
    runs: Runs,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="The file to write; it must not exist.")],
    edition: Annotated[
        str | None, typer.Option("--edition", metavar="NAME", help="Edition of the baseline. Default: the newest.")
    ] = None,
    waivers: Annotated[
        list[str] | None,
        typer.Option("--waivers", metavar="FILE", help="Leave out what these waivers accept. Repeatable."),
    ] = None,
    pack: options.Packs = None,
) -> None:
    """Write the violations of runs as a baseline, which is a waivers file whose entries have origin = "baseline".

    A baseline of several runs has each violation that occurs in at least one of the runs. A baseline of several runs is
    useful if the target's answers vary from run to run.
    """
    from conformance.acceptance import read_waivers
    from conformance.contract.editions import edition_named, newest_edition
    from conformance.contract.registry import load_registry
    from conformance.options import TargetError
    from conformance.report.baseline import entry_of, unjudged_in, violations_in

    options.use_packs(pack)
    if to.exists():
        raise TargetError(f"{to} exists. `conformance baseline update {to} RUN` updates it, or choose another file")
    registry = load_registry()
    chosen = edition_named(edition) if edition else newest_edition()
    accepted = [waiver for name in waivers or () for waiver in read_waivers(Path(name), registry).waivers]
    read, configuration = _read(runs)
    violations = violations_in(read, registry, chosen).values()
    entries = [entry_of(each) for each in violations if not any(waiver.covers(each) for waiver in accepted)]
    _write(to, _file(chosen.name, len(read), configuration, tuple(entries), unjudged_in(read)))
    ids = len({each.id for each in entries})
    typer.echo(
        f"{to}: {_counted(entries)} of {ids} {'requirement' if ids == 1 else 'requirements'}, edition {chosen.name}"
    )
    typer.echo(f"A run with --waivers {to} fails on what is not in it.")


@app.command("update")
def update(
    file: Annotated[Path, typer.Argument(help="The baseline.")],
    runs: Runs,
    add_new: Annotated[
        bool, typer.Option("--add-new", help="Also add violations that the baseline does not have.")
    ] = False,
    pack: options.Packs = None,
) -> None:
    """Remove the entries of a baseline whose violations no longer occur in any of the runs.

    New violations are added to the baseline only with --add-new.
    """
    from conformance.acceptance import Policy, QualityGate, read_waivers
    from conformance.contract.editions import edition_named
    from conformance.contract.registry import load_registry
    from conformance.options import TargetError
    from conformance.report.baseline import unjudged_in, updated, violations_in
    from conformance.report.model import build_model

    options.use_packs(pack)
    registry = load_registry()
    old = read_waivers(file, registry)
    if old.configuration is None or not old.edition:
        raise TargetError(f"{file} is not a baseline, which has an edition and a [baseline] table. Write one first")
    edition = edition_named(old.edition)
    read, configuration = _read(runs)
    _same(old.configuration, configuration, f"{file} is of runs")
    decider = QualityGate(Policy(), datetime.now(UTC).date(), old.waivers, edition, old.configuration, old.unjudged)
    gated = [model.gated for run in read if (model := build_model(run, registry, decider)).gated]
    still = [name for name in unjudged_in(read) if name in old.unjudged]
    found = updated(
        old.waivers, [each for each in gated if each], violations_in(read, registry, edition), still, add=add_new
    )
    _write(file, _file(edition.name, len(read), configuration, (*found.kept, *found.added), found.unjudged))
    for waiver in found.removed:
        typer.echo(f"removed  {waiver.subject}")
    for waiver in found.added:
        typer.echo(f"added    {waiver.subject}")
    for violation in found.left_out:
        typer.echo(f"not added {violation.requirement} by {violation.symptom} (--add-new adds it)")
    typer.echo(f"{file}: {len(found.removed)} removed, {len(found.added)} added, {_counted(found.kept)} kept")


def _counted(entries: list[Waiver] | tuple[Waiver, ...]) -> str:
    return f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"


def _read(paths: list[Path]) -> tuple[list[RedactedRun], Configuration]:
    """Return the runs and their common configuration. Raises `TargetError` if they cannot be a baseline together."""
    from conformance.acceptance import Configuration
    from conformance.options import TargetError
    from conformance.record import read_run
    from conformance.report.baseline import why_no_baseline

    read = []
    for path in paths:
        run = read_run(path / "run.ndjson" if path.is_dir() else path)
        if why := why_no_baseline(run):
            raise TargetError(f"The run in {path} cannot be a baseline: {why}. Make a complete run")
        read.append(run)
    first = Configuration.of(read[0].header)
    for path, run in zip(paths[1:], read[1:], strict=True):
        _same(first, Configuration.of(run.header), f"{paths[0]} and {path} were made differently: the first")
    return read, first


def _same(one: Configuration, other: Configuration, said: str) -> None:
    from conformance.options import TargetError

    if differs := one.differences(other):
        raise TargetError(f"{said} with {'; '.join(differs)}. A baseline is of runs that were made alike")


def _file(
    edition: str, runs: int, configuration: Configuration, waivers: tuple[Waiver, ...], unjudged: tuple[str, ...]
) -> BaselineFile:
    from conformance import __version__
    from conformance.record.records import now
    from conformance.report.baseline import BaselineFile

    return BaselineFile(edition, __version__, now(), runs, configuration, waivers, unjudged)


def _write(path: Path, file: BaselineFile) -> None:
    """Write the file at once. Raises `TargetError` if it cannot be written."""
    from conformance.options import TargetError

    beside = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        beside.write_text(file.text(), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise TargetError(f"{path} cannot be written ({error.strerror})") from None
