"""Two audits have the same verdicts, also if a busy machine left a timing check undecided in one of them."""

from __future__ import annotations

from conformance.verdict import Finding, Level, Outcome, Reason, Verdict
from tests.compared import TIMED, differences

TIMING = sorted(TIMED)[0]


def verdict(name: str, outcome: Outcome, reason: Reason | None = None) -> Verdict:
    findings = (Finding("x", "y"),) if outcome in (Outcome.FAIL, Outcome.WARN) else ()
    return Verdict(name, Level.SHOULD, outcome, "json", reason, findings=findings)


def unjudged(name: str, reason: Reason = Reason.PREMISE_NOT_MET) -> Verdict:
    return verdict(name, Outcome.INCONCLUSIVE, reason)


def test_a_timing_check_that_could_not_be_judged_is_no_difference() -> None:
    """Whichever of the two audits it was."""
    passed = verdict(TIMING, Outcome.PASS)
    assert differences([passed], [unjudged(TIMING)]) == {}
    assert differences([unjudged(TIMING)], [passed]) == {}


def test_any_other_change_is_a_difference() -> None:
    """Another verdict of a timing check, one that is missing, one that was stopped, and other checks."""
    passed, other = verdict(TIMING, Outcome.PASS), verdict("chat.stop.excluded", Outcome.PASS)
    assert differences([passed], [verdict(TIMING, Outcome.WARN)]) == {
        (TIMING, "json"): (("pass", "None"), ("warn", "None"))
    }
    assert differences([passed], [unjudged(TIMING, Reason.CHECK_STOPPED)])
    assert differences([passed, other], [passed]) == {(other.requirement, "json"): (("pass", "None"), None)}
    assert differences([other], [unjudged(other.requirement)])
