"""The checks: scenarios stage a situation, invariants judge every exchange, generated cases come from the contract.

This package exports the vocabulary of checks; CONTRIBUTING.md shows a complete example.
"""

from conformance.checks.judgement import OK, Invariant, broken, invariant
from conformance.checks.language import (
    Broken,
    DocumentedDifference,
    Inconclusive,
    NotApplicable,
    Unsupported,
    expect,
    premise,
    probe,
    requirement,
    requirements,
)
from conformance.checks.marks import ByName, deep, standard, uses

__all__ = [
    "OK",
    "Broken",
    "ByName",
    "DocumentedDifference",
    "Inconclusive",
    "Invariant",
    "NotApplicable",
    "Unsupported",
    "broken",
    "deep",
    "expect",
    "invariant",
    "premise",
    "probe",
    "requirement",
    "requirements",
    "standard",
    "uses",
]
