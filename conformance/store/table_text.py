"""Writes the answer to a question as text, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from typing import Any

from conformance.report.safe_text import for_json, for_json_text, one_line
from conformance.store.ask import Table

_WIDEST = 60


def table_lines(table: Table, most: int) -> list[str]:
    """Return the table as lines with aligned columns. At most `most` rows are shown; 0 shows all rows."""
    shown = table.rows[:most] if most else table.rows
    numbers = [all(isinstance(row[at], int | float) for row in shown) for at in range(len(table.columns))]
    cells = [list(table.columns), *([one_line(plain(value), _WIDEST) for value in row] for row in shown)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(table.columns))]
    lines = [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, numbers, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    rest = len(table.rows) - len(shown)
    counted = f"{len(table.rows):,} row{'' if len(table.rows) == 1 else 's'}"
    return [*lines, f"{counted}, {len(shown):,} shown; --rows 0 shows all" if rest else counted]


def table_csv(table: Table) -> str:
    """Return the table as CSV. A text that a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([_no_formula(value) for value in row] for row in table.rows)
    return out.getvalue()


def table_json(table: Table) -> str:
    """Return the table as a JSON array with one object for each row."""
    records = [{name: _json(value) for name, value in each.items()} for each in table.records]
    return for_json_text(json.dumps(records, ensure_ascii=False, indent=1)) + "\n"


def plain(value: Any) -> str:
    """Return a value of a table as text; None becomes an empty text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _no_formula(value: Any) -> str:
    if value is None or isinstance(value, int | float | date):
        return plain(value)
    said = one_line(str(value), 4_000)
    return f"'{said}" if said[:1] in ("=", "+", "-", "@") else said


def _json(value: Any) -> Any:
    if isinstance(value, bool | int | None):
        return value
    if isinstance(value, float) and value - value == 0:
        return value
    return value.isoformat() if isinstance(value, date) else for_json(str(value))
