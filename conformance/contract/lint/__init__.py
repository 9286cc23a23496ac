"""Checks whether an OpenAPI document is valid, consistent, and complete enough to judge responses."""

from conformance.contract.lint.linting import lint, lint_file
from conformance.contract.lint.problem import Problem

__all__ = ["Problem", "lint", "lint_file"]
