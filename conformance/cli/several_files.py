"""Reads and writes the output folder of several audits. docs/fleet.md describes the folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.fleet import AuditBudget, FleetAudit, FleetLayout, audit_from_dict, audit_to_dict
from conformance.options import TargetError

if TYPE_CHECKING:
    from conformance.acceptance import QualityGate
    from conformance.record import RedactedRun
    from conformance.report.several import TargetResult

FORMAT = 1
ENDING_S = 20.0
"""Seconds to wait for the end of an audit whose command was killed: the audit notices that, and ends by itself."""
_PAUSE_S = 0.1


def read_audits(layout: FleetLayout) -> tuple[FleetAudit, ...]:
    """Return the audits in the list of an output folder; () if the folder does not exist yet.

    Raises `TargetError` if the folder has no list of audits, or if the list is damaged.
    """
    if not layout.root.exists() or (layout.root.is_dir() and not any(layout.root.iterdir())):
        return ()
    try:
        data = json.loads(layout.audits.read_text(encoding="utf-8"))
        audits = {FORMAT: data["audits"]}[data["format"]]
        return tuple(audit_from_dict(each) for each in audits)
    except FileNotFoundError:
        raise TargetError(f"{layout.root} is not the output folder of several audits: it has no audits.json") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TargetError(f"{layout.audits} cannot be read ({error})") from None


def start_folder(layout: FleetLayout, audits: Sequence[FleetAudit], *, resumed: bool) -> None:
    """Create the output folder with the list of audits.

    Raises `TargetError` if the folder already has a list of audits and is not resumed, or if the folder cannot be
    written.
    """
    from conformance.record.whole_file import write_whole

    if layout.audits.exists() and not resumed:
        raise TargetError(f"{layout.root} holds several audits already. Choose another folder with --output")
    data = {"format": FORMAT, "audits": [audit_to_dict(audit) for audit in audits]}
    try:
        layout.root.mkdir(parents=True, exist_ok=True)
        write_whole(layout.audits, json.dumps(data, ensure_ascii=True, indent=2) + "\n")
    except OSError as error:
        raise TargetError(
            f"Cannot write to {layout.root} ({error.strerror}). Choose another folder with --output"
        ) from None


def is_begun(folder: Path) -> bool:
    """Return whether the folder has a run to resume. The file of a run that measured nothing is deleted.

    Raises `RunFileError` if the run file is damaged, and `TargetError` if the run is still in progress.
    """
    run = _run_in(folder)
    return run is not None and (not run.complete or run.interrupted)


def is_finished(folder: Path, decider: Callable[[], QualityGate | None]) -> int | None:
    """Write the missing reports of a finished run, and return its exit code; None if the folder has no such run.

    `decider` returns the gate of the audit.
    """
    from conformance.cli.report import show

    run = _run_in(folder)
    if run is None or not run.complete or run.interrupted:
        return None
    if (folder / "manifest.json").is_file() and "exit_code" in (report := report_in(folder)):
        return int(report["exit_code"])
    return show(run, folder, quiet=True, decider=decider())


def _run_in(folder: Path) -> RedactedRun | None:
    """Return the run in a folder; None if there is none that measured anything."""
    from conformance.record import RunFileError, read_run
    from conformance.record.locks import is_locked
    from conformance.verdict import Outcome

    file = folder / "run.ndjson"
    if not file.is_file():
        return None
    until = time.monotonic() + ENDING_S
    while is_locked(file):
        if time.monotonic() > until:
            raise TargetError(f"{folder} is the folder of a run that still runs. Resume it when the run has ended")
        time.sleep(_PAUSE_S)
    try:
        run = read_run(file)
    except RunFileError:
        with file.open("rb") as opened:
            if opened.readline().endswith(b"\n"):
                raise
        file.unlink()  # it was stopped before its header was complete
        return None
    judged = any(verdict.outcome is not Outcome.INCONCLUSIVE for verdict in run.verdicts)
    if not judged and (not run.exchanges or (run.complete and run.ending is not None)):
        file.unlink()
        return None
    return run


def report_in(folder: Path | None) -> dict[str, Any]:
    """Return the data of the report.json in a run folder, {} if it has none."""
    try:
        data = json.loads((folder / "report.json").read_text(encoding="utf-8")) if folder else {}
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def spent_in(folder: Path | None) -> AuditBudget:
    """Return the requests, tokens and cost of the run in a folder."""
    said = report_in(folder).get("summary")
    summary = said if isinstance(said, dict) else {}
    return AuditBudget(summary.get("requests"), summary.get("output_tokens"), summary.get("cost"))


def write_folder(layout: FleetLayout, results: Sequence[TargetResult], reference: str = "") -> None:
    """Write the files about all audits: the summary, the comparison, `document.html` and the manifest.

    If `reference` names an audit, a comparison of this audit with all other audits is written as well. Raises
    `TargetError` if the folder cannot be written.
    """
    from conformance.record.manifest import write_manifest
    from conformance.record.whole_file import write_whole
    from conformance.report.several import summary_json, summary_markdown

    files = {"summary.md": summary_markdown(results), "summary.json": summary_json(results)}
    files |= compared(layout, [result.name for result in results if result.report], reference)
    try:
        for name, text in files.items():
            write_whole(layout.root / name, text)
        inside = [file for file in sorted(layout.root.rglob("*")) if file.is_file() and file != layout.manifest]
        write_manifest(layout.root, inside)
    except OSError as error:
        raise TargetError(f"The summary cannot be written to {layout.root} ({error.strerror})") from None


def compared(layout: FleetLayout, names: Sequence[str], reference: str = "") -> dict[str, str]:
    """Return the contents of the files about all audits: the HTML document, and the comparison of two or more audits.

    If `reference` names one of the audits, the other audits are also compared with this audit.
    """
    from conformance.cli.reference import compared_with, reference_files
    from conformance.contract.registry import load_registry
    from conformance.record import read_run
    from conformance.report.compare import compare
    from conformance.report.compare_html import comparison_html
    from conformance.report.compare_text import comparison_csv, comparison_json, comparison_markdown
    from conformance.report.document_html import document_html
    from conformance.report.model import build_model

    if not names:
        return {}
    registry = load_registry()
    models = [build_model(read_run(layout.run_folder(name) / "run.ndjson"), registry) for name in names]
    found = compare(models, names)
    document = {"document.html": document_html(models, names, found)}
    if len(names) < 2:
        return document
    shown = [column.name for column in found.columns]
    against = compared_with(names.index(reference), shown, models, names) if reference in names else None
    return {
        **document,
        **(reference_files(against) if against else {}),
        "comparison.html": comparison_html(found),
        "comparison.md": comparison_markdown(found),
        "comparison.json": comparison_json(found),
        "comparison.csv": comparison_csv(found),
    }
