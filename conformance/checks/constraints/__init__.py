"""Constraints on model output: which texts a constraint accepts, and which request parameters express it."""

from conformance.checks.constraints.constraint import Choice, Constraint, JsonObject, JsonSchema, Regex
from conformance.checks.constraints.dialects import GUIDED, OPENAI, STRUCTURED, Dialect, dialect_for, response_format
from conformance.checks.constraints.ruling import FINE, Ruling

__all__ = [
    "FINE",
    "GUIDED",
    "OPENAI",
    "STRUCTURED",
    "Choice",
    "Constraint",
    "Dialect",
    "JsonObject",
    "JsonSchema",
    "Regex",
    "Ruling",
    "dialect_for",
    "response_format",
]
