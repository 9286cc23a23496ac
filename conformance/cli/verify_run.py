"""Replays the recorded run in a folder, and compares its verdicts with the run file and the report."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from conformance.auditing.replay_differences import ReplayComparison
    from conformance.record import RedactedRun

LIMITS = "The manifest is not a signature: this does not prove who wrote the files, or that the exchanges took place."


def tell(lines: list[str] | tuple[str, ...]) -> None:
    """Print lines in a form that is safe for the terminal, because their text may come from untrusted files."""
    from conformance.cli.say import harmless

    for line in lines:
        typer.echo(harmless(line))


def judged_again(folder: Path, profile: str | None, spec: str | None) -> ReplayComparison:
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
