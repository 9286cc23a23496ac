"""The words that files and reports are made of: other programs read them, so they do not change."""

from __future__ import annotations

import pytest

from conformance.verdict import Finding, Level, Outcome, Reason, Verdict


def test_the_words_are_those_of_the_format() -> None:
    """Outcomes from best to worst, reasons and levels, as they stand in run files and reports."""
    assert [str(outcome) for outcome in Outcome] == [
        "pass", "not-applicable", "unsupported", "inconclusive", "warn", "fail", "error",
    ]  # fmt: skip
    assert {str(reason) for reason in Reason} == {
        "premise-not-met",
        "model-nondeterminism",
        "rate-limited",
        "budget-exhausted",
        "liar",
        "prerequisite-failed",
        "interrupted",
        "target-died",
        "check-stopped",
        "flaky",
        "not-asked",
        "limits-ignored",
    }
    assert [str(level) for level in Level] == ["MUST", "SHOULD", "MAY"]


def test_the_word_of_the_next_format_is_read() -> None:
    """`liar` becomes `accepts-everything` with the next format; a reader takes both, and no other word."""
    assert Reason("accepts-everything") is Reason("liar") is Reason.ACCEPTS_EVERYTHING
    with pytest.raises(ValueError, match="hearsay"):
        Reason("hearsay")


def test_a_verdict_has_seen_nothing_unless_it_says_so() -> None:
    """The defaults of a verdict are empty, and come back from its data."""
    verdict = Verdict("a.b", Level.MUST, Outcome.PASS)
    bare = Finding("a list", "null")
    assert (bare.where, bare.exchange, bare.cause) == ("", "", "")
    assert Finding.from_dict({"expected": "a list", "observed": "null"}) == bare
    assert Finding.from_dict({}) == Finding("", "")
    assert (verdict.seen, verdict.case, verdict.detail, verdict.findings, verdict.exchanges) == (0, "", "", (), ())
    data = {key: value for key, value in verdict.to_dict().items() if key in ("requirement", "level", "outcome")}
    assert Verdict.from_dict(data) == verdict


def test_a_verdict_as_it_stands_in_a_run_file() -> None:
    """Every field of a verdict and of a finding has its name in the file, and comes back from there."""
    finding = Finding("a list", "null", "/choices", "x1", "null for a list")
    verdict = Verdict(
        "a.b", Level.SHOULD, Outcome.WARN, "sse", Reason.RATE_LIMITED, "broken on 1 of 2", (finding,), ("x1", "x2"), 2
    )
    data = {
        "requirement": "a.b",
        "case": "sse",
        "level": "SHOULD",
        "outcome": "warn",
        "reason": "rate-limited",
        "detail": "broken on 1 of 2",
        "findings": [
            {
                "expected": "a list",
                "observed": "null",
                "where": "/choices",
                "exchange": "x1",
                "cause": "null for a list",
            }
        ],
        "exchanges": ["x1", "x2"],
        "seen": 2,
    }
    assert verdict.to_dict() == data
    assert Verdict.from_dict(data) == verdict
