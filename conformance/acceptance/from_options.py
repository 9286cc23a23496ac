"""Builds the gate that a user's options describe: its waivers, baseline, edition and policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from conformance.acceptance.configuration import Configuration
from conformance.acceptance.gate import QualityGate
from conformance.acceptance.policy import FailOn, Policy, Reaction
from conformance.acceptance.waivers_file import WaiversFile, read_waivers
from conformance.contract import Registry
from conformance.contract.editions import edition_named, newest_edition
from conformance.options import TargetError, TargetOptions


def gate_from(chosen: TargetOptions, paths: Sequence[Path], registry: Registry, today: date) -> QualityGate | None:
    """Return the gate that the options describe, or None if they describe no gate.

    `paths` are the paths of the waivers files.

    Raises `SpecError` if a waivers file is invalid, and `TargetError` if a required edition or baseline is missing.
    """
    if not paths and not {"fail_on", "flaky", "edition"} & chosen.given.keys():
        return None
    files = [read_waivers(path, registry) for path in paths]
    baselines = [file for file in files if file.configuration is not None]
    if len(baselines) > 1:
        raise TargetError(f"{baselines[0].path} and {baselines[1].path} are both baselines. Give one of them")
    baseline = baselines[0].configuration if baselines else None
    policy = _policy(chosen, baseline)
    edition = _edition(chosen, files, policy)
    return QualityGate(
        policy,
        today,
        tuple(waiver for file in files for waiver in file.waivers),
        edition_named(edition) if edition else None,
        baseline,
        baselines[0].unjudged if baselines else frozenset(),
    )


def _policy(chosen: TargetOptions, baseline: Configuration | None) -> Policy:
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
            "A gate needs an edition: without one, requirements that a later version of the suite adds could fail the gate. The newest is"
            f' {newest_edition().name}: put edition = "{newest_edition().name}" into the waivers file, or give --edition'
        )
    return next(iter(named), "")
