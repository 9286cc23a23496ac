"""What got worse, what got better."""

from __future__ import annotations

import pytest

from conformance.report.compare import Change
from conformance.verdict import Outcome


@pytest.mark.parametrize(
    ("before", "after", "worse", "better"),
    [
        (Outcome.PASS, Outcome.FAIL, True, False),
        (Outcome.PASS, Outcome.WARN, True, False),
        (Outcome.WARN, Outcome.FAIL, True, False),
        (Outcome.FAIL, Outcome.WARN, False, False),
        (Outcome.FAIL, Outcome.PASS, False, True),
        (Outcome.INCONCLUSIVE, Outcome.PASS, False, True),
        (Outcome.PASS, Outcome.INCONCLUSIVE, True, False),
        (Outcome.PASS, Outcome.UNSUPPORTED, True, False),
        (Outcome.PASS, None, True, False),
        (None, Outcome.FAIL, True, False),
        (None, Outcome.PASS, False, True),
        (Outcome.FAIL, Outcome.INCONCLUSIVE, False, False),
    ],
)
def test_which_changes_are_for_the_worse(
    before: Outcome | None, after: Outcome | None, worse: bool, better: bool
) -> None:
    """What held and is broken, or can no longer be shown; a new failure, too."""
    change = Change("a.b", before, after)
    assert (change.worse, change.better) == (worse, better)
