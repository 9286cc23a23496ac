"""The five states of a requirement in reports, and the table that maps outcomes to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from conformance.verdict.outcome import Outcome


class State(StrEnum):
    """The state of a requirement as reports show it."""

    PASSES = "passes"
    """It holds; where a recommendation is not followed, with a mark."""
    BREAKS = "breaks"
    """A MUST does not hold."""
    NOT_OFFERED = "not offered"
    """An optional feature is rejected, and never promised."""
    NOT_JUDGED = "not judged"
    """It could not be judged, or the suite failed."""
    NOT_APPLICABLE = "not applicable"
    """It does not apply to this target, and is not counted."""


STATES: Mapping[Outcome, State] = {
    Outcome.PASS: State.PASSES,
    Outcome.WARN: State.PASSES,
    Outcome.FAIL: State.BREAKS,
    Outcome.UNSUPPORTED: State.NOT_OFFERED,
    Outcome.INCONCLUSIVE: State.NOT_JUDGED,
    Outcome.ERROR: State.NOT_JUDGED,
    Outcome.NOT_APPLICABLE: State.NOT_APPLICABLE,
}
"""The one table. A warn passes and is marked (`MARKED`): what it recommends is not followed."""

MARKED = frozenset({Outcome.WARN})

JUDGED = frozenset({State.PASSES, State.BREAKS})
"""The states of requirements that were judged."""


def is_judged(outcome: Outcome) -> bool:
    """Return whether a check with this outcome has judged its requirement."""
    return STATES[outcome] in JUDGED


def count_states(by_outcome: Mapping[Outcome, int]) -> dict[State, int]:
    """Count the requirements in each state; states without requirements are included with 0."""
    return {state: sum(by_outcome.get(each, 0) for each in outcomes_of(state)) for state in State}


def outcomes_of(state: State) -> Iterable[Outcome]:
    """Return the outcomes that reports show as this state."""
    return (outcome for outcome, shown in STATES.items() if shown is state)
