"""Outcomes, levels, and the reasons for an inconclusive outcome."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The result of a check.

    The outcomes are listed from the least severe to the most severe. The combination of several outcomes is the most
    severe of them.
    """

    PASS = "pass"
    NOT_APPLICABLE = "not-applicable"
    UNSUPPORTED = "unsupported"
    INCONCLUSIVE = "inconclusive"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"

    @property
    def severity(self) -> int:
        """The severity of the outcome, from 0 (`pass`) to 6 (`error`)."""
        return _SEVERITY[self]


_SEVERITY = {outcome: place for place, outcome in enumerate(Outcome)}


class Level(StrEnum):
    """How binding a requirement is: MUST, SHOULD or MAY."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Reason(StrEnum):
    """Why a check could not judge a requirement. Every inconclusive verdict has a reason."""

    PREMISE_NOT_MET = "premise-not-met"
    MODEL_NONDETERMINISM = "model-nondeterminism"
    RATE_LIMITED = "rate-limited"
    BUDGET_EXHAUSTED = "budget-exhausted"
    ACCEPTS_EVERYTHING = "liar"
    """Written so in format 1 of run files and reports; the next format writes `accepts-everything`."""
    PREREQUISITE_FAILED = "prerequisite-failed"
    INTERRUPTED = "interrupted"
    TARGET_DIED = "target-died"
    CHECK_STOPPED = "check-stopped"
    FLAKY = "flaky"
    """The check failed, but not often enough when it was repeated."""
    NOT_ASKED = "not-asked"
    LIMITS_IGNORED = "limits-ignored"

    @classmethod
    def _missing_(cls, value: object) -> Reason | None:
        """The reason for a word that only the next format writes."""
        return cls.ACCEPTS_EVERYTHING if value == "accepts-everything" else None
