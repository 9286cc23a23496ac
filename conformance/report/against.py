"""Compares candidates with a reference: their behaviour for each requirement, and the fields in which responses differ.

A requirement that could not be judged for the reference or for the candidate never counts as a difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.causes import Cause
from conformance.report.compare import JUDGED
from conformance.report.field_differences import FieldDifference, differences_of
from conformance.report.model import ReportModel
from conformance.report.pairs import RunExchanges, pairs_of
from conformance.report.rows import Row
from conformance.report.wording import MEANINGS
from conformance.verdict import Level, Outcome

_EVENT = re.compile(r"^event \d+ ")
_INDEX = re.compile(r"/\d+(?=/|$)")


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """One requirement in which the reference and a candidate differ, or that at least one of them breaks.

    `reference_why` and `candidate_why` say what was observed if the requirement is broken; otherwise they are "".
    """

    requirement: str
    area: str
    level: Level
    expected: str
    reference: Outcome
    candidate: Outcome
    reference_why: str
    candidate_why: str

    @property
    def kind(self) -> str:
        """Who breaks the requirement: `candidate`, `reference`, `both`, or `neither` for another difference."""
        broken = (Outcome.FAIL, Outcome.WARN)
        if self.reference is self.candidate:
            return "both"
        if self.candidate in broken and self.candidate.severity > self.reference.severity:
            return "candidate"
        return "reference" if self.reference in broken else "neither"


@dataclass(frozen=True, slots=True)
class DifferenceWithCauses:
    """A difference between response shapes, with the titles of the candidate's causes at the same place."""

    difference: FieldDifference
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CandidateComparison:
    """One candidate compared with the reference.

    `pairs` is the number of requests that both the candidate and the reference answered. `unpaired` is the number of
    requests of the candidate that match no request of the reference.
    """

    name: str
    model: str
    folder: str
    lines: tuple[RequirementLine, ...]
    differences: tuple[DifferenceWithCauses, ...]
    pairs: int
    unpaired: int


@dataclass(frozen=True, slots=True)
class ReferenceComparison:
    """The comparisons of all candidates with one reference."""

    name: str
    model: str
    folder: str
    candidates: tuple[CandidateComparison, ...]


def compare_with(
    reference: tuple[str, ReportModel, str], candidates: Sequence[tuple[str, ReportModel, str]]
) -> ReferenceComparison:
    """Return the comparison. Each run has a name, its report model, and the folder of its report ("" if unknown)."""
    name, model, folder = reference
    return ReferenceComparison(name, model.model, folder, tuple(_candidate(model, *each) for each in candidates))


def _candidate(reference: ReportModel, name: str, candidate: ReportModel, folder: str) -> CandidateComparison:
    exchanges = RunExchanges.of(candidate.exchanges, candidate.url, candidate.model)
    pairs = pairs_of(RunExchanges.of(reference.exchanges, reference.url, reference.model), exchanges)
    return CandidateComparison(
        name,
        candidate.model,
        folder,
        tuple(sorted(_lines(reference, candidate), key=_order)),
        tuple(DifferenceWithCauses(each, tuple(_causes_at(each, candidate.causes))) for each in differences_of(pairs)),
        len(pairs),
        len(exchanges.exchanges) - len(pairs),
    )


def _order(line: RequirementLine) -> tuple[int, int, str]:
    kinds = ("candidate", "neither", "both", "reference")
    return (kinds.index(line.kind), list(Level).index(line.level), line.requirement)


def _lines(reference: ReportModel, candidate: ReportModel) -> Iterator[RequirementLine]:
    known: Mapping[str, Row] = {row.requirement: row for row in reference.rows}
    for row in candidate.rows:
        other = known.get(row.requirement)
        if other is None or row.outcome not in JUDGED or other.outcome not in JUDGED:
            continue
        if row.outcome is other.outcome and row.outcome not in (Outcome.FAIL, Outcome.WARN):
            continue
        shown = row if row.verdict.findings else other
        yield RequirementLine(
            row.requirement,
            row.area,
            row.level,
            shown.expected if shown.verdict.findings else row.statement,
            other.outcome,
            row.outcome,
            other.observed if other.verdict.findings else "",
            row.observed if row.verdict.findings else "",
        )


def _causes_at(difference: FieldDifference, causes: Sequence[Cause]) -> Iterator[str]:
    """Yield the titles of causes with a finding at the place of a difference."""
    for cause in causes:
        if any(_place_of(finding.where) == _without_kind(difference.place) for finding in cause.findings):
            yield cause.title


def _place_of(where: str) -> str:
    """Return the place of a finding as the shape of a response names it."""
    return _INDEX.sub("/[]", _EVENT.sub("", where)).rstrip("/")


def _without_kind(place: str) -> str:
    """Return a place in the data of an event without the kind of the event."""
    return place[place.index("/") :] if "/" in place else place


def said(outcome: Outcome) -> str:
    """Return the state with its sign, such as `✕ breaks`."""
    meaning = MEANINGS[outcome]
    return f"{meaning.glyph} {meaning.label}"
