"""Compares runs in a table that has a row for each requirement and a column for each run."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.record import RedactedRun
from conformance.verdict import Outcome, combine


def outcomes(run: RedactedRun) -> dict[str, Outcome]:
    """Return the outcome of each requirement in a run."""
    return {name: verdict.outcome for name, verdict in combine(run.verdicts).items()}


def matrix(runs: Sequence[RedactedRun]) -> list[tuple[str, tuple[Outcome | None, ...]]]:
    """Return one row for each judged requirement, with its outcome in each run.

    Requirements whose outcomes differ between the runs come first.
    """
    columns = [outcomes(run) for run in runs]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [(name, tuple(column.get(name) for column in columns)) for name in names]
    return sorted(rows, key=lambda row: (len(set(row[1])) == 1, row[0]))
