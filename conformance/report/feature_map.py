"""The map of constrained output of one run.

The map shows whether the target enforces, rejects or silently ignores each feature in each syntax.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from conformance.contract.constraint_map import MapPlace, load_constraint_map
from conformance.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from conformance.wire import Exchange


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the feature map: the result for one feature of constrained output in one syntax.

    `said` is a short text that states the result; `requirement` is the id of the judged requirement.
    """

    requirement: str
    outcome: Outcome
    said: str


@dataclass(frozen=True, slots=True)
class MapRow:
    """One row of the feature map: one feature of constrained output, with a cell for each syntax.

    A cell is None if the feature was not tested in the syntax of its column.
    """

    feature: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class FeatureMap:
    """The map of constrained output of one run.

    `columns` lists the tested syntaxes; the rows keep the order of `constraint-map.yaml`.
    """

    columns: tuple[str, ...]
    groups: tuple[tuple[str, tuple[MapRow, ...]], ...]


def feature_map(
    verdicts: Mapping[str, Verdict], cases: Mapping[str, Sequence[Verdict]], exchanges: Mapping[str, Exchange]
) -> FeatureMap | None:
    """Return the map of constrained output for the combined verdicts of a run; None if no verdict belongs to the map.

    `cases` has the verdicts of the test cases from which each requirement's verdict was combined.
    """
    known = load_constraint_map()
    found: dict[tuple[str, str], dict[str, Cell]] = {}
    for name, verdict in verdicts.items():
        place = known.places.get(name)
        if place is None:
            continue
        asked = [_body(exchanges[each]) for each in verdict.exchanges if each in exchanges]
        said = _said(verdict, exchanges, place) + _where(cases.get(name, ()), verdict)
        cell = Cell(name, verdict.outcome, said)
        found.setdefault((place.group, place.feature), {})[known.column(place, asked)] = cell
    if not found:
        return None
    columns = tuple(each for each in known.columns if any(each in cells for cells in found.values()))
    groups: dict[str, list[MapRow]] = {}
    for group, feature in dict.fromkeys((place.group, place.feature) for place in known.places.values()):
        if (group, feature) in found:
            row = MapRow(feature, tuple(found[group, feature].get(column) for column in columns))
            groups.setdefault(group, []).append(row)
    return FeatureMap(columns, tuple((group, tuple(rows)) for group, rows in groups.items()))


def _body(exchange: Exchange) -> dict[str, Any]:
    try:
        body: Any = json.loads(exchange.request.body)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


_WORDS = {
    Outcome.UNSUPPORTED: "rejected",
    Outcome.NOT_APPLICABLE: "not promised",
    Outcome.ERROR: "suite failed",
    Outcome.INCONCLUSIVE: "not judged",
}


def _said(verdict: Verdict, exchanges: Mapping[str, Exchange], place: MapPlace) -> str:
    if verdict.outcome in (Outcome.FAIL, Outcome.WARN):
        finding = verdict.findings[0] if verdict.findings else None
        exchange = exchanges.get(finding.exchange) if finding else None
        return _broken(exchange.status if exchange else 200, place)
    return place.passes if verdict.outcome is Outcome.PASS else _WORDS[verdict.outcome]


def _broken(status: int | None, place: MapPlace) -> str:
    if status is None:
        return "no answer"
    if status >= 500:
        return f"server error {status}"
    return "rejected, though promised" if status >= 400 else place.broken


def _where(cases: Sequence[Verdict], whole: Verdict) -> str:
    """Return which transport violated the requirement, if the other did not."""
    broken = [case.case for case in cases if case.outcome is whole.outcome]
    if whole.outcome not in (Outcome.FAIL, Outcome.WARN) or len(broken) == len(cases):
        return ""
    return " in streams" if all("sse" in case for case in broken) else " when not streamed"
