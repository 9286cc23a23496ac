"""The covering array of parameters has every allowed pair of values, and a failing combination is reduced."""

from __future__ import annotations

from itertools import combinations

from conformance.checks.scenarios.chat.pairs import PLAIN, VALUES, excluded, rows, used, without

MOST_ROWS = 14


def test_every_allowed_pair_of_values_occurs() -> None:
    """Two values that no row has together would never be tested together."""
    for one, other in combinations(VALUES, 2):
        for first in VALUES[one]:
            for second in VALUES[other]:
                if not excluded({one: first, other: second}):
                    assert any(row[one] == first and row[other] == second for row in rows()), (
                        one,
                        first,
                        other,
                        second,
                    )


def test_the_array_is_small_and_lawful() -> None:
    """Each row is a request of every standard run."""
    assert len(rows()) <= MOST_ROWS
    assert not any(map(excluded, rows()))


def test_a_parameter_is_left_out() -> None:
    """An absent parameter is in no request body."""
    row = dict.fromkeys(VALUES, PLAIN) | {"n": "2", "seed": "7"}
    assert used(row) == ("n", "seed")
    assert used(without(row, "n")) == ("seed",)
