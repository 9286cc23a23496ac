"""One fault, one entry: groups the findings of all requirements by their cause, the most important cause first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.report.rows import Row
from conformance.verdict import Finding, Level, Outcome


@dataclass(frozen=True, slots=True)
class Cause:
    """One fault, however many requirements and exchanges show it.

    `requirements` are the ids it breaks, the leading one first. `exchange` is the id of an exchange that shows it.
    """

    key: str
    outcome: Outcome
    level: Level
    requirements: tuple[str, ...]
    finding: Finding
    statement: str
    impact: str
    fix: str
    exchange: str
    exchanges: int


def find_causes(rows: Sequence[Row]) -> tuple[Cause, ...]:
    """All faults of the target, one for each cause, the most important first.

    Fails come before warns. Among equals, no requirement takes a second place before every other broken one has
    its first (a schema with twenty missing fields must not hide the rest); then the more requirements a cause
    touches, the higher the level, the more exchanges show it. A finding without a cause has its requirement's.
    """
    touched: dict[str, dict[str, tuple[Row, list[Finding]]]] = {}
    for row in rows:
        if row.outcome not in (Outcome.FAIL, Outcome.WARN):
            continue
        for finding in row.verdict.findings:
            by_row = touched.setdefault(finding.cause or row.requirement, {})
            by_row.setdefault(row.requirement, (row, []))[1].append(finding)
    found = sorted((_cause(key, list(by_row.values())) for key, by_row in touched.items()), key=_weight)
    turn: dict[str, int] = {}
    ranked = []
    for cause in found:
        place = turn[cause.requirements[0]] = turn.get(cause.requirements[0], -1) + 1
        ranked.append((-cause.outcome.severity, place, cause))
    return tuple(cause for *_, cause in sorted(ranked, key=lambda item: item[:2]))


_LEVELS = {Level.MUST: 0, Level.SHOULD: 1, Level.MAY: 2}


def _weight(cause: Cause) -> tuple[int, int, int, int]:
    return (-cause.outcome.severity, -len(cause.requirements), _LEVELS[cause.level], -cause.exchanges)


def _cause(key: str, shown_by: list[tuple[Row, list[Finding]]]) -> Cause:
    shown_by.sort(key=lambda item: (-item[0].outcome.severity, _LEVELS[item[0].level]))  # stable: registry order
    row, findings = shown_by[0]
    telling = findings[0]
    ids = {finding.exchange for _, each in shown_by for finding in each if finding.exchange}
    return Cause(
        key=key,
        outcome=row.outcome,
        level=row.level,
        requirements=tuple(item[0].requirement for item in shown_by),
        finding=telling,
        statement=row.statement,
        impact=row.impact,
        fix=row.fix,
        exchange=telling.exchange or next(iter(row.verdict.exchanges), ""),
        exchanges=len(ids),
    )
