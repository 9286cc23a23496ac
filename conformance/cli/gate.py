"""Builds the gate that the options of a command describe: its waivers, baseline, edition and policy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from conformance.cli.options import flag
from conformance.options import OPTIONS, TargetError, TargetOptions, command_line, environment

if TYPE_CHECKING:
    from conformance.acceptance import Configuration, Policy, QualityGate, WaiversFile
    from conformance.config import Target

NAMES = ("waivers", "fail_on", "expired", "stale", "flaky", "edition")
"""The options of a gate."""

Waivers = Annotated[list[str] | None, flag("waivers")]
FailOnFlag = Annotated[str | None, flag("fail_on")]
Expired = Annotated[str | None, flag("expired")]
Stale = Annotated[str | None, flag("stale")]
Flaky = Annotated[str | None, flag("flaky")]
EditionFlag = Annotated[str | None, flag("edition")]


def gate_options(**values: Any) -> TargetOptions:
    """Return the gate options of a command without a target. The command line takes precedence over the environment."""
    table = {name: OPTIONS[name] for name in NAMES}
    return TargetOptions.merged(command_line(values), environment(os.environ, table))


def gate_of(chosen: TargetOptions) -> QualityGate | None:
    """Return the gate that the options describe, or None if they describe no gate.

    Raises `SpecError` if the waivers file is invalid, and `TargetError` if a required edition or baseline is missing.
    """
    paths = [Path(name) for name in chosen["waivers"] or ()]
    if (shared := _shared(chosen)) is not None and shared not in paths:
        paths.append(shared)
    if not paths and not {"fail_on", "flaky", "edition"} & chosen.given.keys():
        return None
    from conformance.acceptance import QualityGate, read_waivers
    from conformance.contract.editions import edition_named
    from conformance.contract.registry import load_registry

    files = [read_waivers(path, load_registry()) for path in paths]
    baselines = [file for file in files if file.configuration is not None]
    if len(baselines) > 1:
        raise TargetError(f"{baselines[0].path} and {baselines[1].path} are both baselines. Give one of them")
    baseline = baselines[0].configuration if baselines else None
    policy = _policy(chosen, baseline)
    edition = _edition(chosen, files, policy)
    return QualityGate(
        policy,
        datetime.now(UTC).date(),
        tuple(waiver for file in files for waiver in file.waivers),
        edition_named(edition) if edition else None,
        baseline,
        baselines[0].unjudged if baselines else frozenset(),
    )


def check_before(gate: QualityGate | None, target: Target, only: Sequence[str]) -> None:
    """Raise `TargetError`, before a request is sent, if a run with this target cannot be compared with the baseline."""
    from conformance.acceptance import Configuration

    if gate is None:
        return
    planned = Configuration(
        target.profile.name,
        target.model or "",
        target.redactor.url(target.spec),
        tuple(sorted(only)),
        str(target.depth),
        target.seed,
    )
    if differs := gate.differences(planned):
        from conformance.report.gate_words import ADVICE

        raise TargetError(f"This run cannot be compared with the baseline: {'; '.join(differs)}. {ADVICE}")


def _shared(chosen: TargetOptions) -> Path | None:
    """Return the conformance.toml of the named target, if it has waivers."""
    from conformance.config.toml_file import DEFAULT_FILE, has_waivers

    target = chosen["target"]
    if not target or "://" in target:
        return None
    path = Path(chosen["config"] or DEFAULT_FILE)
    return path if has_waivers(path) else None


def _policy(chosen: TargetOptions, baseline: Configuration | None) -> Policy:
    from conformance.acceptance import FailOn, Policy, Reaction

    default = FailOn.MUST if baseline is None else FailOn.NEW
    fail_on = FailOn(chosen["fail_on"] or default)
    if fail_on is FailOn.NEW and baseline is None:
        raise TargetError(
            f"{chosen.said('fail_on')} new needs a baseline. Write one with `conformance baseline write RUN --to FILE`,"
            " and name it with --waivers FILE"
        )
    return Policy(fail_on, Reaction(chosen["expired"]), Reaction(chosen["stale"]), Reaction(chosen["flaky"]))


def _edition(chosen: TargetOptions, files: Sequence[WaiversFile], policy: Policy) -> str:
    """Return the name of the edition: of the options, or of the files. An informational gate needs none."""
    from conformance.acceptance import FailOn
    from conformance.contract.editions import newest_edition

    wanted = str(chosen["edition"] or "")
    baseline = next((file for file in files if file.configuration is not None), None)
    if baseline is not None and wanted not in ("", baseline.edition):
        raise TargetError(
            f"{baseline.path} is a baseline of edition {baseline.edition or 'unknown'}, and {chosen.said('edition')} names"
            f" {wanted}. Write a baseline of that edition, or leave the option out"
        )
    if wanted:
        return wanted
    named = {file.edition: file.path for file in files if file.edition}
    if len(named) > 1:
        (one, path), (other, second) = list(named.items())[:2]
        raise TargetError(f"{path} names the edition {one}, and {second} the edition {other}. Use one edition")
    if not named and policy.fail_on is not FailOn.NEVER:
        raise TargetError(
            "A gate needs an edition. Without an edition, requirements of later versions could fail the gate. The newest is"
            f' {newest_edition().name}: put edition = "{newest_edition().name}" into the waivers file, or give --edition'
        )
    return next(iter(named), "")
