"""Verifies the output folder of several audits: its manifest, and every run in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from conformance import __version__
from conformance.cli.verify_run import LIMITS, judged_again, tell
from conformance.fleet import FleetLayout
from conformance.fleet.layout import COMPARISON, DOCUMENT, REFERENCE

if TYPE_CHECKING:
    from collections.abc import Iterator


def verify_several(folder: Path, *, profile: str | None, spec: str | None, quiet: bool) -> int:
    """Compare the folder with its manifest, judge every run in it again, and derive the comparison again.

    Return the exit code: 0 if all files and verdicts are as recorded, 1 if any of them differs. Raises `RunFileError`
    if the manifest is missing.
    """
    from conformance.cli.say import harmless
    from conformance.config.target import TargetError
    from conformance.contract.errors import SpecError
    from conformance.record import RunFileError
    from conformance.record.manifest import changes_since, read_manifest

    layout = FleetLayout(folder)
    manifest = read_manifest(folder)
    differences = changes_since(manifest, folder)
    runs = sorted({name.partition("/")[0] for name in manifest.files if name.endswith("/run.ndjson")})
    judged = 0
    for name in runs:
        run = layout.run_folder(name)
        try:
            differences += [f"{name}: {said}" for said in changes_since(read_manifest(run), run)]
            comparison = judged_again(run, profile, spec)
        except (TargetError, SpecError, RunFileError) as error:
            differences.append(f"{name}: not judged again: {error}")
            continue
        judged += comparison.judged
        differences += [f"{name}: {said}" for said in comparison.differences]
    same_version = manifest.suite_version == __version__
    differences += _comparison(layout) if same_version else ()
    tell(differences)
    if differences:
        return 1
    if not quiet:
        if not same_version:
            said = f"version {manifest.suite_version} wrote the comparison and the document, and this is {__version__}"
            tell([f"note: the comparison and the document were not derived again, because {said}"])
        said = f"{len(manifest.files)} files are unchanged since the manifest was written at {manifest.created}."
        typer.echo(harmless(said))
        typer.echo(f"{judged} verdicts of {len(runs)} runs follow from the recorded exchanges.")
        typer.echo(LIMITS)
    return 0


def _comparison(layout: FleetLayout) -> Iterator[str]:
    """Compare the comparison and the document with those that follow from the runs in the folder."""
    from conformance.cli.several_files import compared, report_in
    from conformance.record import RunFileError

    try:
        summary = json.loads((layout.root / "summary.json").read_text(encoding="utf-8"))
        names = [str(each["name"]) for each in summary["targets"] if each["report"]]
        again = compared(layout, [name for name in names if report_in(layout.run_folder(name))], _reference(layout))
    except (OSError, ValueError, KeyError, TypeError, RunFileError) as error:
        yield f"the comparison and the document were not derived again: {error}"
        return
    for name in (*COMPARISON, *REFERENCE, DOCUMENT):
        file = layout.root / name
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None
        if text != again.get(name):
            yield f"{name} does not follow from the runs in the folder"


def _reference(layout: FleetLayout) -> str:
    """Return the audit with which the others were compared; "" if there is none. Raises `KeyError` if the file lacks it."""
    file = next(layout.root / name for name in REFERENCE if name.endswith(".json"))
    return str(json.loads(file.read_text(encoding="utf-8"))["reference"]["folder"]) if file.is_file() else ""
