"""Implements `conformance verify`, which proves that a run folder is unchanged and that its verdicts follow from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from conformance.cli import options
from conformance.cli.verify_run import LIMITS, judged_again, tell
from conformance.fleet.layout import FleetLayout


def verify(
    folder: Annotated[Path, typer.Argument(help="The folder of a run, or the output folder of several audits.")],
    profile: options.Profile = None,
    spec: options.Spec = None,
    pack: options.Packs = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only differences and errors.")] = False,
) -> None:
    """Compare a run folder with its manifest, and judge its recorded exchanges again.

    `conformance verify` proves that the files are unchanged since the manifest was written, and that the verdicts in
    run.ndjson and report.json follow from the recorded exchanges. `conformance verify` does not prove that the
    exchanges in the run file really took place.

    The exit code is 0 if nothing differs, 1 if something differs, and 2 if the folder cannot be read or judged again.
    """
    from conformance.cli.say import harmless
    from conformance.config.target import TargetError
    from conformance.contract.errors import SpecError
    from conformance.record import RunFileError
    from conformance.record.locks import is_locked
    from conformance.record.manifest import changes_since, read_manifest

    options.use_packs(pack)
    if FleetLayout(folder).audits.is_file():
        from conformance.cli.verify_several import verify_several

        raise typer.Exit(verify_several(folder, profile=profile, spec=spec, quiet=quiet))
    file = folder / "run.ndjson"
    if is_locked(file):
        raise TargetError(f"{folder} is the folder of a run that still runs. Verify it when the run has ended")
    manifest = read_manifest(folder)
    differences = changes_since(manifest, folder)
    tell(differences)
    try:
        comparison = judged_again(folder, profile, spec)
    except (TargetError, SpecError, RunFileError) as error:
        if not differences:
            raise
        tell([f"not judged again: {error}"])
        raise typer.Exit(1) from None
    tell(comparison.differences)
    if differences or comparison.differences:
        tell(_versions(folder, manifest.suite_version) if comparison.differences else [])
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
    typer.echo(LIMITS)


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
