"""Implements `conformance run A B C` and `run --all`: several audits with one summary and one exit code.

The gate decides about each audit separately.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from conformance.cli.say import fault
from conformance.config.target import folder_name
from conformance.config.toml_file import DEFAULT_FILE, load_targets
from conformance.options import Given, Layer, TargetError, environment

_OF_ONE = ("resume", "case", "name", "model", "key_file", "key_env", "key_cmd")
"""Options that belong to one target."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The result of one audit: its exit code and the folder of its reports.

    `folder` is None if the audit wrote no files.
    """

    code: int
    folder: Path | None


def audit_each(
    said: Layer,
    targets: Sequence[str],
    *,
    prepare: Callable[[Layer, ExitStack], object],
    audit: Callable[[Layer], Finished],
) -> int:
    """Audit the targets one after the other, and print one summary; return the exit code for all of them.

    `prepare` checks the options of all targets before `audit` audits the first target. With --output, each target gets
    a subfolder, and summary.md and summary.json are next to these folders.
    """
    from conformance.report.safe_text import for_terminal
    from conformance.report.several import (
        TargetResult,
        code_of,
        summary_json,
        summary_lines,
        summary_markdown,
    )
    from conformance.verdict import ExitCode

    names = _names(said, targets)
    layers = {name: _layer(said, name) for name in names}
    for name, layer in layers.items():
        with ExitStack() as stack:
            try:
                prepare(layer, stack)
            except TargetError as error:
                raise TargetError(f"{name}: {error}") from None
    quiet = "quiet" in said
    results: list[TargetResult] = []
    for name, layer in layers.items():
        if not quiet:
            typer.echo(for_terminal(f"{name} ({len(results) + 1} of {len(layers)})"), err=True)
        done = _audited(layer, audit)
        results.append(TargetResult(name, done.code, str(done.folder or ""), _report(done)))
        if done.code == ExitCode.INTERRUPTED:
            results += [TargetResult(each, done.code) for each in names[len(results) :]]
            break
    if "output" in said:
        _write(
            Path(said["output"].value), {"summary.md": summary_markdown(results), "summary.json": summary_json(results)}
        )
    if "json" in said:
        typer.echo(summary_json(results), nl=False)
    elif not quiet:
        for line in summary_lines(results):
            typer.echo(for_terminal(line))
    return code_of(results)


def _names(said: Layer, targets: Sequence[str]) -> list[str]:
    """Return the targets to audit. Raises `TargetError` if they cannot be audited together."""
    for name in _OF_ONE:
        if name in said:
            raise TargetError(
                f"{said[name].said} is of one target, and several are named. Put it into conformance.toml"
            )
    if "all" not in said:
        if len(set(targets)) < len(targets):
            raise TargetError("A target is named twice. Name each once")
        return list(targets)
    if targets:
        raise TargetError("--all audits every target in conformance.toml. Leave the names out, or --all")
    config = said["config"].value if "config" in said else None
    config = config or environment(os.environ).get("config", Given(DEFAULT_FILE, "")).value
    names = list(load_targets(Path(config)))
    if not names:
        raise TargetError(f"{config} has no targets; add a table [targets.NAME] with a url")
    return names


def _layer(said: Layer, name: str) -> Layer:
    """Return the options for one target."""
    layer = {key: given for key, given in said.items() if key not in ("all", "json")}
    layer["target"] = Given(name, "The target")
    for key in ("output", "alluredir"):
        if key in said:
            layer[key] = Given(str(Path(said[key].value) / folder_name(name)), said[key].said)
    return layer


def _audited(layer: Layer, audit: Callable[[Layer], Finished]) -> Finished:
    """Audit one target; options that turn out wrong only now end this target alone."""
    from conformance.verdict import ExitCode

    try:
        return audit(layer)
    except TargetError as error:
        fault(str(error))
        return Finished(ExitCode.USAGE, None)


def _report(done: Finished) -> dict[str, Any]:
    file = done.folder / "report.json" if done.folder else None
    try:
        data = json.loads(file.read_text(encoding="utf-8")) if file else {}
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _write(folder: Path, files: dict[str, str]) -> None:
    """Write the files of the summary. Raises `TargetError` if the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise TargetError(f"The summary cannot be written to {folder} ({error.strerror})") from None
