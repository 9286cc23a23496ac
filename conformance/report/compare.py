"""Compares runs: which requirements got worse or better, and a matrix of requirements and targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.record import RedactedRun
from conformance.verdict import Outcome, combine


@dataclass(frozen=True, slots=True)
class Change:
    """A requirement whose outcome differs between two runs; an outcome is None if the run has no verdict."""

    requirement: str
    before: Outcome | None
    after: Outcome | None

    @property
    def worse(self) -> bool:
        """Whether a requirement that was not violated is violated now, or no longer passes."""
        if self.after in (Outcome.FAIL, Outcome.WARN, Outcome.ERROR):
            return self.before is None or self.before.severity < self.after.severity
        return self.before is Outcome.PASS

    @property
    def better(self) -> bool:
        """Whether a requirement passes now that did not pass before."""
        return self.after is Outcome.PASS and self.before is not Outcome.PASS


def outcomes(run: RedactedRun) -> dict[str, Outcome]:
    """Return the outcome of each requirement in a run."""
    return {name: verdict.outcome for name, verdict in combine(run.verdicts).items()}


def diff(old: RedactedRun, new: RedactedRun) -> list[Change]:
    """Return every requirement whose outcome differs between two runs, those that got worse first."""
    before, after = outcomes(old), outcomes(new)
    changes = [
        Change(name, before.get(name), after.get(name))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) is not after.get(name)
    ]
    return sorted(changes, key=lambda change: (not change.worse, not change.better, change.requirement))


def matrix(runs: Sequence[RedactedRun]) -> list[tuple[str, tuple[Outcome | None, ...]]]:
    """Return one row per judged requirement with its outcome in each run; rows with differences come first."""
    columns = [outcomes(run) for run in runs]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [(name, tuple(column.get(name) for column in columns)) for name in names]
    return sorted(rows, key=lambda row: (len(set(row[1])) == 1, row[0]))
