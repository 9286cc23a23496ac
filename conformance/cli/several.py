"""Implements `conformance run A B C` and `run --all`: several audits with one summary and one exit code.

The gate decides about each audit separately.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from conformance.cli.conductor import Conductor, Finished
from conformance.cli.sharding import ShardFile, of_shard, write_shard_file
from conformance.config.toml_file import DEFAULT_FILE, fleet_table, load_targets
from conformance.fleet import AuditBudget, FleetAudit, FleetLayout, FleetLimits, fleet_limits, list_audits
from conformance.fleet.side_by_side import Crew, run_side_by_side
from conformance.options import OPTIONS, Given, Layer, TargetError, environment

if TYPE_CHECKING:
    from conformance.acceptance import QualityGate
    from conformance.cli.run import Prepared

_OF_ONE = ("case", "name", "model", "key_file", "key_env", "key_cmd", "second_key_env")
"""Options that belong to one target."""
_OF_ALL = ("all", "json", "resume", "output", "alluredir", "reference", "shard", "dask")


@dataclass(frozen=True, slots=True)
class _Fleet:
    """The audits of one command, with the options of each audit by its name."""

    audits: tuple[FleetAudit, ...]
    limits: FleetLimits
    layers: Mapping[str, Layer]
    layout: FleetLayout
    shard: ShardFile | None


def is_several(said: Layer, targets: Sequence[str]) -> bool:
    """Return whether the command line asks for several audits: of several targets, or of several models of one."""
    if len(targets) > 1 or not {"all", "shard", "dask"}.isdisjoint(said):
        return True
    if len(targets) != 1 or "://" in targets[0] or "model" in said or "case" in said:
        return False
    if "resume" in said and not FleetLayout(Path(said["resume"].value)).audits.is_file():
        return False
    file = _config(said)
    return file.is_file() and "models" in load_targets(file).get(targets[0], {})


def audit_each(
    said: Layer,
    targets: Sequence[str],
    *,
    prepare: Callable[[Layer, ExitStack], Prepared],
    audit: Callable[[Layer], Finished] | None = None,
) -> int:
    """Audit the targets side by side, print one summary, and return the exit code for all of them.

    `prepare` checks the options of all audits before the first audit starts. `audit` is the function that conducts one
    audit; by default, each audit runs in a separate process. docs/fleet.md describes the files in the output folder.
    """
    from conformance.cli.several_files import is_finished, read_audits, report_in, spent_in, start_folder, write_folder
    from conformance.report.safe_text import for_terminal
    from conformance.report.several import TargetResult, code_of, summary_json, summary_lines
    from conformance.verdict import ExitCode

    layout = FleetLayout(_root(said))
    earlier = read_audits(layout) if "resume" in said else ()
    fleet = _fleet(said, targets, layout, earlier, prepare)
    if "shard" in said and "reference" in said:
        raise TargetError("--reference needs the audits of all shards. Give --reference to `conformance merge` instead")
    reference = reference_of(said["reference"].value if "reference" in said else None, fleet.audits)
    if "dask" in said:
        from conformance.cli.dask_client import without_key

        prepare = without_key(prepare)
    for name, layer in fleet.layers.items():
        with ExitStack() as stack:
            try:
                prepare(layer, stack)
            except TargetError as error:
                raise TargetError(f"{name}: {error}") from None
    with ExitStack() as stack:
        conductor = Conductor(fleet.layers, layout, audit, quiet="quiet" in said, total=len(fleet.audits))
        crew, limits = conductor.crew(spent_in), fleet.limits
        if "dask" in said:
            crew, limits = _on_dask(said, fleet, conductor, crew, stack, prepare)
        start_folder(layout, fleet.audits, resumed="resume" in said)
        if fleet.shard is not None:
            write_shard_file(layout, fleet.shard)
        results: dict[str, Finished] = {}
        for each in fleet.audits if "resume" in said else ():
            folder = layout.run_folder(each.name)
            code = is_finished(folder, partial(_decider, fleet.layers[each.name], prepare))
            if code is not None:
                results[each.name] = Finished(code, folder)
        spent = [spent_in(done.folder) for done in results.values()]
        results |= run_side_by_side(
            [each for each in fleet.audits if each.name not in results],
            limits,
            crew,
            AuditBudget(
                sum(each.requests or 0 for each in spent),
                sum(each.output_tokens or 0 for each in spent),
                sum(each.cost or 0.0 for each in spent),
            ),
        )
    stopped = any(done.code == ExitCode.INTERRUPTED for done in results.values()) or conductor.interrupted
    left_out = (
        Finished(ExitCode.INTERRUPTED, None)
        if stopped
        else Finished(ExitCode.NOTHING_JUDGED, None, "The budget of all audits is spent.")
    )
    shown = [
        TargetResult(each.name, done.code, str(done.folder or ""), report_in(done.folder), done.why)
        for each in fleet.audits
        for done in [results.get(each.name, left_out)]
    ]
    write_folder(layout, shown, reference)
    if "json" in said:
        typer.echo(summary_json(shown), nl=False)
    elif "quiet" not in said:
        for line in summary_lines(shown):
            typer.echo(for_terminal(line))
    return code_of(shown)


def reference_of(name: str | None, audits: Sequence[FleetAudit]) -> str:
    """Return the name of the audit with which the others are compared, or "".

    Raises `TargetError` if no audit has the name.
    """
    names = [audit.name for audit in audits]
    if name and name not in names:
        raise TargetError(f"--reference {name}: no audit has this name. The audits are {', '.join(names)}")
    return name or ""


def _on_dask(
    said: Layer,
    fleet: _Fleet,
    conductor: Conductor,
    crew: Crew[Finished],
    stack: ExitStack,
    prepare: Callable[[Layer, ExitStack], Prepared],
) -> tuple[Crew[Finished], FleetLimits]:
    """Return the crew whose audits workers of Dask perform, and the limits: every worker may perform audits at once."""
    from conformance.cli.dask_client import on_dask

    folders = {fleet.layout.run_folder(each.name): each for each in fleet.audits}
    remote = stack.enter_context(on_dask(said["dask"].value, fleet.limits.side_by_side, fleet.layout, folders, prepare))
    conductor.given = remote.audit

    def interrupt() -> None:
        crew.interrupt()
        remote.pool.stop()

    chosen = "side_by_side" in fleet_table(_config(said))
    most = fleet.limits.side_by_side if chosen else max(1, remote.threads)
    return replace(crew, interrupt=interrupt), replace(fleet.limits, side_by_side=most)


def _config(said: Layer) -> Path:
    config = said["config"].value if "config" in said else None
    return Path(config or environment(os.environ).get("config", Given(DEFAULT_FILE, "")).value)


def _root(said: Layer) -> Path:
    """Return the output folder of all audits."""
    from datetime import UTC, datetime

    if "resume" in said:
        if "output" in said:
            raise TargetError(f"{said['resume'].said} continues in its own folder. Leave {said['output'].said} out")
        return Path(said["resume"].value)
    if "output" in said:
        return Path(said["output"].value)
    return Path("reports") / "fleet" / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def _fleet(
    said: Layer,
    targets: Sequence[str],
    layout: FleetLayout,
    earlier: Sequence[FleetAudit],
    prepare: Callable[[Layer, ExitStack], Prepared],
) -> _Fleet:
    """Return the audits that the command line and conformance.toml describe; resumed audits keep their models."""
    tables, limits, shard = of_shard(said, *_tables(said, targets))
    over = {key: given for key, given in said.items() if key not in _OF_ALL}
    from_environment = {key: given for key, given in environment(os.environ).items() if key not in ("target", "config")}

    def listed(target: str) -> list[str]:
        known = [each.model for each in earlier if each.target == target and each.model]
        return known or _listed({**over, "target": Given(target, "The target")}, prepare)

    audits = list_audits(tables, limits, over={**from_environment, **over}, listed=listed)
    layers = {
        each.name: {
            **over,
            "quiet": Given(True, "--quiet"),
            "target": Given(each.target, "The target"),
            "concurrency": Given(each.slots, "concurrency"),
            **(
                {"model": Given(each.model, "models")}
                if each.model is not None and "models" in tables[each.target]
                else {}
            ),
            **_folders(said, each, layout),
        }
        for each in audits
    }
    return _Fleet(audits, limits, layers, layout, shard)


def _folders(said: Layer, audit: FleetAudit, layout: FleetLayout) -> Layer:
    from conformance.cli.several_files import is_begun

    folder = layout.run_folder(audit.name)
    where = "resume" if "resume" in said and is_begun(folder) else "output"
    layer = {where: Given(str(folder), said[where].said if where in said else OPTIONS[where].flag)}
    if "alluredir" in said:
        given = said["alluredir"]
        layer["alluredir"] = Given(str(Path(given.value) / audit.name), given.said)
    return layer


def _listed(layer: Layer, prepare: Callable[[Layer, ExitStack], Prepared]) -> list[str]:
    from conformance.auditing.model_list import list_models

    with ExitStack() as stack:
        return list_models(prepare(layer, stack).target)


def _decider(layer: Layer, prepare: Callable[[Layer, ExitStack], Prepared]) -> QualityGate | None:
    with ExitStack() as stack:
        return prepare(layer, stack).decider


def _tables(said: Layer, targets: Sequence[str]) -> tuple[dict[str, Layer], FleetLimits]:
    """Return the options of the targets, and the limits. Raises `TargetError` if they cannot be audited together."""
    for name in _OF_ONE:
        if name in said:
            raise TargetError(
                f"{said[name].said} is of one target, and several are named. Put it into conformance.toml"
            )
    if len(set(targets)) < len(targets):
        raise TargetError("A target is named twice. Name each once")
    if "all" in said and targets:
        raise TargetError("--all audits every target in conformance.toml. Leave the names out, or --all")
    if not targets and "all" not in said:
        raise TargetError(
            "--shard and --dask need targets in conformance.toml. Add --all, or name some of these targets"
        )
    file = _config(said)
    wanted = "all" in said or "config" in said or file.is_file()
    limits = fleet_limits(fleet_table(file), f"{file}: [fleet]") if wanted else FleetLimits()
    if "all" in said:
        return tables_of_all(said), limits
    known = load_targets(file) if wanted else {}
    return {name: known.get(name, {"target": Given(name, "The target")}) for name in targets}, limits


def tables_of_all(said: Layer) -> dict[str, Layer]:
    """Return the options of every target in conformance.toml. Raises `TargetError` if the file has no targets."""
    file = _config(said)
    tables = load_targets(file)
    if not tables:
        raise TargetError(f"{file} has no targets; add a table [targets.NAME] with a url")
    return tables
