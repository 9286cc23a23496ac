"""One table says which state a reader sees for each outcome."""

from __future__ import annotations

from conformance.verdict import MARKED, STATES, Level, Outcome, State, count_states, is_judged, outcome_of_break


def test_every_outcome_has_a_state() -> None:
    """A new outcome needs a row."""
    assert set(STATES) == set(Outcome)
    assert set(STATES.values()) == set(State)


def test_a_warn_passes_with_a_mark() -> None:
    """A recommendation that is not followed breaks nothing, and is not hidden."""
    assert STATES[Outcome.WARN] is State.PASSES
    assert set(MARKED) == {outcome_of_break(Level.SHOULD)}


def test_only_what_passes_or_breaks_was_judged() -> None:
    """An inconclusive never counts as a pass."""
    assert {outcome for outcome in Outcome if is_judged(outcome)} == {Outcome.PASS, Outcome.WARN, Outcome.FAIL}


def test_states_add_up_to_outcomes() -> None:
    """No requirement is counted twice, none is lost."""
    counted = count_states({outcome: 2**place for place, outcome in enumerate(Outcome)})
    assert sum(counted.values()) == 2 ** len(Outcome) - 1
    assert counted[State.NOT_JUDGED] == 2**3 + 2**6
