"""Writes the Allure results of a run for the option --alluredir."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from conformance.options import TargetError

if TYPE_CHECKING:
    from conformance.acceptance import QualityGate


def write_results(directory: Path, results: Path, decider: QualityGate | None) -> None:
    """Write the Allure results of the run to a folder. Raises `TargetError` if the results cannot be written."""
    from conformance.contract.registry import load_registry
    from conformance.record import read_run
    from conformance.record.manifest import MANIFEST, write_manifest
    from conformance.report.allure_results import write_allure
    from conformance.report.model import build_model

    try:
        write_allure(build_model(read_run(directory / "run.ndjson"), load_registry(), decider), results)
        if results.resolve().is_relative_to(directory.resolve()):
            below = directory / results.resolve().relative_to(directory.resolve())
            write_manifest(directory, [each for each in below.rglob("*") if each.is_file() and each.name != MANIFEST])
    except OSError as error:
        raise TargetError(f"The Allure results cannot be written to {results} ({error.strerror})") from None
