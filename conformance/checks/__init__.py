"""The checks of the suite.

Scenarios create a situation and judge the responses; invariants judge every exchange; generated cases come from the
OpenAPI document.

This package exports the functions and classes for writing checks; CONTRIBUTING.md shows a complete example.
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
