"""The states of a requirement in reports: one table maps each outcome to a state and a mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from conformance.verdict.outcome import Outcome


class State(StrEnum):
    """The states of a requirement, with the names and in the order that reports use."""

    BREAKS = "breaks"
    """A MUST does not hold."""
    NOT_JUDGED = "not judged"
    """It could not be judged, or the suite failed."""
    NOT_OFFERED = "not offered"
    """An optional feature is rejected, and never promised."""
    PASSES = "passes"
    """It holds; where a recommendation is not followed, with a mark."""
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
"""The one table. Some outcomes are marked in their state (`MARKS`)."""

MARKS: Mapping[Outcome, str] = {Outcome.WARN: "warned", Outcome.ERROR: "suite failed"}
"""The mark of an outcome within its state: a recommendation that is not followed, and a fault of the suite."""

JUDGED = frozenset({State.PASSES, State.BREAKS})
"""The states of requirements that were judged."""


@dataclass(frozen=True, slots=True)
class StateCount:
    """The number of requirements in one state, the number with each mark, and the number with each outcome."""

    state: State
    number: int
    marked: Mapping[Outcome, int]
    outcomes: tuple[Outcome, ...]

    @property
    def marks(self) -> str:
        """The number of requirements with each mark as text, such as `19 warned`; "" if no requirement has a mark."""
        return ", ".join(f"{number:,} {MARKS[outcome]}" for outcome, number in self.marked.items())

    def __str__(self) -> str:
        return f"{self.number:,} {self.state}{f' ({self.marks})' if self.marks else ''}"


def described(outcome: Outcome) -> str:
    """Return the state for an outcome, followed by the state's mark if the outcome has one: `passes (warned)`."""
    return f"{STATES[outcome]} ({MARKS[outcome]})" if outcome in MARKS else str(STATES[outcome])


def is_judged(outcome: Outcome) -> bool:
    """Return whether a requirement with the given outcome was judged."""
    return STATES[outcome] in JUDGED


def count_states(by_outcome: Mapping[Outcome, int]) -> dict[State, int]:
    """Return how many requirements are in each state; states without requirements have the number 0."""
    return {state: sum(by_outcome.get(each, 0) for each in outcomes_of(state)) for state in State}


def counted(by_outcome: Mapping[Outcome, int]) -> list[StateCount]:
    """Return the states that occur, in the order of `State`.

    Each state has the number of its requirements, in total and for each mark, such as `warned`.
    """
    counts = []
    for state, number in count_states(by_outcome).items():
        outcomes = tuple(each for each in outcomes_of(state) if by_outcome.get(each, 0))
        marked = {each: by_outcome[each] for each in outcomes if each in MARKS}
        if number:
            counts.append(StateCount(state, number, marked, outcomes))
    return counts


def outcomes_of(state: State) -> Iterable[Outcome]:
    """Return the outcomes that reports show as the given state."""
    return (outcome for outcome, shown in STATES.items() if shown is state)
