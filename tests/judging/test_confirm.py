"""A failure is reported only if repetitions confirm it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from conformance.judging.confirm import confirmed, repeated
from conformance.verdict import Finding, Level, Outcome, Rates, Reason, Verdict

RATES = Rates(0.05, 0.8)
BROKEN = (Finding("a", "b", exchange="x1"),)


def verdict(outcome: Outcome, name: str = "x1", reason: Reason | None = None, detail: str = "") -> Verdict:
    findings = BROKEN if outcome in (Outcome.FAIL, Outcome.WARN) else ()
    reason = reason or (Reason.PREMISE_NOT_MET if outcome is Outcome.INCONCLUSIVE else None)
    return Verdict("chat.stop.excluded", Level.MUST, outcome, "", reason, detail, findings, (name,), 1)


FAIL, PASS = verdict(Outcome.FAIL), verdict(Outcome.PASS, "x2")


class Asked:
    """Gives prepared verdicts, and keeps the numbers that were asked for."""

    def __init__(self, *verdicts: Verdict) -> None:
        self.verdicts = list(verdicts)
        self.numbers: list[int] = []

    def __call__(self, numbers: Sequence[int]) -> Iterator[Verdict]:
        self.numbers += numbers
        return iter([self.verdicts.pop(0) for _ in numbers])


def test_a_pass_is_not_repeated() -> None:
    asked = Asked()
    assert confirmed(PASS, RATES, asked) is PASS
    assert asked.numbers == []


def test_a_failure_that_recurs_is_reported_with_its_count_and_all_evidence() -> None:
    asked = Asked(verdict(Outcome.FAIL, "x2"), verdict(Outcome.FAIL, "x3"))
    found = confirmed(FAIL, RATES, asked)
    assert (found.outcome, found.failed, found.asked, found.exchanges) == (Outcome.FAIL, 3, 3, ("x1", "x2", "x3"))
    assert found.detail == "failed 3 of 3 times (95 % interval 44 to 100 %)"
    assert asked.numbers == [1, 2]


@pytest.mark.parametrize("other", [PASS, verdict(Outcome.INCONCLUSIVE), verdict(Outcome.NOT_APPLICABLE)])
def test_a_failure_that_does_not_recur_is_flaky(other: Verdict) -> None:
    found = confirmed(FAIL, RATES, Asked(*[other] * 7))
    assert (found.outcome, found.reason, found.findings) == (Outcome.INCONCLUSIVE, Reason.FLAKY, BROKEN)
    assert found.failed == 1
    assert "failed 1 of " in found.detail


def test_a_failure_that_remains_undecided_is_flaky() -> None:
    found = confirmed(FAIL, RATES, Asked(*[PASS, FAIL] * 4))
    assert (found.outcome, found.reason, found.asked) == (Outcome.INCONCLUSIVE, Reason.FLAKY, 8)


@pytest.mark.parametrize("reason", [Reason.BUDGET_EXHAUSTED, Reason.TARGET_DIED, Reason.RATE_LIMITED])
def test_a_failure_that_cannot_be_repeated_is_inconclusive_for_that_reason(reason: Reason) -> None:
    unsent = verdict(Outcome.INCONCLUSIVE, reason=reason, detail="no more requests")
    found = confirmed(FAIL, RATES, Asked(FAIL, unsent))
    assert (found.outcome, found.reason) == (Outcome.INCONCLUSIVE, reason)
    assert found.detail == "failed 2 of 2 times, and could not be confirmed: no more requests"
    assert found.findings == BROKEN


def test_a_fault_of_the_suite_is_never_hidden() -> None:
    error = verdict(Outcome.ERROR)
    assert confirmed(FAIL, RATES, Asked(error, FAIL)) is error
    assert repeated(PASS, 2, Asked(error)) is error


def test_a_fixed_number_of_repetitions_shows_how_often_a_target_fails() -> None:
    assert repeated(PASS, 3, Asked(PASS, PASS)).asked == 3
    flaky = repeated(PASS, 3, Asked(FAIL, PASS))
    assert (flaky.outcome, flaky.reason, flaky.failed, flaky.asked) == (Outcome.INCONCLUSIVE, Reason.FLAKY, 1, 3)
    broken = repeated(FAIL, 3, Asked(FAIL, FAIL))
    assert (broken.outcome, broken.failed, broken.asked) == (Outcome.FAIL, 3, 3)
