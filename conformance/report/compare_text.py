"""Writes a comparison as Markdown, JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict

from conformance.report.compare import AreaLine, TargetComparison, TargetState
from conformance.report.safe_text import for_json_text, markdown_code, markdown_text, one_line
from conformance.report.service_words import service_rows
from conformance.verdict import Outcome

MOST_DIFFERENCES = 40
"""The most requirements that the Markdown text lists; the other files have all."""
_COUNTED = ((Outcome.FAIL, "breaks"), (Outcome.PASS, "passes"), (Outcome.INCONCLUSIVE, "not judged"))


def comparison_markdown(comparison: TargetComparison) -> str:
    """Return totals, areas and the most important differences as Markdown."""
    names = [markdown_text(column.name) for column in comparison.columns]
    head = [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    parts = [f"# Comparison of {len(names)} targets"]
    if comparison.notes:
        parts.append("\n".join(f"- {markdown_text(note)}" for note in comparison.notes))
    parts.append("\n".join([*head, *_totals(comparison)]))
    shown = comparison.differences[:MOST_DIFFERENCES]
    if shown:
        rest = len(comparison.differences) - len(shown)
        said = f" The {len(shown)} most important ones are listed." if rest else ""
        parts.append(f"## Differences\n\nThe targets differ in {len(comparison.differences)} requirements.{said}")
        rows = [
            f"| {markdown_code(line.requirement)} ({line.level}) | {' | '.join(_short(cell) for cell in line.cells)} |"
            for line in shown
        ]
        parts.append("\n".join([*head, *rows]))
    else:
        parts.append("No requirement was judged differently for two targets.")
    parts.append(
        "## Areas\n\nRequirements that pass, out of those judged. An area that every target passes is left out."
    )
    parts.append("\n".join([*head, *(_area(each) for each in comparison.areas if each.differs)]))
    parts.append("## Service figures\n\nService figures influence no verdict, and are no benchmark.")
    services = [column.service for column in comparison.columns]
    parts.append("\n".join([*head, *(f"| {name} | {' | '.join(cells)} |" for name, cells in service_rows(services))]))
    return "\n\n".join(parts) + "\n"


def _totals(comparison: TargetComparison) -> Iterator[str]:
    for outcome, word in _COUNTED:
        yield f"| {word} | {' | '.join(str(column.counts[outcome]) for column in comparison.columns)} |"
    warned = " | ".join(str(column.counts[Outcome.WARN]) for column in comparison.columns)
    yield f"| passes (warned) | {warned} |"
    yield f"| model | {' | '.join(markdown_text(column.model) for column in comparison.columns)} |"
    yield f"| date | {' | '.join(column.started[:10] for column in comparison.columns)} |"


def _area(line: AreaLine) -> str:
    cells = (f"{good} of {judged}" if judged else "—" for good, judged in line.passed)
    return f"| {markdown_text(line.area)} | {' | '.join(cells)} |"


def _short(cell: TargetState) -> str:
    return f"{cell.glyph} {cell.label}".strip()


def comparison_json(comparison: TargetComparison) -> str:
    """Return the complete comparison as JSON text."""
    data = {
        "notes": list(comparison.notes),
        "targets": [
            {
                **asdict(column),
                "counts": {str(each): number for each, number in column.counts.items()},
                "service": column.service.to_dict(),
            }
            for column in comparison.columns
        ],
        "areas": [asdict(area) for area in comparison.areas],
        "requirements": [
            {
                "requirement": line.requirement,
                "area": line.area,
                "level": str(line.level),
                "statement": line.statement,
                "differs": line.differs,
                "results": [
                    {
                        "outcome": str(cell.outcome) if cell.outcome else None,
                        "state": cell.label,
                        "why": cell.why,
                        "exchange": cell.exchange or None,
                    }
                    for cell in line.cells
                ],
            }
            for line in comparison.lines
        ],
    }
    return for_json_text(json.dumps(data, ensure_ascii=False, indent=1)) + "\n"


def comparison_csv(comparison: TargetComparison) -> str:
    """Return one row for each requirement, with a column for each target.

    Cells are written so that spreadsheets do not execute them as formulas.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["requirement", "area", "level", *(_plain(column.name) for column in comparison.columns)])
    for line in comparison.lines:
        writer.writerow([line.requirement, line.area, line.level, *(cell.label for cell in line.cells)])
    return out.getvalue()


def _plain(text: str) -> str:
    """Return one line of text that no spreadsheet takes for a formula."""
    said = one_line(text, 200)
    return f"'{said}" if said[:1] in ("=", "+", "-", "@") else said
