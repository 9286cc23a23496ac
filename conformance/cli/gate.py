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
    from conformance.acceptance import QualityGate
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
    """Return the gate options of a command without a target.

    Options on the command line take precedence over options in the environment.
    """
    table = {name: OPTIONS[name] for name in NAMES}
    return TargetOptions.merged(command_line(values), environment(os.environ, table))


def gate_of(chosen: TargetOptions) -> QualityGate | None:
    """Return the gate that the options describe, or None if they describe no gate.

    Raises `SpecError` if the waivers file is invalid, and `TargetError` if a required edition or baseline is missing.
    """
    from conformance.acceptance.from_options import gate_from
    from conformance.contract.registry import load_registry

    paths = [Path(name) for name in chosen["waivers"] or ()]
    if (shared := _shared(chosen)) is not None and shared not in paths:
        paths.append(shared)
    return gate_from(chosen, paths, load_registry(), datetime.now(UTC).date())


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
