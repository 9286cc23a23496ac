"""The words a verdict is made of: outcome, level, and the reasons an outcome may be inconclusive."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What a check found, from least to most severe; combining takes the most severe."""

    PASS = "pass"
    NOT_APPLICABLE = "not-applicable"
    UNSUPPORTED = "unsupported"
    INCONCLUSIVE = "inconclusive"
    WARN = "warn"
    FAIL = "fail"
    ERROR = "error"

    @property
    def severity(self) -> int:
        """The place in the lattice, 0 (`pass`) to 6 (`error`)."""
        return _SEVERITY[self]


_SEVERITY = {outcome: place for place, outcome in enumerate(Outcome)}


class Level(StrEnum):
    """How binding a requirement is: see `conformance.verdict.policy` for what breaking one means."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Reason(StrEnum):
    """Why a requirement could not be judged. Every inconclusive verdict has one."""

    PREMISE_NOT_MET = "premise-not-met"
    MODEL_NONDETERMINISM = "model-nondeterminism"
    RATE_LIMITED = "rate-limited"
    BUDGET_EXHAUSTED = "budget-exhausted"
    ACCEPTS_EVERYTHING = "liar"
    PREREQUISITE_FAILED = "prerequisite-failed"
    INTERRUPTED = "interrupted"
    TARGET_DIED = "target-died"
