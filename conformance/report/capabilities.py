"""The state of each capability (an area of requirements) for each target of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.report.model import ReportModel
from conformance.report.rows import Row
from conformance.report.wording import MEANINGS
from conformance.verdict import Outcome

_GOOD = (Outcome.PASS, Outcome.WARN)


@dataclass(frozen=True, slots=True)
class CapabilityState:
    """The state of one capability for one target: `works`, `breaks 3 of 12`, `not offered`, `not judged`."""

    outcome: Outcome
    text: str

    @property
    def glyph(self) -> str:
        """The character that marks the state in reports."""
        return MEANINGS[self.outcome].glyph

    @property
    def short(self) -> str:
        """The state in short form for tables of many targets: `3/12` for `breaks 3 of 12`, "" for other states."""
        return self.text.removeprefix("breaks ").replace(" of ", "/") if self.outcome is Outcome.FAIL else ""


@dataclass(frozen=True, slots=True)
class CapabilityLine:
    """One capability (an area of requirements) with its state for each target."""

    name: str
    cells: tuple[CapabilityState, ...]

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcome of the capability for each target."""
        return tuple(cell.outcome for cell in self.cells)

    @property
    def breaks(self) -> bool:
        """Whether a target breaks a MUST of this capability."""
        return Outcome.FAIL in self.outcomes

    @property
    def is_not_offered(self) -> bool:
        """Whether a target rejected the capability, and no other target was seen to offer the capability."""
        return Outcome.UNSUPPORTED in self.outcomes and not (self.breaks or self.works)

    @property
    def works(self) -> bool:
        """Whether no target breaks a MUST of this capability, and at least one target was judged."""
        return not self.breaks and any(each in _GOOD for each in self.outcomes)


def capability_lines(models: Sequence[ReportModel], titles: Mapping[str, str]) -> list[CapabilityLine]:
    """Return the state of each capability for each target. `titles` has the title of each area."""
    areas = dict.fromkeys(area.name for model in models for area in model.areas)
    return [_capability(models, area, titles.get(area, area)) for area in areas]


def _capability(models: Sequence[ReportModel], area: str, title: str) -> CapabilityLine:
    rows = [next((each.rows for each in model.areas if each.name == area), ()) for model in models]
    return CapabilityLine(title, tuple(state_of(each) for each in rows))


def state_of(rows: Sequence[Row]) -> CapabilityState:
    """Return the state of a capability.

    A capability breaks if at least one MUST is violated; requirements without a verdict do not count.
    """
    outcomes = [row.outcome for row in rows]
    judged = sum(each in (*_GOOD, Outcome.FAIL) for each in outcomes)
    broken = outcomes.count(Outcome.FAIL)
    if broken:
        return CapabilityState(Outcome.FAIL, f"breaks {broken} of {judged}")
    if judged:
        warned = outcomes.count(Outcome.WARN)
        return (
            CapabilityState(Outcome.WARN, f"works, {warned} advised")
            if warned
            else CapabilityState(Outcome.PASS, "works")
        )
    if Outcome.UNSUPPORTED in outcomes:
        return CapabilityState(Outcome.UNSUPPORTED, "not offered")
    return CapabilityState(Outcome.INCONCLUSIVE, "not judged")


def most_broken_first(line: CapabilityLine) -> tuple[int, int]:
    """Return a sort key: the capability that most targets break comes first.

    Of two capabilities that equally many targets break, the one that works for more targets comes first.
    """
    broken = sum(cell.outcome is Outcome.FAIL for cell in line.cells)
    return -broken, -sum(cell.outcome in _GOOD for cell in line.cells)
