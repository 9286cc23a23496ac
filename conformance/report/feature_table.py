"""Joins the maps of constrained output of several runs in one Markdown table, with a column for each target and syntax.

python -m conformance.report.feature_table RUN_DIR… > map.md
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from conformance.contract import load_registry
from conformance.record import RunFileError, read_run
from conformance.report.feature_map import Cell, FeatureMap
from conformance.report.model import build_model
from conformance.report.safe_text import markdown_text
from conformance.report.wording import MEANINGS


def feature_table(maps: Mapping[str, FeatureMap]) -> str:
    """Return a Markdown table with a row for each feature in any of the maps, and the columns of all maps."""
    rows: dict[tuple[str, str], dict[tuple[str, str], Cell]] = {}
    columns: list[tuple[str, str]] = []
    for name, found in maps.items():
        columns += [(name, column) for column in found.columns]
        for group, members in found.groups:
            for row in members:
                cells = rows.setdefault((group, row.feature), {})
                cells |= {(name, c): cell for c, cell in zip(found.columns, row.cells, strict=True) if cell}
    groups = list(dict.fromkeys(group for group, _ in rows))
    lines = [
        "| feature | " + " | ".join(f"{markdown_text(name)} `{c}`" for name, c in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for group in groups:
        lines.append(f"| **{markdown_text(group)}** |" + " |" * len(columns))
        for (its, feature), cells in rows.items():
            if its == group:
                shown = (_shown(cells.get(column)) for column in columns)
                lines.append(f"| {markdown_text(feature)} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def _shown(cell: Cell | None) -> str:
    return f"{MEANINGS[cell.outcome].glyph} {markdown_text(cell.said)}" if cell else ""


def main(arguments: Sequence[str]) -> int:
    """The command line. The exit code is 2 if a run cannot be read or has no map of constrained output."""
    if not arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    maps = {}
    for argument in arguments:
        folder = Path(argument)
        try:
            run = read_run(folder / "run.ndjson" if folder.is_dir() else folder)
        except RunFileError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        found = build_model(run, load_registry()).features
        if found is None:
            sys.stderr.write(f"{argument}: no constraint was judged in this run; run it with --only chat.guided …\n")
            return 2
        maps[folder.name] = found
    sys.stdout.write(feature_table(maps))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
