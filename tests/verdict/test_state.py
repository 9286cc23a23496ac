"""One table says which state a reader sees for each outcome."""

from __future__ import annotations

from conformance.verdict import (
    MARKS,
    STATES,
    Level,
    Outcome,
    State,
    count_states,
    counted,
    described,
    is_judged,
    outcome_of_break,
)


def test_every_outcome_has_a_state() -> None:
    """A new outcome needs a row."""
    assert set(STATES) == set(Outcome)
    assert set(STATES.values()) == set(State)


def test_a_warn_passes_with_a_mark() -> None:
    """A recommendation that is not followed breaks nothing, and is not hidden."""
    assert STATES[Outcome.WARN] is State.PASSES
    assert described(outcome_of_break(Level.SHOULD)) == "passes (warned)"
    assert set(MARKS) == {Outcome.WARN, Outcome.ERROR}


def test_only_what_passes_or_breaks_was_judged() -> None:
    """An inconclusive never counts as a pass."""
    assert {outcome for outcome in Outcome if is_judged(outcome)} == {Outcome.PASS, Outcome.WARN, Outcome.FAIL}


def test_states_add_up_to_outcomes() -> None:
    """No requirement is counted twice, none is lost."""
    by = {outcome: 2**place for place, outcome in enumerate(Outcome)}
    found = count_states(by)
    assert sum(found.values()) == 2 ** len(Outcome) - 1
    assert found[State.NOT_JUDGED] == 2**3 + 2**6
    assert {each.state: each.number for each in counted(by)} == found


def test_counts_say_what_is_marked_and_leave_out_what_is_not_there() -> None:
    """What every report prints."""
    by = {Outcome.PASS: 9, Outcome.WARN: 19, Outcome.FAIL: 11, Outcome.ERROR: 0}
    assert [str(each) for each in counted(by)] == ["11 breaks", "28 passes (19 warned)"]
