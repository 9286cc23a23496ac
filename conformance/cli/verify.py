"""Implements `conformance verify`, which proves that a run folder is unchanged and that its verdicts follow from it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conformance.cli import options

if TYPE_CHECKING:
    from conformance.auditing.replay_differences import ReplayComparison
    from conformance.record import RedactedRun

_LIMITS = "The manifest is not a signature: this does not prove who wrote the files, or that the exchanges took place."


def verify(
    folder: Annotated[Path, typer.Argument(help="The folder of a run.")],
    profile: options.Profile = None,
    spec: options.Spec = None,
    pack: options.Packs = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only differences and errors.")] = False,
) -> None:
    """Compare a run folder with its manifest, and judge its recorded exchanges again.

    The command proves that the files are unchanged since the manifest was written, and that the verdicts in run.ndjson
    and report.json follow from the recorded exchanges. The result does not prove that the exchanges took place.

    The exit code is 0 if nothing differs, 1 if something differs, and 2 if the folder cannot be read or judged again.
    """
    from conformance.cli.say import harmless
    from conformance.config.target import TargetError
    from conformance.contract.errors import SpecError
    from conformance.record import RunFileError
    from conformance.record.locks import is_locked
    from conformance.record.manifest import changes_since, read_manifest

    options.use_packs(pack)
    file = folder / "run.ndjson"
    if is_locked(file):
        raise TargetError(f"{folder} is the folder of a run that still runs. Verify it when the run has ended")
    manifest = read_manifest(folder)
    differences = changes_since(manifest, folder)
    _tell(differences)
    try:
        comparison = _judged_again(folder, profile, spec)
    except (TargetError, SpecError, RunFileError) as error:
        if not differences:
            raise
        _tell([f"not judged again: {error}"])
        raise typer.Exit(1) from None
    _tell(comparison.differences)
    if differences or comparison.differences:
        _tell(_versions(folder, manifest.suite_version) if comparison.differences else [])
        raise typer.Exit(1)
    if quiet:
        return
    typer.echo(
        harmless(f"{len(manifest.files)} files are unchanged since the manifest was written at {manifest.created}.")
    )
    typer.echo(f"{comparison.judged} verdicts follow from the recorded exchanges; report.json agrees with them.")
    if comparison.not_judged:
        typer.echo(
            f"{comparison.not_judged} cases were not judged, such as those after the end of a budget; a replay cannot show why."
        )
    typer.echo(_LIMITS)


def _tell(lines: list[str] | tuple[str, ...]) -> None:
    from conformance.cli.say import harmless

    for line in lines:
        typer.echo(harmless(line))


def _judged_again(folder: Path, profile: str | None, spec: str | None) -> ReplayComparison:
    """Replay the run in a folder, and compare the verdicts of the replay, of the run file and of the report.

    Raises `TargetError`, `SpecError` or `RunFileError` if the run cannot be judged again.
    """
    from conformance.auditing.replay_differences import compare_verdicts
    from conformance.config.target import TargetError
    from conformance.record import read_run, recorded_run

    file = folder / "run.ndjson"
    recorded = recorded_run(file)
    if recorded is None:
        read_run(file)  # tells a damaged or missing file
        raise TargetError(
            f"{folder} holds a judged recording of another program, which cannot be judged again, because its run file "
            "has only the exchanges that verdicts cite. Judge the recording again with `conformance judge`"
        )
    comparison = compare_verdicts(recorded, _replayed(recorded, file, profile, spec))
    return replace(comparison, differences=(*comparison.differences, *_of_report(recorded, folder)))


def _replayed(recorded: RedactedRun, file: Path, profile: str | None, spec: str | None) -> RedactedRun:
    """Judge a recorded run again in a temporary folder, and return the run with its new verdicts."""
    from tempfile import TemporaryDirectory

    from conformance.auditing.conduct import judge
    from conformance.checks.index import checks
    from conformance.config.profile import load_profile
    from conformance.config.target import TargetError
    from conformance.config.user_document import with_document
    from conformance.judging.recorded_target import recorded_target
    from conformance.record import read_run
    from conformance.verdict import ExitCode

    checks()
    with ExitStack() as stack:
        chosen = load_profile(profile) if profile else None
        target = recorded_target(recorded.header, file.parent, chosen, documented=spec is not None)
        if spec is not None:
            target = replace(target, profile=with_document(target.profile, spec, stack), spec=spec)
        only = [str(name) for name in recorded.header.settings.get("only") or ()]
        empty = Path(stack.enter_context(TemporaryDirectory()))
        audited = judge(recorded, file, target, empty, only=only)
        if audited.interrupted:
            raise typer.Exit(ExitCode.INTERRUPTED)
        if audited.trouble:
            raise TargetError(f"The run could not be judged again, because the suite itself failed: {audited.trouble}")
        return read_run(empty / "run.ndjson")


def _of_report(recorded: RedactedRun, folder: Path) -> list[str]:
    """Compare report.json, if the folder has one, with the report that follows from the run file."""
    from conformance.contract.registry import load_registry
    from conformance.report.model import build_model
    from conformance.report.report_differences import report_differences

    file = folder / "report.json"
    if not file.is_file():
        return ["report.json is missing, so its verdicts were not compared"]
    try:
        return report_differences(file, build_model(recorded, load_registry()))
    except OSError as error:
        return [f"report.json cannot be read ({error.strerror})"]


def _versions(folder: Path, manifest: str) -> list[str]:
    """Return a note if other versions of the suite made the run and its manifest, which may explain differences."""
    from conformance import __version__
    from conformance.record import read_run

    others = sorted({read_run(folder / "run.ndjson").header.suite_version, manifest} - {__version__})
    if not others:
        return []
    return [
        f"note: the run was made by version {' and '.join(others)}, and this is version {__version__}; "
        "differences may come from changed checks. Verify with the version of the run"
    ]
