"""The states that a reader sees: one table from outcome to state, for every count and every report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from conformance.verdict.outcome import Outcome


class State(StrEnum):
    """What became of a requirement, in the words of a reader."""

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
    """Whether a requirement with this outcome was judged."""
    return STATES[outcome] in JUDGED


def count_states(by_outcome: Mapping[Outcome, int]) -> dict[State, int]:
    """How many requirements are in each state, all states named, in the order of `State`."""
    return {state: sum(by_outcome.get(each, 0) for each in outcomes_of(state)) for state in State}


def outcomes_of(state: State) -> Iterable[Outcome]:
    """The outcomes that are shown as this state."""
    return (outcome for outcome, shown in STATES.items() if shown is state)
