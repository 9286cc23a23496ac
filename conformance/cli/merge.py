"""Implements `conformance merge`, which makes one folder of the folders of all shards."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conformance.cli import options
from conformance.cli.sharding import ShardFile, read_shard_file
from conformance.fleet import FleetAudit, FleetLayout

if TYPE_CHECKING:
    from conformance.report.several import TargetResult


def merge(
    shards: Annotated[list[Path], typer.Argument(help="The folders that `conformance run --all --shard` wrote.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the runs and their comparison.")],
    reference: Annotated[str | None, options.flag("reference")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing; use the exit code.")] = False,
    pack: options.Packs = None,
) -> None:
    """Merge the folders of shards: the result is the folder that one `conformance run --all` writes.

    `conformance merge` compares each folder with its manifest before it copies the runs, and sends no requests. The
    exit codes have the same meaning as for `conformance run`. If the folder of a shard is missing, the targets of the
    shard count as interrupted.
    """
    from conformance.cli.several import reference_of
    from conformance.cli.several_files import start_folder, write_folder
    from conformance.report.safe_text import for_terminal
    from conformance.report.several import code_of, summary_lines

    options.use_packs(pack)
    parts = [_read(FleetLayout(folder)) for folder in shards]
    targets = _targets(parts)
    layout = FleetLayout(output)
    audits = [audit for target in targets for part in parts for audit in part.audits if audit.target == target]
    named = reference_of(reference, audits)
    start_folder(layout, audits, resumed=False)
    for part in parts:
        _copy(part, layout)
    results = [result for target in targets for result in _results(target, parts, layout)]
    write_folder(layout, results, named)
    if not quiet:
        for line in summary_lines(results):
            typer.echo(for_terminal(line))
    raise typer.Exit(code_of(results))


@dataclass(frozen=True, slots=True)
class _Part:
    """The folder of one shard. `codes` has the exit code of each audit, and why it has no report, by its name."""

    layout: FleetLayout
    file: ShardFile
    audits: tuple[FleetAudit, ...]
    codes: Mapping[str, tuple[int, str]]


def _read(layout: FleetLayout) -> _Part:
    """Read the folder of a shard. Raises `TargetError` if it is not one, or if it was changed since the run."""
    from conformance.cli.several_files import read_audits
    from conformance.config.target import TargetError
    from conformance.record.manifest import changes_since, read_manifest

    file = read_shard_file(layout)
    if file is None:
        raise TargetError(f"{layout.root} is not the folder of a shard: it has no shard.json")
    if not layout.manifest.is_file():
        raise TargetError(f"{layout.root} has no manifest, so its run did not end. Resume it with --resume, then merge")
    changes = changes_since(read_manifest(layout.root), layout.root)
    if changes:
        raise TargetError(f"{layout.root} was changed since its run: {changes[0]}, and {len(changes) - 1} more")
    try:
        summary: Any = json.loads((layout.root / "summary.json").read_text(encoding="utf-8"))
        codes = {each["name"]: (int(each["exit_code"]), str(each.get("why") or "")) for each in summary["targets"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TargetError(f"{layout.root / 'summary.json'} cannot be read ({error})") from None
    return _Part(layout, file, read_audits(layout), codes)


def _targets(parts: Sequence[_Part]) -> tuple[str, ...]:
    """Return all targets, in the order of conformance.toml. Raises `TargetError` if the parts do not fit together."""
    from conformance.config.target import TargetError

    first = parts[0]
    seen: dict[int, Path] = {}
    for part in parts:
        if (part.file.shard.count, part.file.targets) != (first.file.shard.count, first.file.targets):
            raise TargetError(
                f"{first.layout.root} and {part.layout.root} are parts of different runs: the number of shards or the"
                " targets differ"
            )
        number = part.file.shard.number
        if number in seen:
            raise TargetError(f"{seen[number]} and {part.layout.root} are both shard {part.file.shard}")
        seen[number] = part.layout.root
    return first.file.targets


def _copy(part: _Part, layout: FleetLayout) -> None:
    import shutil

    from conformance.config.target import TargetError

    try:
        for audit in part.audits:
            folder = part.layout.run_folder(audit.name)
            if folder.is_dir():
                shutil.copytree(folder, layout.run_folder(audit.name))
    except OSError as error:
        raise TargetError(f"{part.layout.root} cannot be copied to {layout.root} ({error})") from None


def _results(target: str, parts: Sequence[_Part], layout: FleetLayout) -> list[TargetResult]:
    """Return the results of a target's audits; of a target whose shard is missing, that it was not audited."""
    from conformance.cli.several_files import report_in
    from conformance.machines.shard import Shard
    from conformance.report.several import TargetResult
    from conformance.verdict import ExitCode

    found = []
    for part in parts:
        for audit in part.audits:
            if audit.target == target:
                folder = layout.run_folder(audit.name)
                code, why = part.codes.get(audit.name, (int(ExitCode.INTERRUPTED), ""))
                shown = str(folder) if folder.is_dir() else ""
                found.append(TargetResult(audit.name, code, shown, report_in(folder), why))
    if found:
        return found
    numbers = {part.file.shard.number for part in parts}
    count = parts[0].file.shard.count
    missing = ", ".join(str(Shard(number, count)) for number in range(1, count + 1) if number not in numbers)
    return [TargetResult(target, ExitCode.INTERRUPTED, why=f"Not audited: shard {missing} is missing.")]
