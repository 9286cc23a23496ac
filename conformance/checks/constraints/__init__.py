"""Constraints on model output: which texts they accept, and how each dialect expresses them in a request."""

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
