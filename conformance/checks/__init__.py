"""What is checked. Scenarios stage a situation, invariants hold on every exchange, generated cases come from the contract.

The vocabulary a check is written in is exported here; see CONTRIBUTING.md for a check from end to end.
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
