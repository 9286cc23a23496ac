"""The checks of the suite.

Scenarios send requests and judge the responses. Invariants judge every exchange of a run. Generated cases are requests
that are generated from an OpenAPI document.

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
