"""Implements `conformance report`, which regenerates the reports of a run file.

The commands `run` and `judge` write their reports with the function `show` of the module `conformance.cli.report`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import gate, options

if TYPE_CHECKING:
    from conformance.acceptance import QualityGate
    from conformance.record import RedactedRun
    from conformance.verdict import Ending


def report(
    run: Annotated[Path, typer.Argument(help="A run.ndjson or its folder; it may be incomplete.")],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print report.json on stdout instead of the summary.")] = False,
    pack: options.Packs = None,
    waivers: gate.Waivers = None,
    fail_on: gate.FailOnFlag = None,
    expired: gate.Expired = None,
    stale: gate.Stale = None,
    flaky: gate.Flaky = None,
    edition: gate.EditionFlag = None,
) -> None:
    """Regenerate the reports of a run in the folder of its run.ndjson.

    An exit code of `conformance report` has the same meaning as the same exit code of `conformance run`.
    """
    from conformance.record import read_run

    options.use_packs(pack)
    decider = gate.gate_of(
        gate.gate_options(waivers=waivers, fail_on=fail_on, expired=expired, stale=stale, flaky=flaky, edition=edition)
    )
    file = run / "run.ndjson" if run.is_dir() else run
    raise typer.Exit(show(read_run(file), file.parent, quiet=quiet, json=json, decider=decider, judged=False))


def show(
    run: RedactedRun,
    folder: Path,
    *,
    quiet: bool = False,
    json: bool = False,
    ending: Ending | None = None,
    more: Sequence[str] = (),
    decider: QualityGate | None = None,
    judged: bool = True,
) -> int:
    """Write all reports and the manifest of a run into a folder, and print the summary or the JSON report.

    Return the exit code of the command.

    `ending` says why and how the run ended. `ending` is needed only if the suite failed while it wrote the run file:
    the incomplete run file then has no ending. `more` lists sentences that are added to the summary. `decider` is the
    gate that decides whether the run passes. `judged` is true if this command wrote the run file, and false if an
    earlier command wrote it: the manifest's entry for the run file then stays unchanged.

    Raises `TargetError` if the folder cannot be written.
    """
    from conformance.config.saved_case import FOLDER
    from conformance.config.target import TargetError
    from conformance.contract.registry import load_registry
    from conformance.record.manifest import list_files
    from conformance.report import write_model
    from conformance.report.model import build_model

    model = build_model(run, load_registry(), decider)
    if ending is not None:
        model = replace(model, ending=ending, exit_code=ending.code)
    try:
        reports = write_model(model, folder)
        list_files(folder, FOLDER, reports.values(), judged=judged)
    except OSError as error:
        raise TargetError(f"The reports cannot be written to {folder} ({error.strerror})") from None
    if json:
        typer.echo(reports["json"].read_text(encoding="utf-8"))
    elif not quiet:
        from conformance.report.terminal import console, print_summary

        print_summary(model, console(), reports, more)
    return int(model.exit_code)
